"""One process of the distributed engine, as ``stet worker`` builds it but with a quicker heartbeat.

python -m tests.contract.engine_process CONFIG DATA_DIR CONCURRENCY
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rich.console import Console

from bot import log
from bot.app import App
from bot.config import load
from bot.engine.procrastinate import ProcrastinateEngine
from bot.service import Service

PARTS = ("checker", "courier", "scheduler")


def main() -> None:
    """Run until SIGTERM."""
    config = load(Path(sys.argv[1]), os.environ)
    log.set_up(style="json", level="info")
    with App.open(config, Path(sys.argv[2]), console=Console(file=sys.stdout)) as app:
        engine = ProcrastinateEngine(app, PARTS, concurrency=int(sys.argv[3]), heartbeat=0.5, lost_after=3.0)
        Service(app, PARTS, engine).run()


if __name__ == "__main__":
    main()
