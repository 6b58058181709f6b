"""Files: atomic writing, locks, HDF5 that holds data alone, what travels with the package."""
