"""What a path names: a story, one of its versions. Unknown, taken down and pruned ones are Problems with a way on."""

from __future__ import annotations

from starlette.requests import Request

from bot.core.model import Version, Watch
from bot.core.story import Story
from bot.errors import NotFound
from bot.store import versions, views, watches
from bot.store.database import Tx
from bot.web.site import Problem

LARGEST_ID = 2**53


def number(request: Request, name: str) -> int:
    """A number from the path; one that no database can hold is simply not there."""
    value = int(request.path_params[name])
    if value > LARGEST_ID:
        raise Problem(404, "Not here", "There is nothing under so large a number.", links=(("/", "All stories"),))
    return value


def watch_of(request: Request, tx: Tx) -> Watch:
    """The story of the path. Problem 404 for an unknown one, 410 with the reason for one that was taken down."""
    watch_id = number(request, "id")
    watch = watches.get(tx, watch_id)
    if watch is None:
        message = f"There is no story {watch_id}. Look for it by its words or its outlet."
        raise Problem(404, "No such story", message, links=(("/", "All stories"),))
    if watch.hidden_reason is not None:
        gone = views.hidden(tx, watch_id)
        since = f" since {gone.at:%d %B %Y}" if gone and gone.at else ""
        message = f"This story is not shown{since}. The reason given: {watch.hidden_reason}"
        raise Problem(410, "Taken down", message, links=(("/", "All stories"),))
    return watch


def version_of(tx: Tx, watch: Watch, n: int) -> tuple[Version, Story]:
    """One version and its text. Problem 404 where it does not exist, 410 where its text was pruned."""
    found = versions.get(tx, watch.id, n)
    to_story = ((f"/stories/{watch.id}", "All versions of this story"),)
    if found is None:
        known = f"It has versions 1 to {watch.latest_n}." if watch.latest_n else "It has not been read yet."
        raise Problem(404, "No such version", f"Story {watch.id} has no version {n}. {known}", links=to_story)
    try:
        return found, versions.story(tx, watch.id, n)
    except NotFound:
        message = f"The text of version {n} is past the time it is kept. Its record and its hashes remain."
        raise Problem(410, "No longer kept", message, links=to_story) from None
