"""What Stet decides, as pure functions over values: no clock, no randomness, no I/O."""
