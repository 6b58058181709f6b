"""The marks between the digits of a line: points, commas, dashes, wide spaces."""
