"""Style sheet and icon: read once, named by their content, kept by browsers for a year."""

from __future__ import annotations

import hashlib
from pathlib import Path

FOREVER = "public, max-age=31536000, immutable"
_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


class Statics:
    """The few files beside the pages. ``stet.css`` is served as ``/static/stet.<hash>.css``."""

    def __init__(self, folder: Path | None = None) -> None:
        self._paths: dict[str, str] = {}
        self._files: dict[str, tuple[bytes, str]] = {}
        for file in sorted((folder or Path(__file__).parent / "static").iterdir()):
            if file.suffix not in _TYPES:
                continue
            content = file.read_bytes()
            name = f"{file.stem}.{hashlib.sha256(content).hexdigest()[:12]}{file.suffix}"
            self._paths[file.name] = f"/static/{name}"
            self._files[name] = (content, _TYPES[file.suffix])

    def path(self, name: str) -> str:
        """Where a file is served. KeyError for a name we do not have."""
        return self._paths[name]

    def file(self, name: str) -> tuple[bytes, str] | None:
        """Content and media type of a served name; None for any other, whatever it looks like."""
        return self._files.get(name)
