"""The measurements of digitrec.bench that take more than a few lines."""
