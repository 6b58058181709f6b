"""The window: draw digits and see networks read them. ``python -m digitrec.gui`` opens it."""
