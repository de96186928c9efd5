"""The pages that change something: unsubscribing, a person's own settings, signing in and out.

A GET shows a form and changes nothing, for mail programs follow every link; only a POST acts. The address itself is
the key (a signed token), so a POST needs no cookie, as one-click unsubscribing wants (RFC 8058).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo, available_timezones

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.core import tokens
from bot.store import targets, watches
from bot.web.guard import COOKIE, SESSION_SECONDS, Throttle, client_address, same, session
from bot.web.named import LARGEST_ID
from bot.web.site import Problem, Site, site_of

MAX_FORM = 16 * 1024
RHYTHMS = ("", "daily", "weekly", "off")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What somebody unsubscribes from: a route by its name, or one story by what people call it."""

    name: str
    is_story: bool = False


async def unsubscribe(request: Request) -> Response:
    """``/unsubscribe/TOKEN``: GET asks, POST ends at once what this route, or one story, sends to this person."""
    site = site_of(request)
    recipient, rule = _whom(site, request)
    key = f"email:{recipient}"
    done = ""
    if request.method == "POST":
        form = await _form(request)
        done = "back" if form.get("action") == "resubscribe" else "gone"
        await run_in_threadpool(_set_subscribed, site, key, rule, done == "back")
    known = await run_in_threadpool(_is_unsubscribed, site, key, rule)
    values = {
        "recipient": recipient,
        "subject": await run_in_threadpool(_subject, site, rule),
        "token": request.path_params["token"],
        "done": done,
        "unsubscribed": known,
    }
    return site.page(request, "unsubscribe.html", values, cache="no-store", forms=True)


async def settings(request: Request) -> Response:
    """``/settings/TOKEN``: how often, when and in which zone this person gets digests."""
    site = site_of(request)
    recipient, rule = _whom(site, request)
    key = f"email:{recipient}"
    problems: list[str] = []
    saved = False
    shown = await run_in_threadpool(_settings_of, site, key)
    if request.method == "POST":
        shown, problems = _read_settings(await _form(request), shown)
        if not problems:
            await run_in_threadpool(_save_settings, site, key, shown)
            saved = True
    values = {
        "recipient": recipient,
        "subject": await run_in_threadpool(_subject, site, rule),
        "token": request.path_params["token"],
        "settings": shown,
        "problems": problems,
        "saved": saved,
        "zones": sorted(available_timezones()),
    }
    status = 400 if problems else 200
    return site.page(request, "settings.html", values, status=status, cache="no-store", forms=True)


async def login(request: Request) -> Response:
    """``/login``: the token once, then a cookie for thirty days."""
    site = site_of(request)
    wanted = site.settings.token
    if not wanted:
        raise Problem(
            404, "Nothing to sign in to", "This installation asks for no token.", links=(("/", "All stories"),)
        )
    target = _inside(request.query_params.get("next", "/"))
    if request.method != "POST":
        return site.page(request, "login.html", {"target": target, "wrong": ""}, cache="no-store", forms=True)
    throttle: Throttle = request.scope["stet.throttle"]
    now, address = site.now().timestamp(), client_address(request.scope)
    form = await _form(request)
    target = _inside(form.get("next", "/"))
    wrong = ""
    if throttle.full(address, now):
        wrong = "Too many wrong tokens from this address; wait a minute."
    elif not same(form.get("token", ""), wanted):
        throttle.failed(address, now)
        wrong = "That is not the token. It is the one in STET_WEB_TOKEN."
    if wrong:
        values = {"target": target, "wrong": wrong}
        return site.page(request, "login.html", values, status=403, cache="no-store", forms=True)
    answer = site.redirect(target)
    answer.set_cookie(
        COOKIE,
        session(wanted, now),
        max_age=SESSION_SECONDS,
        path=site.settings.root or "/",
        secure=site.settings.base_url.startswith("https://"),
        httponly=True,
        samesite="lax",
    )
    return answer


def logout(request: Request) -> Response:
    """``/logout``: forget the cookie."""
    site = site_of(request)
    answer = RedirectResponse(f"{site.settings.root}/login" if site.settings.token else f"{site.settings.root}/", 303)
    answer.delete_cookie(COOKIE, path=site.settings.root or "/", httponly=True, samesite="lax")
    return answer


def _whom(site: Site, request: Request) -> tuple[str, str]:
    found = tokens.read_unsubscribe(site.services.secret, request.path_params["token"][:2000])
    if found is None:
        message = "This link is not whole, or not ours. Copy the whole address from the mail; it is one long line."
        raise Problem(404, "Link not understood", message)
    return found


async def _form(request: Request) -> Mapping[str, str]:
    """The fields of a small form. Anything that is no urlencoded form has none: one-click mails may send multipart."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            raise Problem(413, "Too much", "This form is small; that was not.")
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    pairs = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: values[-1] for name, values in pairs.items()}


def _inside(path: str) -> str:
    """A path of ours to go on to; anything that could lead elsewhere becomes the first page."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if safe and len(path) < 2000 else "/"


def _set_subscribed(site: Site, key: str, rule: str, wanted: bool) -> None:
    with site.db.begin() as tx:
        if wanted:
            targets.resubscribe(tx, key, rule)
        else:
            targets.unsubscribe(tx, key, rule, site.now())


def _subject(site: Site, rule: str) -> Subject:
    watch_id = tokens.muted_story(rule)
    if watch_id is None:
        return Subject(name=rule)
    with site.db.read() as tx:
        watch = watches.get(tx, watch_id) if watch_id <= LARGEST_ID else None
    if watch is None or watch.hidden_reason is not None:  # what was taken down is not named here either
        return Subject(name=f"Story {watch_id}", is_story=True)
    return Subject(name=watch.label or watch.headline or watch.url, is_story=True)


def _is_unsubscribed(site: Site, key: str, rule: str) -> bool:
    with site.db.read() as tx:
        return targets.unsubscribed(tx, key, rule)


def _settings_of(site: Site, key: str) -> dict[str, str]:
    with site.db.read() as tx:
        state = targets.get(tx, key)
    known = state.settings if state else {}
    return {name: str(known.get(name) or "") for name in ("digest", "digest_at", "zone")}


def _save_settings(site: Site, key: str, chosen: Mapping[str, str]) -> None:
    with site.db.begin() as tx:
        state = targets.get(tx, key)
        known = {
            name: value
            for name, value in (state.settings if state else {}).items()
            if name not in ("digest", "digest_at", "zone")
        }
        targets.set_settings(tx, key, {**known, **{name: value for name, value in chosen.items() if value}})


def _read_settings(form: Mapping[str, str], before: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What was chosen; sentences for what cannot be, and then nothing is saved."""
    chosen = {name: form.get(name, before[name]).strip()[:80] for name in ("digest", "digest_at", "zone")}
    problems = []
    if chosen["digest"] not in RHYTHMS:
        problems.append("A digest comes daily, weekly, or not at all.")
    if chosen["digest_at"] and not _CLOCK.fullmatch(chosen["digest_at"]):
        problems.append("A time of day is written 07:00.")
    if chosen["zone"] and not _is_zone(chosen["zone"]):
        problems.append("A time zone is written Europe/London.")
    return chosen, problems


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return False
    except KeyError:
        return False
    return True
