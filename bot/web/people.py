from starlette.requests import Request
from starlette.responses import Response


def unsubscribe(request: Request) -> Response:
    raise NotImplementedError


def settings(request: Request) -> Response:
    raise NotImplementedError


def login(request: Request) -> Response:
    raise NotImplementedError


def logout(request: Request) -> Response:
    raise NotImplementedError
