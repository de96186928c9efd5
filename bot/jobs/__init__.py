"""The shell: calls the edges in order and decides nothing."""
