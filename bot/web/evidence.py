from starlette.requests import Request
from starlette.responses import Response


def download(request: Request) -> Response:
    raise NotImplementedError
