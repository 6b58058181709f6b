"""From a picture to ink, and from ink to the image that a network reads; see README.md."""
