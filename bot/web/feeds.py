"""Atom feeds: of everything, by desk, outlet and level, and of one story; and the page that lists them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response


def overview(request: Request) -> Response:
    raise NotImplementedError


def feed(request: Request) -> Response:
    raise NotImplementedError


def story_feed(request: Request) -> Response:
    raise NotImplementedError
