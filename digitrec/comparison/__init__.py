"""Runs compared: recipes, verdicts, tables, the report, and reproduction."""
