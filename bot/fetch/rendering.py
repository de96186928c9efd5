"""The process that renders: one headless Chromium, fed with a page that was already fetched, and shut in.

    python -m bot.fetch.rendering      one JSON line in per page, one out; started and ended by `bot.fetch.browser`

The browser itself reaches nothing: it has a proxy that leads nowhere and no name resolves. Each request of a page is
caught and answered here through `PinnedTransport`, so that it passes the same door as every other fetch; what the door
refuses, what is not a GET, and what no text needs (pictures, films, fonts) is stopped. It is a process of its own, so
that a page that never ends is ended with it.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import httpx

from bot.errors import FetchError
from bot.fetch.decode import ACCEPT_ENCODING
from bot.fetch.guard import Guard
from bot.fetch.transport import PinnedTransport

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Route

MAX_REQUESTS = 200
"""Requests of one page that are answered."""

MAX_REDIRECTS = 5

QUIET_AT_MOST = 4.0
"""Seconds to wait, after everything was loaded, for a page that keeps asking for more."""

_NEEDED = frozenset(("document", "script", "stylesheet", "xhr", "fetch"))
_HOP_HEADERS = frozenset(
    "content-encoding content-length transfer-encoding connection keep-alive set-cookie trailer upgrade".split()
)
_ARGUMENTS = [
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
]


class Page:
    """One page while it is rendered: answers the browser's requests within the page's budget."""

    def __init__(self, transport: PinnedTransport, task: dict[str, Any]) -> None:
        self._transport = transport
        self._task = task
        self._body = base64.b64decode(task["body"])
        self._deadline = time.monotonic() + float(task["timeout"])
        self._left = MAX_REQUESTS
        self._bytes_left = 4 * int(task["max_bytes"])
        self._served_document = False
        self.refused: list[str] = []

    @property
    def left(self) -> float:
        """Seconds until the page must be done."""
        return max(0.05, self._deadline - time.monotonic())

    def route(self, route: Route) -> None:
        """Answer or stop one request of the browser."""
        request = route.request
        if request.url == self._task["url"] and request.is_navigation_request() and not self._served_document:
            self._served_document = True
            route.fulfill(status=200, content_type=self._task["content_type"] or "text/html", body=self._body)
            return
        if request.method != "GET" or request.resource_type not in _NEEDED or self._left <= 0 or self._bytes_left <= 0:
            route.abort()
            return
        self._left -= 1
        try:
            response = self._get(request.url, request.headers.get("accept", "*/*"))
            for _hop in range(MAX_REDIRECTS):
                if not response.has_redirect_location:
                    break
                there = urljoin(str(response.request.url), response.headers["location"])
                response = self._get(there, request.headers.get("accept", "*/*"))
        except (FetchError, httpx.InvalidURL, ValueError):
            self.refused.append(request.url[:200])
            route.abort()
            return
        self._bytes_left -= len(response.content)
        route.fulfill(
            status=response.status_code,
            headers={name: value for name, value in response.headers.items() if name not in _HOP_HEADERS},
            body=response.content,
        )

    def _get(self, url: str, accept: str) -> httpx.Response:
        headers = {
            "user-agent": self._task["user_agent"],
            "accept": accept,
            "accept-encoding": ACCEPT_ENCODING,
            "referer": self._task["url"],
        }
        extensions = {"stet.timeout": self.left, "stet.proxy": self._task["proxy"]}
        return self._transport.handle_request(httpx.Request("GET", url, headers=headers, extensions=extensions))

    def render(self, context: BrowserContext) -> str:
        """The page as it stands once its scripts have run."""
        from playwright.sync_api import Error

        context.route("**/*", self.route)
        page = context.new_page()
        try:
            page.set_default_timeout(self.left * 1000)
            page.goto(self._task["url"], wait_until="load", timeout=self.left * 1000)
            with suppress(Error):  # a page that never falls quiet is read as it is
                page.wait_for_load_state("networkidle", timeout=min(self.left, QUIET_AT_MOST) * 1000)
            return page.content()
        finally:
            page.close()


def launch(playwright: Any, executable: str) -> Browser:
    """A browser that reaches nothing by itself. Without a sandbox only as root, or where the environment says so."""
    sandbox = os.geteuid() != 0 and os.environ.get("STET_BROWSER_SANDBOX", "1") != "0"
    browser: Browser = playwright.chromium.launch(
        executable_path=executable or None,
        headless=True,
        chromium_sandbox=sandbox,
        args=_ARGUMENTS,
        proxy={"server": "http://127.0.0.1:1"},
    )
    return browser


def serve(executable: str) -> None:
    """Render what comes on standard input until it ends."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright, executable)
        for line in sys.stdin:
            task = json.loads(line)
            transport = PinnedTransport(
                Guard(task["allow_private"], task["ports"]),
                timeout=float(task["timeout"]),
                max_bytes=int(task["max_bytes"]),
                ca_file=task["ca_file"],
            )
            page = Page(transport, task)
            context = browser.new_context(
                user_agent=task["user_agent"], service_workers="block", accept_downloads=False, locale="en-US"
            )
            try:
                answer: dict[str, Any] = {"html": page.render(context)}
            except Error as error:
                answer = {"error": str(error).splitlines()[0][:300]}
            finally:
                with suppress(Error):
                    context.close()
                transport.close()
            answer["refused"] = page.refused[:50]
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.argv[1] if len(sys.argv) > 1 else "")
