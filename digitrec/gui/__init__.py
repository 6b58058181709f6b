"""The window in which one draws and a network reads: python -m digitrec.gui"""
