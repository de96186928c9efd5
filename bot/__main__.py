"""``stet`` and ``python -m bot``."""

from __future__ import annotations

import gc
import sys

SELDOM = 50_000
"""New objects between two collections while a command starts: most of what it loads stays, and looking for what does
not is a tenth of the time. The service goes back to the usual number."""


def main() -> None:
    """Run the command line and exit with its code."""
    gc.set_threshold(SELDOM, *gc.get_threshold()[1:])
    from bot.cli.main import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
