"""Charsets: the same words come out of a page however it was encoded and whatever it says about that."""

from __future__ import annotations

import codecs
import random
import re

import pytest

from bot.core.story import Story
from bot.errors import ExtractError
from bot.extract import Extraction, charset, extract, quick_key
from tests import publishers
from tests.publishers import Publisher

LEGACY = {
    "windows-1251": ("ru", "cp1251"), "koi8-r": ("ru", "koi8-r"), "shift_jis": ("ja", "cp932"),
    "euc-jp": ("ja", "euc_jp"), "gb18030": ("zh", "gb18030"), "gbk": ("zh", "gbk"), "euc-kr": ("ko", "cp949"),
    "iso-8859-1": ("de", "cp1252"), "windows-1252": ("fr", "cp1252"), "windows-1256": ("ar", "cp1256"),
    "windows-1255": ("he", "cp1255"),
}  # fmt: skip
ADDRESS = "https://outlet.example/story"


def _publisher(lang: str) -> Publisher:
    return next(one for one in publishers.publishers() if one.lang == lang and one.ld not in ("array", "none"))


def _page(lang: str) -> str:
    publisher = _publisher(lang)
    return publishers.render(publisher, publishers.article(publisher, 0)).decode()


def _undeclared(page: str) -> str:
    return page.replace('<meta charset="utf-8">', "")


def _declared(page: str, label: str) -> str:
    return page.replace(
        '<meta charset="utf-8">', f'<meta http-equiv="Content-Type" content="text/html; charset={label}">'
    )


def _read(page: bytes, **told: str) -> Extraction:
    return extract(page, url=ADDRESS, **told)  # type: ignore[arg-type]


def _words(story: Story) -> list[str]:
    """Headline and blocks; what legacy charsets cannot say was written as ``?`` or an entity on both sides."""
    return [story.headline, *(block.text for block in story.blocks)]


def _wanted(lang: str, codec: str) -> tuple[bytes, list[str]]:
    page = _undeclared(_page(lang)).encode(codec, "xmlcharrefreplace")
    return page, _words(_read(_page(lang).encode()).story)


@pytest.mark.parametrize("label", sorted(LEGACY))
def test_a_legacy_page_that_declares_its_charset_reads_as_in_utf_8(label: str) -> None:
    lang, codec = LEGACY[label]
    _, wanted = _wanted(lang, codec)
    page = _declared(_page(lang), label).encode(codec, "xmlcharrefreplace")
    assert _words(_read(page).story) == wanted


@pytest.mark.parametrize("label", sorted(LEGACY))
def test_a_charset_in_the_header_alone_is_enough(label: str) -> None:
    lang, codec = LEGACY[label]
    page, wanted = _wanted(lang, codec)
    assert _words(_read(page, content_type=f'text/html; charset="{label}"').story) == wanted


@pytest.mark.parametrize("label", sorted(LEGACY))
def test_a_legacy_page_that_declares_nothing_is_recognised(label: str) -> None:
    lang, codec = LEGACY[label]
    page, wanted = _wanted(lang, codec)
    assert _words(_read(page).story) == wanted


@pytest.mark.parametrize(
    ("mark", "codec"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_a_byte_order_mark_beats_header_and_meta(mark: bytes, codec: str) -> None:
    page = mark + _declared(_page("ru"), "windows-1251").encode(codec)
    found = _read(page, content_type="text/html; charset=koi8-r")
    assert _words(found.story) == _words(_read(_page("ru").encode()).story)


@pytest.mark.parametrize("lang", ["en", "de", "ru", "ar", "ja"])
def test_one_bad_byte_leaves_the_rest_of_a_utf_8_page_as_it_is(lang: str) -> None:
    page = _page(lang).encode()
    at = page.rindex(b"</body>")
    found = _read(page[:at] + b"<i>\xe9</i>" + page[at:])
    assert found.charset == "utf-8"
    assert _words(found.story) == _words(_read(page).story)


def test_utf_8_wins_over_a_header_or_meta_that_is_wrong() -> None:
    wanted = _words(_read(_page("de").encode()).story)
    assert _words(_read(_page("de").encode(), content_type="text/html; charset=iso-8859-1").story) == wanted
    assert _words(_read(_declared(_page("de"), "windows-1251").encode()).story) == wanted


def test_the_header_wins_over_the_meta_tag() -> None:
    page = _declared(_page("ru"), "koi8-r").encode("cp1251", "xmlcharrefreplace")
    wanted = _words(_read(_page("ru").encode()).story)
    assert _words(_read(page, content_type="text/html; charset=windows-1251").story) == wanted


def test_windows_quotes_in_a_page_that_says_latin_1_are_quotes() -> None:
    page = _declared(_page("en"), "iso-8859-1").encode("cp1252")
    assert b"\x93" in page
    story = _read(page).story
    assert any("“" in block.text for block in story.blocks)
    assert not any(re.search("[\x80-\x9f]", block.text) for block in story.blocks)


def test_the_charset_that_worked_is_remembered_and_used_before_guessing() -> None:
    page, wanted = _wanted("ru", "cp1251")
    found = _read(page, content_type="text/html; charset=windows-1251")
    again = _read(page, charset_hint=found.charset)
    assert found.charset == again.charset == "cp1251"
    assert _words(again.story) == wanted
    remembered = extract(page, url=ADDRESS, previous=found.remembered)
    assert _words(remembered.story) == wanted


def test_a_page_that_moves_from_a_legacy_charset_to_utf_8_reads_the_same() -> None:
    page, wanted = _wanted("ru", "cp1251")
    assert _words(_read(page, charset_hint="cp1251").story) == wanted
    assert _words(_read(_page("ru").encode(), charset_hint="cp1251").story) == wanted


@pytest.mark.parametrize("label", ["zlib", "idna", "utf-7", "rot13", "unicode_escape", "no-such-charset", "x" * 5000])
def test_a_charset_no_page_may_name_is_ignored(label: str) -> None:
    page = _declared(_page("de"), label).encode("cp1252")
    assert (
        _words(_read(page, content_type=f"text/html; charset={label}").story)[0]
        == _words(_read(_page("de").encode()).story)[0]
    )


def test_invisible_characters_and_bidi_overrides_never_reach_a_story() -> None:
    page = _page("en").replace("harbour", "har\u00adbo\u200bur\u202e\u2066").replace("ferry", "fe\u0000rry\u0085")
    plain = _words(_read(_page("en").encode()).story)
    read = _words(_read(page.encode()).story)
    assert not re.search("[\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x80-\x9f]", " ".join(read))
    assert [text.replace("ferry", "") for text in read] == [text.replace("ferry", "") for text in plain]


def test_the_quick_key_knows_two_words_apart_in_every_charset() -> None:
    for lang, codec in LEGACY.values():
        publisher = _publisher(lang)
        written = publishers.article(publisher, 0)
        edited = publishers.edits(written)["paragraph_word"]
        one, two = (
            _undeclared(publishers.render(publisher, each).decode()).encode(codec, "xmlcharrefreplace")
            for each in (written, edited)
        )
        assert quick_key(one, charset_hint=codec) != quick_key(two, charset_hint=codec)


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-le", "iso2022_jp", "euc_jp", "shift_jis", "cp1251"])
def test_text_in_any_charset_is_no_binary_file(codec: str) -> None:
    page = "<html><head><title>港 Мост</title></head><body><p>The wall is rebuilt.\t\x1f</p>\r\n\x0c</body></html>" * 9
    assert not charset.is_binary(page.encode(codec, "replace"))


def test_bytes_at_random_are_a_binary_file_and_no_story() -> None:
    noise = random.Random(4).randbytes(200_000)
    assert b"<p" in noise.lower(), "parsers find tags in it"
    with pytest.raises(ExtractError) as found:
        extract(noise, url="https://quay.example/a")
    assert found.value.kind == "not_html"


def test_a_short_story_in_an_alphabet_without_spaces_is_a_story() -> None:
    text = "สภาเทศบาลกล่าวเมื่อวันศุกร์ว่าจะสร้างกำแพงท่าเรือใหม่ภายในสิ้นปี"
    body = "".join(f"<p>{text * 2} {number}</p>" for number in range(5))
    page = f'<html lang="th"><head><title>{text}</title></head><body><article><h1>{text}</h1>{body}</article></body>'
    assert len(extract(page.encode(), url="https://quay.example/a").story.blocks) == 5


@pytest.mark.parametrize(
    ("codec", "sentence"),
    [
        ("cp1253", "Η αρχή του λιμανιού ανακοίνωσε ότι το πλοίο δεν θα ταξιδέψει μέχρι το τέλος της εβδομάδας. "),
        ("iso8859-7", "Οι επιβάτες θα πάρουν πίσω τα χρήματά τους μέσα σε λίγες μέρες, είπε ο εκπρόσωπος. "),
        ("iso8859-6", "أعلنت سلطات الميناء أن العبارة لن تبحر حتى نهاية الأسبوع وأن الركاب سيستعيدون أموالهم. "),
        ("cp874", "เจ้าหน้าที่ท่าเรือแจ้งว่าเรือข้ามฟากจะหยุดให้บริการจนถึงสุดสัปดาห์ และผู้โดยสารจะได้รับเงินคืน "),
        ("iso2022_jp", "港の当局は、渡し船が週末まで運航されないことと、乗客への払い戻しを発表した。"),
    ],
)  # fmt: skip
def test_one_byte_no_charset_has_does_not_lose_an_undeclared_legacy_page(codec: str, sentence: str) -> None:
    text = "".join(f"<p>{sentence * 6} {number}</p>\n" for number in range(20))
    page = f"<html><body>{text}</body></html>".encode(codec)
    at = page.index(b"<p>", len(page) // 2)
    read, _ = charset.decode(page[:at] + b"\xff" + page[at:])
    assert read.count(sentence) >= 0.95 * text.count(sentence)
