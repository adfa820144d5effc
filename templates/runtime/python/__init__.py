"""What every generated client shares. The same files in each package; they know no interface."""
