"""A small evolving newsroom on loopback, for `stet demo`."""
