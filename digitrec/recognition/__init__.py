"""Reading digits, lines and pages with trained networks; see README.md."""
