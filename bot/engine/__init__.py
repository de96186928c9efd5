"""How jobs are run: threads in this process, or many machines."""
