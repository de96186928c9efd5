"""The application: every route, the order of what stands before them, and pages for what goes wrong."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from bot.errors import NotFound, StetError, StoreBusy, UsageError
from bot.log import get as get_log
from bot.web import diffs, digests, evidence, feeds, health, hosts, pages, people, stories
from bot.web.guard import Headers, Hosts, Login, Shield
from bot.web.site import Problem, Services, Site, WebSettings, site_of
from bot.web.statics import FOREVER

log = get_log("web")

SMALLEST_ZIPPED = 600


def build(services: Services, settings: WebSettings, *, slack: ASGIApp | None = None) -> Starlette:
    """The ASGI application. ``slack`` answers below /slack where Slack speaks to us over HTTP."""
    site = Site(services, settings)
    app = Starlette(
        routes=routes(slack),
        exception_handlers={
            Problem: _problem,
            HTTPException: _http,
            NotFound: _store,
            UsageError: _store,
            StoreBusy: _store,
            StetError: _store,
        },
        middleware=[
            Middleware(Shield, failed=failure),
            Middleware(Headers, settings=settings),
            Middleware(Hosts, settings=settings, failed=failure),
            Middleware(GZipMiddleware, minimum_size=SMALLEST_ZIPPED, compresslevel=5),
            Middleware(Login, settings=settings, failed=failure, clock=lambda: services.now().timestamp()),
        ],
    )
    app.state.site = site
    return app


def routes(slack: ASGIApp | None = None) -> list[BaseRoute]:
    """Every address we answer to. More special ones stand first."""
    pair = "/stories/{id:int}/diff/{a:int}..{b:int}"
    found: list[BaseRoute] = [
        Route("/", stories.stories),
        Route("/stories.json", stories.stories_json),
        Route("/stories/{id:int}.json", pages.story_json),
        Route("/stories/{id:int}", pages.story),
        Route("/stories/{id:int}/feed.atom", feeds.story_feed),
        Route("/stories/{id:int}/versions/{n:int}.json", pages.version_json_page),
        Route("/stories/{id:int}/versions/{n:int}", pages.version),
        Route("/stories/{id:int}/compare", diffs.choose),
        Route(pair + ".json", diffs.diff_json),
        Route(pair, diffs.diff),
        Route("/stories/{id:int}/evidence/{a:int}..{b:int}.zip", evidence.download),
        Route("/stories/{id:int}/diff/{rest:path}", diffs.unreadable),
        Route("/hosts", hosts.overview),
        Route("/hosts.json", hosts.overview_json),
        Route("/feeds", feeds.overview),
        Route("/feed.atom", feeds.feed),
        Route("/digests/", digests.overview),
        Route("/digests/{date}.json", digests.day_json),
        Route("/digests/{date}", digests.day),
        Route("/unsubscribe/{token}", people.unsubscribe, methods=["GET", "POST"]),
        Route("/settings/{token}", people.settings, methods=["GET", "POST"]),
        Route("/login", people.login, methods=["GET", "POST"]),
        Route("/logout", people.logout, methods=["POST"]),
        Route("/healthz", health.healthz),
        Route("/readyz", health.readyz),
        Route("/metrics", health.metrics),
        Route("/robots.txt", robots),
        Route("/static/{name}", static),
    ]
    if slack is not None:
        found.append(Mount("/slack", app=slack))
    return found


def static(request: Request) -> Response:
    """``/static/NAME``: style sheet and icon."""
    found = site_of(request).statics.file(request.path_params["name"])
    if found is None:
        raise Problem(404, "Not here", "There is no such file.", links=(("/", "All stories"),))
    content, media_type = found
    return site_of(request).answer(request, content, media_type, cache=FOREVER)


def robots(request: Request) -> Response:
    """``/robots.txt``: other people's words are not ours to have indexed."""
    rule = "Disallow: /" if site_of(request).settings.noindex else "Disallow: /metrics"
    return PlainTextResponse(f"User-agent: *\n{rule}\n", headers={"Cache-Control": "public, max-age=86400"})


def failure(
    request: Request, status: int, title: str, message: str, links: tuple[tuple[str, str], ...] = ()
) -> Response:
    """A page (or JSON, or a line for feed readers and scrapers) that says what happened and what to do."""
    path = request.scope["path"]
    state = request.scope.get("app")
    if state is None:
        return PlainTextResponse(f"{title}. {message}\n", status_code=status)
    site = site_of(request)
    if path.endswith(".json"):
        return site.json(request, {"error": {"status": status, "title": title, "message": message}}, status=status)
    if path.endswith((".atom", ".zip", ".txt")) or path in ("/metrics", "/healthz", "/readyz"):
        return PlainTextResponse(f"{title}. {message}\n", status_code=status)
    values = {"title": title, "message": message, "links": links, "status": status}
    return site.page(request, "failure.html", values, status=status)


def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - Starlette calls this for nothing else
    return failure(request, error.status, error.title, error.message, error.links)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette calls this for nothing else
    if error.status_code == 405:
        answer = failure(request, 405, "Not that way", "This address can be read, not written to.")
        answer.headers.update(error.headers or {})
        return answer
    if error.status_code == 404:
        message = "There is no page at this address. Stories are listed on the first page; every word can be searched."
        return failure(request, 404, "No such page", message, (("/", "All stories"), ("/feeds", "Feeds")))
    return failure(request, error.status_code, "That did not work", str(error.detail))


def _store(request: Request, error: Exception) -> Response:
    assert isinstance(error, StetError)  # noqa: S101 - Starlette calls this for nothing else
    links = (("/", "All stories"),)
    if isinstance(error, NotFound):
        return failure(request, 404, "Not found", str(error), links)
    if isinstance(error, UsageError):
        return failure(request, 400, "Not possible", str(error), links)
    log.error("database_failed", path=request.scope["path"], error=str(error))
    message = "The database does not answer just now. Nothing is lost; try again in a minute."
    answer = failure(request, 503, "Busy", message, links)
    answer.headers["Retry-After"] = "30"
    return answer
