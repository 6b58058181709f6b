"""Print among ink on a plain background: whether there may be any, and leaving it out."""
