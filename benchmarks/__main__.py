"""``make bench`` and ``python -m benchmarks [NAME...]``: each module here prints a table of its own.

Figures are CPU time and ratios within one run, because machines are noisy; nothing here is a test. All but ``soak``,
which takes the better part of an hour and runs by name only, take about twenty minutes on two idle cores.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time
import traceback

import benchmarks

BY_NAME_ONLY = frozenset({"soak"})


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all. Returns the exit code."""
    known = sorted(one.name for one in pkgutil.iter_modules(benchmarks.__path__) if not one.name.startswith("_"))
    wanted = names or [name for name in known if name not in BY_NAME_ONLY]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"there is no benchmark {unknown[0]!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    failed = []
    for name in wanted:
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        try:
            importlib.import_module(f"benchmarks.{name}").main()
        except Exception:  # the others still have something to say
            traceback.print_exc()
            failed.append(name)
        print(f"({name}: {time.monotonic() - began:.0f} s)", flush=True)
    if failed:
        print(f"these ended with an error: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
