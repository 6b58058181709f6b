"""A comparison as one HTML file with charts, which needs no network and no other file."""
