"""The rules that find what changed, one module per family; word lists are data."""
