"""``make bench`` and ``python -m benchmarks [NAME...]``: each module here prints a table of its own.

Figures are CPU time and ratios within one run, because machines are noisy; nothing here is a test.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all. Returns the exit code."""
    known = sorted(one.name for one in pkgutil.iter_modules(benchmarks.__path__) if not one.name.startswith("_"))
    wanted = names or known
    for name in wanted:
        if name not in known:
            print(f"there is no benchmark {name!r}; there are: {', '.join(known)}", file=sys.stderr)
            return 2
        print(f"\n== {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
