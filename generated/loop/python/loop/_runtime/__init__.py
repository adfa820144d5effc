"""What every generated client shares: the same files in each, free of any interface."""
