"""Reading pictures over HTTP; see README.md."""
