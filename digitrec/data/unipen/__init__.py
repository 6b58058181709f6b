"""UNIPEN: pen strokes of characters by writers of many laboratories."""
