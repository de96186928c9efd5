"""A real PostgreSQL server for tests: made in a temporary directory, reached over a Unix socket, removed afterwards.

``server()`` gives an object whose ``fresh_url()`` makes an empty database. Where no server binary is installed
``find()`` is None and tests skip. PostgreSQL refuses to run as root, so root starts it as ``postgres`` or ``nobody``.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

from bot.store.database import Database

PORT = 5432  # names the socket file only: the server listens on no address


class Server:
    """A running server."""

    def __init__(self, socket_dir: Path, user: str) -> None:
        self.socket_dir = socket_dir
        self.user = user
        self._numbers = count(1)
        self._pattern = ""

    def url(self, database: str) -> str:
        """SQLAlchemy address of a database."""
        return f"postgresql+psycopg://{self.user}@/{database}?host={self.socket_dir}&port={PORT}"

    def conninfo(self, database: str) -> str:
        """libpq address of a database."""
        return f"host={self.socket_dir} port={PORT} user={self.user} dbname={database}"

    def fresh_url(self) -> str:
        """Address of a new, empty database."""
        return self.url(self.fresh())

    def fresh(self) -> str:
        """Name of a new, empty database."""
        return self._created("")

    def ready_url(self) -> str:
        """Address of a new database that has today's schema and nothing in it: migrated once, then copied."""
        if not self._pattern:
            self._pattern = self.fresh()
            Database.open(self.url(self._pattern)).close()
        return self.url(self._created(f" TEMPLATE {self._pattern}"))

    def _created(self, how: str) -> str:
        name = f"stet_{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            if connection.info.server_version >= 150000:
                how += " STRATEGY file_copy"  # nothing here outlives the run: no journal of it is wanted
            connection.execute(f"CREATE DATABASE {name}{how}")  # type: ignore[arg-type]
        return name


def find() -> Path | None:
    """The directory of ``initdb`` and ``pg_ctl``, the newest where there are several."""
    found = [path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    on_path = shutil.which("initdb")
    if on_path and (Path(on_path).resolve().parent / "pg_ctl").exists():
        found.append(Path(on_path).resolve().parent)
    return found[-1] if found else None


@contextmanager
def server() -> Iterator[Server]:
    """Make and start a server for the time of the block."""
    binaries = find()
    assert binaries is not None
    root = Path(tempfile.mkdtemp(prefix="stet-pg-", dir="/tmp"))
    owner = _owner()
    try:
        if owner is not None:
            os.chown(root, owner.pw_uid, owner.pw_gid)
        data = root / "data"
        _as(
            owner,
            [str(binaries / "initdb"), "-D", str(data), "-U", "stet", "--auth=trust", "-E", "UTF8", "--locale=C", "-N"],
        )
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={root} -c port={PORT} "
            "-c fsync=off -c max_connections=60"
        )
        _as(
            owner,
            [
                str(binaries / "pg_ctl"),
                "-D",
                str(data),
                "-w",
                "-t",
                "60",
                "-l",
                str(root / "log"),
                "-o",
                options,
                "start",
            ],
        )
        try:
            yield Server(root, "stet")
        finally:
            _as(owner, [str(binaries / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _owner() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("root needs a user postgres or nobody to run PostgreSQL")


def _as(owner: pwd.struct_passwd | None, command: list[str]) -> None:
    done = subprocess.run(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
        cwd="/",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stderr.decode('utf-8', 'replace')[-500:]}")
