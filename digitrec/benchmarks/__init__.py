"""What digitrec.bench measures that takes more than a few lines."""
