"""Picture files: opening those of an allow-list of formats, and saying why others are not read."""
