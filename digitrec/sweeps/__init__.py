"""Many runs by one command: jobs, launchers, search, and what is done already."""
