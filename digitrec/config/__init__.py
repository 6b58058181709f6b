"""The typed configuration: its groups, their checks, and Hydra, which nothing else sees."""
