"""The data sets, each in memory in three parts: for training, validation and a single test."""
