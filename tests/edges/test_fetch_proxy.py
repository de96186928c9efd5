"""Through a proxy: it is told the checked address, never the name, and TLS still verifies the name behind it."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import pytest

from bot.errors import Unreachable
from bot.fetch import Fetcher, FetchSettings, Page, Request
from tests.newsroom import LOOPBACK, STORY, Newsroom


class Tunnel:
    """A proxy that knows CONNECT and one login, and writes down what it was asked for."""

    def __init__(self, login: str) -> None:
        self.asked: list[str] = []
        self._login = base64.b64encode(login.encode()).decode()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = [self._listener]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5.0)
        for sock in self._open:
            sock.close()

    def _start(self, work: object, *given: object) -> None:
        thread = threading.Thread(target=work, args=given)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._open.append(sock)
                self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                received = sock.recv(4096)
                if not received:
                    return
                head += received
            method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
            self.asked.append(f"{method} {target}")
            if f"Proxy-Authorization: Basic {self._login}".encode() not in head:
                sock.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                sock.shutdown(socket.SHUT_RDWR)
                return
            host, _, port = target.rpartition(":")
            there = socket.create_connection((host, int(port)))
            self._open.append(there)
            sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._start(_copy, there, sock)
            _copy(sock, there)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while received := source.recv(65_536):
            target.sendall(received)
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def tunnel() -> Iterator[Tunnel]:
    with Tunnel("me:secret") as running:
        yield running


def settings(ca_file: str | None = None) -> FetchSettings:
    return FetchSettings(allow_private=(LOOPBACK,), host_gap=0.0, timeout=5.0, robots=False, ca_file=ca_file)


@pytest.mark.parametrize("tls", ["", "good"])
def test_a_story_comes_through_a_proxy_that_is_told_the_address_only(tunnel: Tunnel, tls: str) -> None:
    proxy = f"http://me:secret@127.0.0.1:{tunnel.port}"
    with (
        Newsroom(addresses=("127.0.0.1", "127.0.0.2"), tls=tls) as newsroom,
        Fetcher(settings(newsroom.ca_file or None), resolver=lambda host: ["127.0.0.2"]) as fetcher,
    ):
        newsroom.page("/story", STORY)
        for _ in range(2):
            page = fetcher.get(Request(url=newsroom.url("/story", "localhost"), proxy=proxy))
            assert isinstance(page, Page)
            assert page.body == STORY.encode()
        direct = fetcher.get(Request(url=newsroom.url("/story", 1)))
        assert isinstance(direct, Page)
        assert direct.address == "127.0.0.2"
        host = newsroom.requests[0].headers["host"]
        port = newsroom.port
    assert host == f"localhost:{port}"
    assert tunnel.asked == [f"CONNECT 127.0.0.1:{port}"]


def test_a_certificate_is_verified_behind_the_proxy_too(tunnel: Tunnel) -> None:
    proxy = f"http://me:secret@127.0.0.1:{tunnel.port}"
    with (
        Newsroom(tls="other_name") as newsroom,
        Fetcher(settings(newsroom.ca_file)) as fetcher,
        pytest.raises(Unreachable) as failure,
    ):
        fetcher.get(Request(url=newsroom.url("/story", "localhost"), proxy=proxy))
    assert failure.value.reason == "tls"


def test_a_wrong_login_is_told_without_the_login(tunnel: Tunnel) -> None:
    proxy = f"http://me:wrong-secret@127.0.0.1:{tunnel.port}"
    with Newsroom() as newsroom, Fetcher(settings()) as fetcher, pytest.raises(Unreachable) as failure:
        fetcher.get(Request(url=newsroom.url("/story"), proxy=proxy))
    assert failure.value.reason == "proxy"
    assert "wrong-secret" not in str(failure.value)
    assert "wrong-secret" not in repr(Request(url="http://outlet.example/", proxy=proxy))
