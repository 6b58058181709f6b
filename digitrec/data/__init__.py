"""The data sets, each as three parts in memory: to train on, to validate on, to test on once."""
