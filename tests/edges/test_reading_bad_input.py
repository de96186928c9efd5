"""Bad input: whatever comes, a Story or an ExtractError, within 10 seconds and a gigabyte, in a process of its own.

Every page is made and read in a child process with RLIMIT_AS; the child says how it ended, how many CPU seconds
reading took and how far its memory grew beyond the page at its peak.
"""

# ruff: noqa: E501  -- each page is one expression on one line

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.extract import extract

ROOT = Path(__file__).parents[2]
SECONDS = 10
ADDRESS_SPACE = 1 << 30

# name -> an expression for the bytes of the page; S is a plain story, and a page that holds it must be read
PAGES = {
    "10 MB of paragraphs": "b'<html><body><h1>Quay</h1>' + b'<p>' + (b'<p>The board met at noon and put off the vote.</p>' * 210_000)",
    "10 MB in one paragraph": "b'<html><body><h1>Quay</h1><p>' + b'The board met at noon. ' * 450_000 + b'</p></body></html>'",
    "200,000 links": "b'<html><body><h1>Quay</h1>' + b'<a href=\"/story\">The board met</a> ' * 200_000",
    "50,000 attributes": "b'<html><body><h1>Quay</h1><p ' + b' '.join(b'data-a%d=\"%d\"' % (n, n) for n in range(50_000)) + b'>The board met</p>' + S",
    "50,000 attributes of one name": "b'<html><body><p ' + b'class=\"a\" ' * 50_000 + b'>The board met</p>' + S",
    "an attribute of 8 MB": "b'<html><body><p title=\"' + b'x ' * 4_000_000 + b'\">The board met</p>' + S",
    "100,000 class names": "b'<html><body><p class=\"' + b' '.join(b'c%d' % n for n in range(100_000)) + b'\">The board met</p>' + S",
    "100,000 nested divs": "b'<html><body><h1>Quay</h1>' + b'<div>' * 100_000 + b'The board met'",
    "100,000 nested spans": "b'<html><body><h1>Quay</h1><p>' + b'<span>' * 100_000 + b'The board met'",
    "20,000 nested tables": "b'<html><body>' + b'<table><tr><td>' * 20_000 + b'The board met'",
    "20,000 nested quotes": "b'<html><body>' + b'<blockquote><p>The board met' * 20_000",
    "20,000 nested lists": "b'<html><body>' + b'<ul><li>The board met' * 20_000",
    "100,000 unclosed bold": "b'<html><body>' + b'<p><b>The board met' * 100_000",
    "JSON-LD nested 20,000 deep": "b'<html><head><script type=\"application/ld+json\">' + b'{\"a\":' * 20_000 + b'1' + b'}' * 20_000 + b'</script></head><body>' + S + b'</body></html>'",
    "JSON-LD lists 200,000 deep": "b'<script type=\"application/ld+json\">' + b'[' * 200_000 + b'</script>' + S + b''",
    "JSON-LD of 8 MB": "b'<script type=\"application/ld+json\">[' + b'{\"@type\":\"NewsArticle\",\"headline\":\"Quay\"},' * 190_000 + b'{}]</script>' + S + b''",
    "JSON-LD with a huge number": "b'<script type=\"application/ld+json\">{\"@type\":\"NewsArticle\",\"datePublished\":' + b'9' * 100_000 + b'}</script>' + S + b''",
    "JSON-LD that names itself": "b'<script type=\"application/ld+json\">{\"@id\":\"#a\",\"@type\":\"NewsArticle\",\"author\":{\"@id\":\"#a\"},\"@graph\":[{\"@id\":\"#a\"}]}</script>' + S + b''",
    "JSON-LD of wrong types": "b'<script type=\"application/ld+json\">{\"@type\":{\"a\":[1]},\"headline\":[[{}]],\"author\":[1,null,{\"name\":{}}],\"datePublished\":{}}</script>' + S + b''",
    "5,000 JSON-LD scripts": "b'<script type=\"application/ld+json\">{\"@type\":\"NewsArticle\"}</script>' * 5_000 + b'' + S + b''",
    "a script that never ends": "b'<html><body>' + S + b'<script>' + b'a<b;' * 1_000_000",
    "100,000 scripts that never end": "b'<html><body><p>Please enable JavaScript</p>' + b'<script>' * 100_000",
    "100,000 scripts without a name": "b'<html><body><div id=x><noscript>JavaScript must be enabled</noscript>' + b'<script></script>' * 100_000",
    "100,000 divs with long attributes": "b'<html><body>' + b'<div data-a=\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" ' * 100_000",
    "a comment that never ends": "b'<html><body>' + S + b'<!--' + b'- -' * 1_000_000",
    "100,000 unclosed tags": "b'<html><body>' + b'<p <div <span' * 100_000",
    "a million less-thans": "b'<html>' + b'<' * 1_000_000",
    "a million ampersands": "b'<html><body><p>' + b'&' * 1_000_000 + b'</p>' + S",
    "200,000 entities": "b'<html><body><p>' + b'&#x202e;&nbsp;&bogus;&#99999999;' * 50_000 + b'</p>' + S",
    "a line of a million digits": "b'<html><body><p>' + b'1' * 1_000_000 + b'</p>' + S",
    "a million spaces in a line": "b'<html><body><p>The' + b' ' * 1_000_000 + b'board met</p>'",
    "a headline of 2 MB": "b'<html><body><h1>' + b'The board met ' * 150_000 + b'</h1>' + S",
    "20,000 headlines": "b'<html><body>' + b'<h1>The board met at noon</h1><p>It put off the vote.</p>' * 20_000",
    "60,000 meta tags": "b'<html><head>' + b'<meta property=\"og:title\" content=\"The board met\">' * 60_000 + b'</head><body>' + S + b''",
    "20,000 captions": "b'<html><body><h1>Quay</h1>' + b'<figure><img src=a><figcaption>The board met at noon.</figcaption></figure>' * 20_000",
    "100,000 line breaks": "b'<html><body><h1>Quay</h1><div>' + b'The board met at noon.<br><br>' * 100_000",
    "30,000 table rows": "b'<html><body><table>' + b'<tr><td>board</td><td>40</td></tr>' * 30_000 + b'</table>'",
    "a story cut off in a tag": "b'<html><body><h1>Quay</h1><p>The board met at noon.</p><p cla'",
    "binary": "bytes(range(256)) * 20_000",
    "noise": "__import__('random').Random(1).randbytes(2_000_000)",
    "a picture": "b'\\x89PNG\\r\\n\\x1a\\n' + bytes(100_000)",
    "a PDF": "b'%PDF-1.7\\n' + b'The board met ' * 10_000",
    "gzip": "__import__('gzip').compress(b'<html><p>The board met</p></html>' * 1000)",
    "empty": "b''",
    "blank": "b' \\n\\t ' * 1000",
    "an XML feed": "b'<?xml version=\"1.0\"?><rss><channel><item><title>Quay</title></item></channel></rss>'",
    "an XML bomb": "b'<?xml version=\"1.0\"?><!DOCTYPE z [<!ENTITY a \"aaaaaaaaaa\">' + b''.join(b'<!ENTITY %c \"%s\">' % (98 + n, b'&%c;' % (97 + n) * 10) for n in range(12)) + b']><html><body><p>&m;</p></body></html>'",
    "an external entity": "b'<!DOCTYPE html [<!ENTITY a SYSTEM \"file:///etc/hostname\">]><html><body><p>The board met &a;</p>' + S + b'</body></html>'",
    "JSON": "b'{\"headline\": \"Quay\", \"body\": \"' + b'The board met. ' * 5_000 + b'\"}'",
    "plain text": "b'The board met at noon. ' * 5_000",
    "lone surrogates": "b'<html><body><h1>Quay \\xed\\xa0\\x80</h1>' + b'<p>The board met \\xed\\xb0\\x80 &#xD800; &#xDFFF; at noon.</p>' * 30 + S",
    "NULs": "b'<html>\\0<bo\\0dy><h1>Qu\\0ay</h1>' + b'<p>The bo\\0ard met at\\0 noon.</p>\\0' * 30 + S.replace(b'noon', b'no\\0on')",
    "only NULs": "bytes(1_000_000)",
    "UTF-16 cut in a character": "b'\\xff\\xfe' + (S.decode()).encode('utf-16-le')[:-1]",
    "UTF-32": "('<html><body><p>The board met</p>' * 100).encode('utf-32')",
    "frames": "b'<html><frameset cols=\"1,*\">' + b'<frame src=\"/a\">' * 10_000 + b'</frameset></html>'",
    "30 MB": "b'<html><body>' + b'<p>The board met at noon.</p>' * 1_100_000",
}  # fmt: skip

CHILD = """
import json, resource, sys, time
limit = int(sys.argv[1])
said = "The board met at noon on day %d and put off the vote on the second quay until the spring."
S = b"<h1>Quay vote put off</h1>" + b"".join(b"<p>" + (said % n).encode() + b"</p>" for n in range(12))
from bot.errors import ExtractError
from bot.extract import extract, quick_key
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
def memory(name):
    try:  # the peak since it was last cleared, where the kernel says so
        if name == "VmRSS":
            open("/proc/self/clear_refs", "w").write("5")
        return next(int(row.split()[1]) for row in open("/proc/self/status") if row.startswith(name))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for line in sys.stdin:
    name, expression = json.loads(line)
    page = eval(expression)
    before = memory("VmRSS")
    start = time.process_time()
    try:
        story = extract(page, url="https://outlet.example/a").story
        json.dumps(str(story)).encode()
        " ".join([story.headline, *(block.text for block in story.blocks)]).encode("utf-8")
        ended = "story"
    except ExtractError as error:
        ended = error.kind
        assert len(str(error).splitlines()) == 1 and len(str(error)) < 600
    except BaseException as error:
        ended = f"raised {type(error).__name__}: {error}"[:300]
    took = time.process_time() - start
    start = time.process_time()
    try:
        quick_key(page)
    except BaseException as error:
        ended = f"quick_key raised {type(error).__name__}: {error}"[:300]
    keyed = time.process_time() - start
    grown = (memory("VmHWM") - before) // 1024
    print(json.dumps([name, ended, took, keyed, grown]), flush=True)
"""

NO_STORY = {
    "empty": {"empty"}, "blank": {"empty"}, "a picture": {"not_html"}, "a PDF": {"not_html"}, "gzip": {"not_html"},
    "an XML feed": {"not_html"}, "JSON": {"not_html"}, "plain text": {"not_html"}, "30 MB": {"too_large"},
    "only NULs": {"not_html", "empty"}, "frames": {"empty", "not_html"},
}  # fmt: skip


def read(names: list[str]) -> dict[str, tuple[str, float, float, int]]:
    """Read these pages in one child: name -> how it ended, seconds for the story and the quick key, MB grown."""
    lines = "".join(json.dumps([name, PAGES[name]]) + "\n" for name in names)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CHILD, str(ADDRESS_SPACE)],
        input=lines, capture_output=True, text=True, timeout=SECONDS * max(2, len(names)), cwd=ROOT, check=False,
    )  # fmt: skip
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    found = {name: (ended, took, keyed, grown) for name, ended, took, keyed, grown in rows}
    for name in names:
        found.setdefault(name, (f"the process died ({done.returncode}): {done.stderr[-300:]}", 0.0, 0.0, 0))
    return found


@pytest.mark.parametrize("name", sorted(PAGES))
def test_bad_input_ends_in_a_story_or_a_typed_error_within_bounds(name: str) -> None:
    ended, took, keyed, grown = _all()[name]
    assert ended in ENDINGS, ended
    assert ended in NO_STORY.get(name, {"story"} if re.search(r"\bS\b", PAGES[name]) else ENDINGS), ended
    assert took < SECONDS and keyed < SECONDS
    assert grown < ADDRESS_SPACE >> 20


ENDINGS = {
    "story", "empty", "not_html", "too_large", "not_article", "truncated", "error_page", "not_found", "bot_wall",
    "consent_wall", "paywall", "javascript",
}  # fmt: skip
_found: dict[str, tuple[str, float, float, int]] = {}


def _all() -> dict[str, tuple[str, float, float, int]]:
    """One child reads all pages in turn; should it die, the pages left go each to a child of their own."""
    if not _found:
        _found.update(read(list(PAGES)))
        for name in [name for name, (ended, *_) in _found.items() if ended.startswith("the process died")]:
            _found.update(read([name]))
    return _found


def test_a_local_file_never_comes_in_through_an_entity(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("locksmith", encoding="utf-8")
    paragraphs = "".join(f"<p>The board met at noon on day {n} and &a; put off the vote.</p>" for n in range(12))
    page = f'<!DOCTYPE html [<!ENTITY a SYSTEM "{kept.as_uri()}">]><html><body><h1>Quay vote</h1>{paragraphs}</body></html>'
    story = extract(page.encode(), url="https://outlet.example/a").story
    assert len(story.blocks) == 12
    assert "locksmith" not in str(story)
