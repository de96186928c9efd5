"""Stet tells a newsroom when a published story changes in a way that matters."""

__version__ = "0.1.0"
