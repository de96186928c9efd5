"""Who may read: every route is asked without and with each way of signing in; hosts; the last resort."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from structlog.testing import capture_logs

from bot.core.compare import compare
from bot.store.database import Database
from bot.web import Server, Services, WebSettings
from bot.web.app import build, failure, routes
from bot.web.guard import OPEN, Shield, is_open, session
from tests.web_site import NOW, browse, site

TOKEN = "correct-horse-battery-staple"
OPEN_ROUTES = {
    "/healthz",
    "/readyz",
    "/robots.txt",
    "/login",
    "/static/{name}",
    "/unsubscribe/{token}",
    "/settings/{token}",
    "/slack",
}
"""Written out by hand: a new open route must be added here on purpose."""
BELOW = {"/slack": "/slack/events"}
VALUES = {"id:int": "1", "n:int": "1", "a:int": "1", "b:int": "2", "date": "2026-11-24", "rest:path": "x"}


async def _slack(scope: object, receive: object, send: object) -> None:
    await PlainTextResponse("slack")(scope, receive, send)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A site that wants a token."""
    with browse(tmp_path_factory.mktemp("guarded"), token=TOKEN) as (client, _):
        yield client


def every_route() -> list[tuple[str, str]]:
    """(the route's own path, an address that fits it) of the whole application."""
    found = []
    for route in routes(_slack):
        assert isinstance(route, (Route, Mount))
        address = re.sub(r"\{([^}]+)\}", lambda match: VALUES.get(match.group(1), "x"), route.path)
        found.append((route.path, BELOW.get(address, address)))
    return found


def test_the_list_of_routes_is_whole() -> None:
    paths = [path for path, _ in every_route()]
    assert len(paths) == len(set(paths))
    assert set(paths) >= OPEN_ROUTES
    assert len(paths) > 20


@pytest.mark.parametrize(("path", "address"), every_route())
def test_every_route_asks_for_the_token_but_for_those_that_need_none(
    guarded: httpx.Client, path: str, address: str
) -> None:
    for method in ("GET", "POST", "HEAD"):
        answer = guarded.request(method, address)
        if path in OPEN_ROUTES:
            assert answer.status_code != 401, (method, address)
            continue
        assert answer.status_code == 401, (method, address)
        assert "Minister" not in answer.text
        assert "Basic" in answer.headers["www-authenticate"]
    assert (path in OPEN_ROUTES) == is_open(address)


@pytest.mark.parametrize(("path", "address"), every_route())
def test_every_route_opens_with_the_token(guarded: httpx.Client, path: str, address: str) -> None:
    answer = guarded.get(address, headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code not in (401, 403), address


def test_the_password_of_basic_login_and_the_cookie_open_too(guarded: httpx.Client) -> None:
    basic = base64.b64encode(f"anyone:{TOKEN}".encode()).decode()
    assert guarded.get("/", headers={"authorization": f"Basic {basic}"}).status_code == 200
    cookie = f"stet_session={session(TOKEN, NOW.timestamp())}"
    page = guarded.get("/", headers={"cookie": cookie})
    assert page.status_code == 200
    assert "Sign out" in page.text


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer wrong"},
        {"authorization": "Bearer"},
        {"authorization": "Basic !!!"},
        {"authorization": "Basic " + base64.b64encode(b"nobody:").decode()},
        {"authorization": f"Digest {TOKEN}"},
        {"cookie": "stet_session="},
        {"cookie": "stet_session=99999999999.abc"},
        {"cookie": f"stet_session={session('another-token', NOW.timestamp())}"},
        {"cookie": f"stet_session={session(TOKEN, NOW.timestamp() - 31 * 86_400)}"},
        {"cookie": "stet_session=" + session(TOKEN, NOW.timestamp()).replace(".", "0.", 1)},
        {"x-forwarded-user": "ada"},
    ],
)
def test_nothing_else_opens(tmp_path: Path, headers: dict[str, str]) -> None:
    with browse(tmp_path, filled=False, token=TOKEN) as (client, _):
        assert client.get("/stories.json", headers=headers).status_code == 401


def test_the_cookie_opens_beside_other_cookies_and_a_proxy_s_own_login(guarded: httpx.Client) -> None:
    ours = f"stet_session={session(TOKEN, NOW.timestamp())}"
    theirs = base64.b64encode(b"ann:her password at the proxy").decode()
    for more in (
        {"cookie": f'tracker={{"a": [1, 2]}}; bad name=1; {ours}; tail'},
        {"cookie": ours, "authorization": f"Basic {theirs}"},
    ):
        assert guarded.get("/", headers=more).status_code == 200


def test_a_browser_is_sent_to_sign_in_and_comes_back_where_it_wanted_to_go(guarded: httpx.Client) -> None:
    sent = guarded.get("/stories/1?x=1", headers={"accept": "text/html"})
    assert sent.status_code == 303
    assert sent.headers["location"] == "/login?next=/stories/1%3Fx%3D1"
    page = guarded.get(sent.headers["location"])
    assert 'type="password"' in page.text
    done = guarded.post("/login", data={"token": TOKEN, "next": "/stories/1?x=1"})
    assert done.status_code == 303
    assert done.headers["location"] == "/stories/1?x=1"
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert TOKEN not in cookie
    value = cookie.split(";")[0]
    assert guarded.get("/stories/1", headers={"cookie": value}).status_code == 200
    guarded.cookies.clear()


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "x", "/a\nb", "/" * 3000]
)
def test_signing_in_never_leads_to_another_site(guarded: httpx.Client, target: str) -> None:
    done = guarded.post("/login", data={"token": TOKEN, "next": target})
    guarded.cookies.clear()
    assert done.headers["location"] == "/"


def test_wrong_tokens_are_refused_and_many_of_them_slow_the_address_down(tmp_path: Path) -> None:
    with browse(tmp_path, filled=False, token=TOKEN) as (client, _):
        for _ in range(10):
            assert client.post("/login", data={"token": "guess"}).status_code == 403
        late = client.post("/login", data={"token": TOKEN})
        assert late.status_code == 403
        assert "wait a minute" in late.text
        assert client.get("/", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 401


def test_a_cookie_goes_over_https_only_where_the_site_is_reached_so(tmp_path: Path) -> None:
    with browse(tmp_path, filled=False, token=TOKEN, base_url="https://stet.example") as (client, _):
        assert "Secure" in client.post("/login", data={"token": TOKEN}).headers["set-cookie"]


def test_signing_out_forgets_the_cookie(guarded: httpx.Client) -> None:
    cookie = {"cookie": f"stet_session={session(TOKEN, NOW.timestamp())}"}
    answer = guarded.post("/logout", headers=cookie)
    assert answer.status_code == 303
    assert "Max-Age=0" in answer.headers["set-cookie"]


def test_a_proxy_is_believed_only_from_its_own_address(tmp_path: Path) -> None:
    given = {"x-remote-user": "ada"}
    with browse(tmp_path, filled=False, proxy_login_header="X-Remote-User", trusted_proxies=("127.0.0.0/8",)) as (
        client,
        _,
    ):
        assert client.get("/", headers=given).status_code == 200
        assert client.get("/").status_code == 401
        assert client.get("/", headers={"x-remote-user": ""}).status_code == 401
    other = tmp_path / "other"
    other.mkdir()
    with browse(other, filled=False, proxy_login_header="X-Remote-User", trusted_proxies=("192.0.2.0/24",)) as (
        client,
        _,
    ):
        assert client.get("/", headers=given).status_code == 401


def test_a_name_that_is_not_ours_is_refused_because_of_dns_rebinding(tmp_path: Path) -> None:
    with browse(tmp_path, filled=False, base_url="https://stet.example", hosts=("stet.internal.example",)) as (
        client,
        _,
    ):
        for host in ("evil.example", "127.0.0.1.evil.example", "stet.example.evil.example", "", "[bad"):
            answer = client.get("/", headers={"host": host})
            assert answer.status_code in (400, 421), host
        for host in (
            "localhost:8080",
            "127.0.0.1",
            "[::1]:9",
            "stet",
            "stet.example",
            "stet.internal.example",
            "STET.EXAMPLE",
        ):
            assert client.get("/", headers={"host": host}).status_code == 200, host
        assert client.get("/healthz", headers={"host": "evil.example"}).status_code == 200


def test_nothing_is_open_that_could_be_left_open_by_a_similar_name() -> None:
    for path in ("/healthz/x", "/login/x", "/loginx", "/unsubscribe", "/static", "/settingsx/", "/", "/metrics"):
        assert not is_open(path), path
    assert all(path.startswith("/") for path in OPEN)


def test_settings_never_show_the_token() -> None:
    assert TOKEN not in repr(WebSettings(token=TOKEN))
    with pytest.raises(ValueError, match="network"):
        WebSettings(trusted_proxies=("network",))


def test_slack_reaches_its_own_address_without_a_login(tmp_path: Path) -> None:
    with (
        site(tmp_path, filled=False, token=TOKEN) as (_, db),
        Server(build(_services(db), WebSettings(token=TOKEN), slack=_slack), "127.0.0.1:0") as server,
        httpx.Client(base_url=server.url, trust_env=False) as client,
    ):
        assert client.post("/slack/events").text == "slack"


def test_an_unforeseen_failure_is_a_page_without_a_traceback_and_no_key_is_logged(tmp_path: Path) -> None:
    async def broken(scope: object, receive: object, send: object) -> None:
        raise RuntimeError("secret inner words")

    with site(tmp_path, filled=False) as (_, db):
        app = build(_services(db), WebSettings())

        async def whole(scope: dict[str, object], receive: object, send: object) -> None:
            scope["app"] = app
            await Shield(broken, failure)(scope, receive, send)  # type: ignore[arg-type]

        with (
            Server(whole, "127.0.0.1:0") as server,  # type: ignore[arg-type]
            httpx.Client(base_url=server.url, trust_env=False) as client,
            capture_logs() as lines,
        ):
            answer = client.get("/unsubscribe/a-key-that-opens")
        assert [line["path"] for line in lines if line["event"] == "page_failed"] == ["/unsubscribe/…"]
        assert answer.status_code == 500
        assert "secret inner words" not in answer.text
        assert "Traceback" not in answer.text


def test_a_database_that_fails_is_a_page_that_says_so(tmp_path: Path) -> None:
    with browse(tmp_path) as (client, db):
        with db.begin() as tx:
            tx.exec_driver_sql("DROP TABLE changes")
        answer = client.get("/")
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
        assert "DROP" not in answer.text
        assert client.get("/healthz").status_code == 200


def test_the_server_stops_within_seconds_and_names_itself_to_nobody(tmp_path: Path) -> None:
    with site(tmp_path, filled=False) as (server, _), httpx.Client(base_url=server.url, trust_env=False) as client:
        answer = client.get("/healthz")
        assert "server" not in answer.headers
        assert server.stop()
        with pytest.raises(httpx.TransportError):
            client.get("/healthz")


def _services(db: Database) -> Services:
    return Services(db=db, now=lambda: NOW, compare=compare, secret="s" * 20)
