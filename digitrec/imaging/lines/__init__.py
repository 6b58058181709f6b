"""The ink of a line of digits: windows on what may be marks, and seams where characters touch."""
