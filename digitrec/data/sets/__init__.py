"""The data sets that can be chosen (`data=…`): the settings of each, and how it is loaded."""
