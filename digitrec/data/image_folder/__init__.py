"""Pictures of the user's own as a data set, a folder for each class."""
