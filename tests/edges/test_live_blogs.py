"""Live blogs in the shapes that sites build them: read as entries, and compared entry by entry."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from bot.core.compare import CompareConfig, compare
from bot.core.comparison import Comparison, Severity
from bot.core.story import Block, BlockKind, Story
from bot.extract import extract

ADDRESS = "https://quay.example/live/storm-on-the-quay"


@dataclass(frozen=True)
class Post:
    """One invented entry. ``hour`` also numbers it."""

    hour: int
    title: str
    text: str

    @property
    def moment(self) -> str:
        return f"2026-03-04T{self.hour:02d}:15:00+00:00"


POSTS = (
    Post(9, "Swing bridge closed", "The swing bridge is closed to all traffic until the wind drops, the council says."),
    Post(10, "Gusts of 120 km/h", "Gusts of 120 km/h were measured at the lighthouse, the highest for thirty years."),
    Post(
        11, "Ferries stay in harbour", "The last ferry came in at half past ten with 40 people on board, nobody hurt."
    ),
    Post(12, "Schools close early", "Parents are asked to collect their children by noon; buses run for another hour."),
    Post(13, "Tree falls on a bus", "A tree came down on an empty bus in Alder Street, the fire brigade reports."),
    Post(14, "Mayor asks for patience", "“Stay at home and look after your neighbours,” the mayor, Ida Moss, said."),
)
LATER = Post(15, "Power back in Fenton", "Some 2,000 homes in Fenton have power again after four hours without any.")
EDITED = "The last ferry came in at half past ten with 60 people on board, nobody hurt."


def article(post: Post) -> str:
    return (
        f'<article class="live-post" id="post-{post.hour}"><time datetime="{post.moment}">{post.hour}.15</time>'
        f"<h2>{post.title}</h2><p>{post.text}</p></article>"
    )


def named_box(post: Post) -> str:
    return (
        f'<div class="block" data-block-id="b{post.hour}"><p><a href="#b{post.hour}"><time datetime="{post.moment}">'
        f"{post.hour}:15 GMT</time></a></p><h2>{post.title}</h2><div><p>{post.text}</p></div></div>"
    )


def time_only(post: Post) -> str:
    return (
        f'<section class="css-{post.hour * 37 % 91:x}"><time datetime="{post.moment}">{post.hour}:15</time>'
        f"<h3>{post.title}</h3><p>{post.text}</p></section>"
    )


def list_member(post: Post) -> str:
    return (
        f'<li class="stream-post"><div id="lx-{post.hour}"><header><h3>{post.title}</h3><time>{post.hour}:15</time>'
        f'</header><div class="body"><p>{post.text}</p></div></div></li>'
    )


def flat(post: Post) -> str:
    return f"<h3>{post.hour}:15 – {post.title}</h3><p>{post.text}</p>"


SHAPES: dict[str, tuple[Callable[[Post], str], str]] = {
    "articles with ids": (article, '<div class="live-blog">{}</div>'),
    "boxes in a named element": (named_box, '<div class="liveblog-blocks">{}</div>'),
    "boxes with times only": (time_only, '<div class="css-feed">{}</div>'),
    "members of a list": (list_member, "<ol>{}</ol>"),
    "headings with times": (flat, '<div class="ticker-text">{}</div>'),
}


def page(
    shape: str,
    posts: Sequence[Post],
    *,
    ld: bool = False,
    newest_first: bool = True,
    above: str = "",
    below: str = "",
) -> Story:
    """The story read from a page of this shape."""
    render, wrap = SHAPES[shape]
    told = {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": "Storm on the quay: live",
        "liveBlogUpdate": [
            {"@type": "BlogPosting", "headline": one.title, "articleBody": one.text, "datePublished": one.moment,
             "url": f"{ADDRESS}#post-{one.hour}"}
            for one in posts
        ],
    }  # fmt: skip
    script = f'<script type="application/ld+json">{json.dumps(told)}</script>' if ld else ""
    shown = reversed(posts) if newest_first else posts
    body = wrap.format("".join(map(render, shown)))
    text = (
        f'<!doctype html><html lang="en"><head><title>Storm on the quay: live</title>{script}'
        '<meta property="og:type" content="article"></head><body><header><a href="/">Quay Post</a></header><main>'
        "<h1>Storm on the quay: live</h1><p>A storm has reached the quay. We follow it here all through the day.</p>"
        f"{above}{body}{below}</main><footer><p>Quay Post, Alder Street</p></footer></body></html>"
    )
    return extract(text.encode(), url=ADDRESS).story


def entries(story: Story) -> list[Block]:
    return [block for block in story.blocks if block.kind is BlockKind.LIVE_ENTRY]


def step(old: Story, new: Story) -> Comparison:
    return compare(old, new, CompareConfig())


def kinds(found: Comparison) -> set[str]:
    return {finding.kind for finding in found.findings}


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("ld", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_read_as_entries(shape: str, ld: bool, newest_first: bool) -> None:
    story = page(shape, POSTS, ld=ld, newest_first=newest_first)
    if shape == "headings with times" and not (ld or newest_first):
        assert not story.is_live, "a programme runs forwards like this"
        return
    assert story.is_live
    shown = entries(story)
    told = POSTS[::-1] if newest_first else POSTS
    assert [one.title in block.text and one.text in block.text for one, block in zip(told, shown, strict=True)] == (
        [True] * len(POSTS)
    )
    assert all(one.kind is BlockKind.LIVE_ENTRY for one in story.blocks[1:]), "only the lead stands above them"


@pytest.mark.parametrize(
    ("shape", "ld", "ids", "times"),
    [
        ("articles with ids", False, True, True),
        ("boxes in a named element", False, True, True),
        ("boxes with times only", False, False, True),
        ("boxes with times only", True, True, True),
        ("members of a list", False, True, False),
        ("members of a list", True, True, True),
    ],
)
def test_entries_have_the_identity_and_time_that_the_page_or_its_json_ld_gives(
    shape: str, ld: bool, ids: bool, times: bool
) -> None:
    shown = entries(page(shape, POSTS, ld=ld))
    assert all(bool(one.id) is ids for one in shown)
    assert len({one.id for one in shown}) == (len(POSTS) if ids else 1)
    if times:
        assert [one.time.isoformat() if one.time else "" for one in shown] == [one.moment for one in POSTS[::-1]]


@pytest.mark.parametrize("ld", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_new_entries_are_counted_and_edits_and_deletions_are_told(shape: str, ld: bool) -> None:
    now = page(shape, POSTS, ld=ld)
    more = step(now, page(shape, [*POSTS, LATER], ld=ld))
    assert (more.severity, kinds(more)) == (Severity.MINOR, {"entry_added"})

    posts = [Post(one.hour, one.title, EDITED if one.hour == 11 else one.text) for one in POSTS]
    edited = step(now, page(shape, posts, ld=ld))
    assert edited.severity >= Severity.MAJOR
    assert {"figure_changed", "entry_edited"} <= kinds(edited)

    fewer = step(now, page(shape, [one for one in POSTS if one.hour != 11], ld=ld))
    assert fewer.severity >= Severity.NOTABLE
    assert kinds(fewer) == {"entry_removed"}


KEY_EVENTS = (
    '<div class="key-events"><h2>Key events</h2><ul>'
    + "".join(f'<li><time>{one.hour}.15</time> <a href="#post-{one.hour}">{one.title}</a></li>' for one in POSTS)
    + "</ul></div>"
)
MORE = '<nav class="pagination"><a href="?page=2">Older</a><span>1 of 4</span></nav><button>Load more updates</button>'


@pytest.mark.parametrize("ld", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_key_events_a_pinned_entry_and_load_more_change_nothing(shape: str, ld: bool) -> None:
    now = page(shape, POSTS, ld=ld)
    # Where entries have no boxes, one that is pinned cannot be told from the others.
    pinned = "" if shape == "headings with times" else f'<div class="pinned">{SHAPES[shape][0](POSTS[1])}</div>'
    for name, other in {
        "key events": page(shape, POSTS, ld=ld, above=KEY_EVENTS),
        "pinned": page(shape, POSTS, ld=ld, above=pinned),
        "load more": page(shape, POSTS, ld=ld, below=MORE),
    }.items():
        found = step(now, other)
        assert (found.severity, found.findings) == (Severity.TRIVIAL, ()), name
        assert other.blocks == now.blocks, name


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "headings with times"])
def test_the_other_order_is_no_news(shape: str) -> None:
    found = step(page(shape, POSTS), page(shape, POSTS, newest_first=False))
    assert found.severity == Severity.TRIVIAL


def test_a_programme_and_a_chronicle_in_an_ordinary_story_are_no_live_blog() -> None:
    for opening in ("Doors open", "They left the harbour"):
        hours = "".join(f"<h3>{9 + n}:30 – {opening} {n}</h3><p>{one.text}</p>" for n, one in enumerate(POSTS))
        text = (
            "<html><head><title>The day</title></head><body><article><h1>How the day on the quay went</h1>"
            f"<p>{POSTS[0].text}</p>{hours}</article></body></html>"
        )
        assert not extract(text.encode(), url=ADDRESS).story.is_live
