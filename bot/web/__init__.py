"""Read-only pages, feeds, health and metrics."""
