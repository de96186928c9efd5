"""The gate: is this page a story at all? Nothing but a story ever becomes a version.

A marker ("Access denied", "subscribe") is never enough alone: of real articles two thirds say "subscribe" and a fifth
"captcha". It counts only together with little text and low evidence. Evidence runs from 0 to 6: a JSON-LD article,
og:type article, a published date, a headline, three blocks, 120 words. Walls in words nobody foresaw are told by who
speaks (``gate_voice``): the site to its visitor, or a newsroom that reports. Where a story's known text
is still there, the page is that story, whatever words it holds.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from bot.core.story import Story
from bot.errors import ExtractError
from bot.extract import gate_words
from bot.extract.gate_before import is_the_story, truncated, walled_off
from bot.extract.gate_signs import NEXT, SAYS, WIDE, Signs, count_words, refusal
from bot.extract.gate_voice import Voice, is_priced, voice
from bot.extract.rules import Previous

_FEW_WORDS = 40
_LONG = 250
_LONG_UNTOLD = 450
_SHORT = 60
_UNLIKE = 45
_WORDS_A_CARD = 35
_MENU_WORDS = 120
_CARDS = 4
_TEASERS = 3
_HARDLY = 15
_WALL_SIZE = 300_000
"""Characters of a page that are looked through for a vendor's marks: walls are small, and the search is slow."""
_BLOCKED_STATUS = {401: "paywall", 402: "paywall", 403: "bot_wall", 407: "bot_wall", 429: "bot_wall", 451: "bot_wall"}
_DENSE = re.compile("[\uac00-\ud7a3\u0590-\u06ff]")
"""Scripts that write a sentence with fewer letters than the Latin one."""
_BARRED = frozenset({"bot_wall", "error_page", "not_found", "consent_wall"})


def is_brief(story: Story) -> bool:
    """Whether a page has shown hardly any text, so that its scripts are worth a look."""
    return count_words(" ".join(block.text for block in story.blocks)) < _FEW_WORDS


def check(signs: Signs, previous: Previous | None) -> None:
    """Raise ExtractError with the verdict where the page is no story, or not the whole of it."""
    if previous is None or not is_the_story(signs, previous):
        heard = _voice(signs) if signs.words < (_LONG if _told(signs) else _LONG_UNTOLD) else None
        for verdict in (
            _by_consent,
            _by_script,
            _by_wall,
            _by_not_found,
            _by_error,
            _by_address,
            _by_front_page,
            _by_list,
            _by_voice,
        ):
            found = verdict(signs, heard)
            if found is not None:
                raise found
        found = _by_text(signs, heard)
        if found is not None:
            raise found
    if previous is not None:
        for compared in (truncated, walled_off):
            found = compared(signs, previous)
            if found is not None:
                raise found


def _voice(signs: Signs) -> Voice:
    """Who speaks on the page. The headline of a text that names its sources may speak of anything."""
    body = signs.body[:6_000]
    heard = voice(body)
    return heard if heard.sourced else voice(f"{signs.headline}\n{body}")


def check_status(status: int, html: bytes, url: str, final_url: str) -> None:
    """Raise where the HTTP status alone says that this is no story."""
    subject = final_url or url
    if status in _BLOCKED_STATUS:
        kind = _BLOCKED_STATUS[status]
        raise ExtractError(f"the site refused us the page (HTTP {status}); {NEXT[kind]}", kind=kind, subject=subject)
    if status in (404, 410):
        raise ExtractError(f"the page is gone (HTTP {status})", kind="not_found", subject=subject)
    if status >= 400:
        walled = gate_words.VENDORS.search(html[:200_000].decode("latin-1"))
        kind = "bot_wall" if walled else "error_page"
        raise ExtractError(f"the site answered with an error (HTTP {status})", kind=kind, subject=subject)


def _by_consent(signs: Signs, heard: Voice | None) -> ExtractError | None:
    if signs.final_url and signs.final_url != signs.url:
        parts = _split(signs.final_url)
        asked = _split(signs.url)
        if (gate_words.CONSENT_HOST.search(parts[0]) and not gate_words.CONSENT_HOST.search(asked[0])) or (
            gate_words.CONSENT_PATH.search(parts[1]) and not gate_words.CONSENT_PATH.search(asked[1])
        ):
            return refusal("consent_wall", "the site shows its consent page instead of the story", signs)
    if signs.ld_article or (signs.words >= 250 and signs.evidence >= 4):
        return None
    told = not (_told(signs) and _tells(signs, heard)) and (
        gate_words.CONSENT_TITLE.search(signs.title) or gate_words.CONSENT_TITLE.search(signs.h1)
    )
    pressed = len({match.lower() for match in gate_words.CONSENT_TEXT.findall(signs.visible[:20_000])})
    if told and not pressed and signs.evidence <= 3 and not signs.dated:  # buttons are no visible text
        pressed = len(gate_words.CONSENT_TEXT.findall(signs.markup[:200_000]))
    if (told and (pressed or signs.evidence <= 2)) or (pressed >= 2 and signs.evidence <= 2 and signs.words < 400):
        return refusal("consent_wall", "the site shows its consent page instead of the story", signs)
    return None


def _by_script(signs: Signs, heard: Voice | None) -> ExtractError | None:
    """A page whose text is made by JavaScript: hardly a word, and an application's root, a plea or script alone.

    Walls want JavaScript, too; one that is recognised by its title or its vendor is a wall.
    """
    if signs.words >= _FEW_WORDS or signs.blocks > 2 or count_words(signs.visible) > _MENU_WORDS:
        return None
    if heard is not None and heard.reports and _is_enough(signs, heard):
        return None
    titled = f"{signs.title}\n{signs.h1}"
    if (
        gate_words.BLOCK_TITLES.search(titled)
        or gate_words.NOT_FOUND.search(titled)
        or gate_words.ERROR_TITLE.search(titled)
    ):
        return None
    if gate_words.VENDORS.search(signs.markup[:_WALL_SIZE]) and not signs.evidence:
        return None
    rooted = gate_words.APP_ROOT.search(signs.markup[:300_000]) is not None
    pleads = gate_words.NEEDS_SCRIPT.search(signs.markup[:200_000]) is not None
    if (rooted and (pleads or "<script" in signs.markup)) or (pleads and _script_share(signs.markup) >= 0.6):
        return refusal("javascript", "the page shows its text only with JavaScript", signs)
    return None


def _script_share(markup: str) -> float:
    """How much of a page's markup is script."""
    total = at = 0
    while (start := markup.find("<script", at)) >= 0:
        at = markup.find("</script", start)
        if at < 0:
            return (total + len(markup) - start) / len(markup)
        total += at - start
    return total / max(1, len(markup))


def _by_wall(signs: Signs, heard: Voice | None) -> ExtractError | None:
    if signs.evidence > 3 or _tells(signs, heard):
        return None
    titled = gate_words.BLOCK_TITLES.search(signs.title) or gate_words.BLOCK_TITLES.search(signs.h1)
    if titled and signs.words < 250 and not signs.ld_article:
        return refusal(
            "bot_wall", f"the site shows a bot check ({titled.group().strip()!r}) instead of the story", signs
        )
    if signs.words < 80 and signs.evidence <= 2 and gate_words.VENDORS.search(signs.markup[:_WALL_SIZE]):
        return refusal("bot_wall", "the site shows a bot check instead of the story", signs)
    if signs.words < 80 and signs.evidence <= 1 and gate_words.BLOCK_TITLES.search(signs.visible[:3_000]):
        return refusal("bot_wall", "the site shows a bot check instead of the story", signs)
    return None


def _by_not_found(signs: Signs, heard: Voice | None) -> ExtractError | None:
    if signs.words >= 150 or (signs.dated and (signs.ld_article or signs.og_article)) or _tells(signs, heard):
        return None
    if gate_words.NOT_FOUND.search(signs.title) or gate_words.NOT_FOUND.search(signs.h1):
        return refusal("not_found", "the site says that the page does not exist", signs)
    return None


def _by_error(signs: Signs, heard: Voice | None) -> ExtractError | None:
    if signs.words >= 150 or signs.evidence > 3 or signs.dated or signs.ld_article or _tells(signs, heard):
        return None
    if gate_words.ERROR_TITLE.search(signs.title) or gate_words.ERROR_TITLE.search(signs.h1):
        return refusal("error_page", "the site shows an error page instead of the story", signs)
    return None


def _by_address(signs: Signs, heard: Voice | None) -> ExtractError | None:
    """A short text that repeats the address it was asked for, as servers, proxies and filters do: no story does."""
    if _told(signs) or signs.words >= 150 or heard is None or heard.sourced:
        return None
    asked = {part for url in (signs.url, signs.final_url) for part in (url, _split(url)[1]) if len(part) >= 8}
    shown = signs.visible[:5_000]
    if any(address in shown for address in asked):
        kind = heard.topic if heard.share else "error_page"
        return refusal(kind, SAYS[kind], signs)
    return None


def _by_front_page(signs: Signs, heard: Voice | None) -> ExtractError | None:
    if not signs.final_url or signs.final_url == signs.url:
        return None
    asked, got = _split(signs.url), _split(signs.final_url)
    if got[1].strip("/") == "" and asked[1].strip("/") != "" and not signs.ld_article:
        return refusal("not_article", "the address now leads to the site's front page", signs)
    return None


def _by_list(signs: Signs, heard: Voice | None) -> ExtractError | None:
    """A front page or section: hardly any text but in cards, and nothing that says it is a story."""
    bare = not signs.ld_article and not signs.dated and len(signs.teasers) >= _TEASERS
    if bare and signs.words - count_words(" ".join(signs.teasers)) < _HARDLY:
        return refusal("not_article", "the page lists stories and is none itself; follow it as a source", signs)
    if signs.cards < _CARDS or signs.ld_article or signs.dated or signs.evidence > 4:
        return None
    if (heard is not None and heard.reports >= 2 * signs.cards) or signs.words >= _WORDS_A_CARD * signs.cards:
        return None
    return refusal("not_article", "the page lists stories and is none itself; follow it as a source", signs)


def _tells(signs: Signs, heard: Voice | None) -> bool:
    """Whether the text reports, so that a wall's words in its headline are what it reports on."""
    return heard is not None and heard.reports > 0 and heard.share < _share(heard) and not signs.cards


def _share(heard: Voice) -> float:
    """How much of a text that reports may speak of the site or its like."""
    return 0.25 if heard.reports == 1 and not heard.sourced else 0.45


def _by_voice(signs: Signs, heard: Voice | None) -> ExtractError | None:
    """A page that speaks to its visitor about itself, in whatever words.

    The more the page says that it is a story, and the more it reports, the more of it must be so. Of 383 short real
    pages the shares are 0 to 0.1 on nine in ten, those of walls 0.3 to 1.
    """
    if heard is None or not signs.blocks or (signs.words >= _LONG and not _titled(signs, heard)):
        return None
    told = _told(signs)
    if told >= 2 and not heard.addressed:
        return None
    strange = heard.share >= 0.35 and not heard.sourced and _is_strange(signs)
    if strange:
        told = 0
    limit = (0.3, 0.7, 0.85, 0.85)[told] + 0.1 * min(heard.reports, 3) + 0.3 * heard.quotes + signs.words / 500
    if not told and (strange or _titled(signs, heard)):
        limit = max(0.3 + signs.words / 2_000, limit - 0.4 - 0.05 * min(heard.reports, 3))
    if signs.free is False and signs.words < 80:
        limit = min(limit, 0.5)
    if not signs.ld_article and not signs.dated and heard.reports <= 2 and heard.sourced < 2 and signs.words < _LONG:
        # Nothing but its kind says that it is a story, and templates say that of any page.
        limit = min(limit, 0.45)
    speaks = heard.share + (0.35 if told == 0 and heard.reports < 2 else 0) * (heard.spoken - heard.share)
    if speaks >= min(limit, 0.95) and (told < 2 or signs.free is False or not heard.reports):
        return refusal(heard.topic, SAYS[heard.topic], signs)
    return None


def _titled(signs: Signs, heard: Voice) -> bool:
    """Whether the title, too, is the site's.

    Figures and names alone are no report then: legal notices are full of them. Every word of a title may have a
    capital.
    """
    told = voice(f"{signs.title}\n{signs.h1}".casefold())
    return told.share >= 0.5 and told.topic in _BARRED and not told.sourced and heard.sourced < 2


def _is_strange(signs: Signs) -> bool:
    """Whether the heading that is shown is not what the page says its story is called: a wall in a story's frame."""
    return bool(signs.headline and signs.title) and (
        fuzz.token_set_ratio(signs.headline.casefold(), signs.title.casefold()) < _UNLIKE
    )


def _by_text(signs: Signs, heard: Voice | None) -> ExtractError | None:
    floor = signs.min_words
    if floor and signs.words < floor:
        return refusal(
            "empty", f"only {signs.words} words of text, and this outlet's stories have {floor} or more", signs
        )
    if not signs.blocks:
        walled = gate_words.PAYWALL_TEXT.search(signs.visible[:30_000]) and (signs.free is False or signs.evidence >= 3)
        if walled and signs.headline:
            return refusal("paywall", "the story is behind the site's paywall", signs)
        return refusal("empty", "no text of a story on the page", signs)
    if not _is_enough(signs, heard):
        if gate_words.PAYWALL_TEXT.search(signs.visible[:30_000]) and signs.headline and signs.evidence >= 3:
            return refusal("paywall", "the story is behind the site's paywall", signs)
        return refusal("empty", f"only {signs.words} words of text on the page", signs)
    if signs.words < _SHORT and (
        (signs.free is False and gate_words.PAYWALL_TEXT.search(signs.body)) or _offers(signs, heard)
    ):
        return refusal("paywall", "the story is behind the site's paywall", signs)
    # A headline over paragraphs, or over one of some length, is how a plain page tells a story.
    told = bool(signs.headline) and (signs.blocks >= 3 or signs.words >= _FEW_WORDS or _tells(signs, heard))
    told = told or (heard is not None and bool(heard.sourced) and heard.reports >= 3 and not heard.spoken)
    reports = heard is None or heard.reports or not heard.known or _told(signs) or signs.words >= _LONG
    listed = signs.rows * 2 > signs.blocks
    if (not reports and (listed or signs.words < _SHORT)) or (signs.evidence <= 2 and signs.words < 120 and not told):
        return refusal("not_article", "nothing on the page says that it is a story", signs)
    return None


def _offers(signs: Signs, heard: Voice | None) -> bool:
    """Whether the little text there is sells a subscription and tells nothing."""
    if heard is None or heard.topic != "paywall" or heard.share < 0.4 or heard.sourced or heard.reports > 1:
        return False
    return is_priced(signs.body) or gate_words.PAYWALL_TEXT.search(signs.body) is not None


def _told(signs: Signs) -> int:
    """How many ways the page has of saying that it is a story, 0 to 3."""
    return signs.ld_article + signs.og_article + (signs.dated and not signs.stamped)


def _is_enough(signs: Signs, heard: Voice | None) -> bool:
    """Whether there is text enough for a story: the less the page says that it is one, the more.

    A flash of one sentence is a story where the page dates it; where nothing but a headline speaks for it, it must
    report something.
    """
    size = len(signs.body) + 2 * len(WIDE.findall(signs.body)) + len(_DENSE.findall(signs.body))
    if heard is None or (size >= 60 and signs.words >= _FEW_WORDS):
        return True
    told = _told(signs)
    if told >= 2 and (signs.words >= 12 or heard.reports) and size >= 60:
        return True
    plain = heard.reports and heard.known and heard.whole and not heard.addressed and heard.share < 0.2
    if plain and signs.title and signs.words >= 20 and size >= 60:
        return True
    reports = heard.reports if told or (heard.reports >= 2 and heard.spoken < 0.1) else heard.sourced
    if not signs.headline or not reports or heard.share >= _share(heard) or (not told and heard.spoken >= 0.4):
        return size >= 60 and signs.words >= 12 and signs.evidence >= 3
    return size >= (60, 50, 30, 30)[told]


def _split(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.hostname or "", parts.path
