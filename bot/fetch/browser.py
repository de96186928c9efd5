"""Pages that only a browser can read: fetched as any other, then rendered in a headless Chromium that is shut in.

Needs the ``browser`` extra and a Chromium. The page itself comes through `Fetcher.get` (guard, robots.txt, turn,
limits); its scripts run in `bot.fetch.rendering`, a process that is kept for the next page, ended when it has been
idle, and killed when a page does not end. One page at a time: a browser takes more memory than all the rest of Stet.
"""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.errors import Refused, TooLarge, Unreachable
from bot.fetch.client import Fetcher
from bot.fetch.page import NotModified, Page, Request

IDLE = 300.0
"""Seconds after which an idle browser is ended."""

START = 20.0
"""Seconds a browser may take to start, on top of a page's own time."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def get_rendered(fetcher: Fetcher, request: Request) -> Page | NotModified:
    """Fetch a page and give it back as it stands after its scripts ran, in UTF-8 and without validators.

    Validators in the request are not sent: an unchanged shell says nothing about what its scripts load. Raises what
    `Fetcher.get` raises; `Refused` with reason ``browser`` where there is no browser to use.
    """
    executable = find_browser()
    page = fetcher.get(replace(request, etag=None, last_modified=None))
    if isinstance(page, NotModified):
        return page
    html = _renderer(fetcher, executable).render(page, request).encode("utf-8", "replace")
    if len(html) > fetcher.settings.max_bytes:
        raise TooLarge(f"the rendered page is larger than {fetcher.settings.max_bytes:,} bytes", subject=page.final_url)
    return replace(
        page,
        body=html,
        content_type="text/html; charset=utf-8",
        charset="utf-8",
        etag=None,
        last_modified=None,
    )


def find_browser() -> str:
    """The Chromium to use: ``STET_CHROMIUM``, the system's, or ``""`` for Playwright's own.

    Raises `Refused` where Playwright is not installed or there is none.
    """
    if importlib.util.find_spec("playwright") is None:
        raise Refused("this outlet needs a browser; install stet[browser] and Chromium", reason="browser")
    named = os.environ.get("STET_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if named:
        return named
    own = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    if not any(own.glob("chromium*")):
        raise Refused("this outlet needs a browser; install Chromium or name it in STET_CHROMIUM", reason="browser")
    return ""


class Renderer:
    """The rendering process, started when it is first needed. Thread-safe; one page at a time."""

    def __init__(self, fetcher: Fetcher, executable: str) -> None:
        self._settings = fetcher.settings
        self._user_agent = fetcher.user_agent
        self._executable = executable
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._idle: threading.Timer | None = None

    def render(self, page: Page, request: Request) -> str:
        """The page's HTML after its scripts ran. Raises `Unreachable` (reason ``browser`` or ``timeout``)."""
        settings = self._settings
        task = {
            "url": page.final_url,
            "body": base64.b64encode(page.body).decode("ascii"),
            "content_type": page.content_type,
            "timeout": settings.timeout,
            "max_bytes": settings.max_bytes,
            "user_agent": self._user_agent,
            "allow_private": settings.allow_private,
            "ports": settings.ports,
            "ca_file": settings.ca_file,
            "proxy": request.proxy or settings.proxy,
        }
        with self._lock:
            fresh = self._process is None or self._process.poll() is not None
            answer = self._ask(task, settings.timeout + 5.0 + (START if fresh else 0.0), page.final_url)
        if "html" not in answer:
            raise Unreachable(
                f"the browser could not show the page ({answer.get('error', 'no reason given')})",
                subject=page.final_url,
                reason="browser",
            )
        return str(answer["html"])

    def close(self) -> None:
        """End the process and everything that it started."""
        with self._lock:
            self._stop()

    def _ask(self, task: dict[str, Any], patience: float, url: str) -> dict[str, Any]:
        if self._idle is not None:
            self._idle.cancel()
        process = self._start()
        try:
            if process.stdin is not None:
                process.stdin.write(json.dumps(task) + "\n")
                process.stdin.flush()
            line = self._answers.get(timeout=patience)
        except queue.Empty:
            self._stop()
            raise Unreachable("the page did not come to rest in the browser", subject=url, reason="timeout") from None
        except OSError:
            line = ""
        if not line:
            self._stop()
            return {"error": "the browser ended"}
        self._idle = threading.Timer(IDLE, self.close)
        self._idle.daemon = True
        self._idle.start()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _start(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        self._answers = queue.SimpleQueue()
        self._process = subprocess.Popen(  # noqa: S603 - our own module; the executable is the operator's
            [sys.executable, "-m", "bot.fetch.rendering", self._executable],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # so that the browser and its children can be ended together
        )
        threading.Thread(target=_read, args=(self._process, self._answers), name="browser", daemon=True).start()
        return self._process

    def _stop(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _read(process: subprocess.Popen[str], answers: queue.SimpleQueue[str]) -> None:
    with suppress(OSError, ValueError):  # closed under us when the process is ended
        for line in process.stdout or ():
            answers.put(line)
    answers.put("")


_renderers: weakref.WeakKeyDictionary[Fetcher, Renderer] = weakref.WeakKeyDictionary()
_renderers_lock = threading.Lock()


def _renderer(fetcher: Fetcher, executable: str) -> Renderer:
    with _renderers_lock:
        renderer = _renderers.get(fetcher)
        if renderer is None:
            renderer = _renderers[fetcher] = Renderer(fetcher, executable)
            fetcher.when_closed(renderer.close)
        return renderer
