"""kgen: one schema, both sides of a driver's IOCTL interface."""

__version__ = "0.1.0"
