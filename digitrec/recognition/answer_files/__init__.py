"""What was read in files, written as it comes: text, CSV, JSON, JSON Lines and Parquet."""
