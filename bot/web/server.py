"""uvicorn in a thread: started with the bot, stopped within seconds, on a port that can be asked for."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from bot.errors import ConfigError, StetError
from bot.web.app import build
from bot.web.site import Services, WebSettings

START_SECONDS = 10.0
STOP_SECONDS = 8.0
GRACE_SECONDS = 5
"""How long requests under way may go on after a stop was asked for."""
REQUESTS_AT_ONCE = 200


class _Uvicorn(uvicorn.Server):
    """uvicorn without its own signal handlers: the bot has one place for those."""

    def install_signal_handlers(self) -> None:
        """Left to the caller."""


class Server:
    """One running web server. ``with Server(app, listen):`` starts and stops it; ``url`` says where it answers.

    ``listen`` is ``host:port``; port 0 takes a free one. Raises ConfigError where the address cannot be had.
    """

    def __init__(self, app: ASGIApp, listen: str) -> None:
        self._host, _, port = listen.rpartition(":")
        self._host = self._host.strip("[]")
        self._port = int(port)
        config = uvicorn.Config(
            app,
            host=self._host,
            port=self._port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            limit_concurrency=REQUESTS_AT_ONCE,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=GRACE_SECONDS,
            h11_max_incomplete_event_size=32 * 1024,
            http="h11",
            ws="none",
        )
        self._server = _Uvicorn(config)
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None

    @property
    def address(self) -> str:
        """The same as ``url``."""
        return self.url

    @property
    def url(self) -> str:
        """``http://127.0.0.1:8080``: the address it listens on."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def start(self) -> Self:
        """Bind, then serve in a thread. Returns once it answers."""
        self._socket = self._bind()
        self._port = self._socket.getsockname()[1]
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="web", daemon=True
        )
        self._thread.start()
        waited = 0.0
        while not self._server.started:
            if not self._thread.is_alive() or waited > START_SECONDS:
                self._socket.close()
                raise StetError("the web server did not start; see the log", subject=self.url)
            self._thread.join(0.01)
            waited += 0.01
        return self

    def stop(self) -> bool:
        """Finish what is under way and stop; True when it did within STOP_SECONDS."""
        self._server.should_exit = True
        if self._thread is None:
            return True
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            self._server.force_exit = True
            self._thread.join(1.0)
        if self._socket is not None:
            self._socket.close()
        return not self._thread.is_alive()

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((self._host, self._port))
        except (OSError, OverflowError) as error:
            made.close()
            raise ConfigError(
                "[web] listen: this address cannot be had; is another Stet running, or another program on that port?",
                subject=f"{self._host}:{self._port}",
            ) from error
        return made

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def serve(services: Services, settings: WebSettings, *, slack: ASGIApp | None = None) -> Server:
    """Build the application and start serving it. Call ``stop()`` on what this returns."""
    return Server(build(services, settings, slack=slack), settings.listen).start()
