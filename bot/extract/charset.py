"""Bytes to text: which charset a page is really in.

The order is the one that decoded most real pages: byte order mark, UTF-8 (one bad byte is still UTF-8), the charset
that worked before, the header, the page's own declaration, a detector, windows-1252. A declared charset counts only
where the bytes fit it. Labels follow the WHATWG Encoding Standard (``iso-8859-1`` means windows-1252, ``gb2312``
means GB 18030 and so on).
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator

import cchardet

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_META = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_XML = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_FOREIGN_TEXT = re.compile(rb"[^<>\x80-\xff]{0,200}[\x80-\xff][^<>]{0,2000}")
_JAPANESE = re.compile("[\u3040-\u30ff]")
_DETECT_BYTES = 60_000
_DETECT_PARTS = 5
_DETECT_PART = 1_500
_DECLARED_WITHIN = 8_192

# Label -> Python codec. Only these are accepted: a page cannot name "zlib", "idna" or "utf-7".
_CODECS = {
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "ascii": "cp1252",
    "us-ascii": "cp1252", "windows-1252": "cp1252", "cp1252": "cp1252", "x-cp1252": "cp1252", "cp-1252": "cp1252",
    "utf-8": "utf-8", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "unicode": "utf-16-le",
    "iso-8859-9": "cp1254", "latin5": "cp1254", "windows-1254": "cp1254", "cp1254": "cp1254",
    "iso-8859-11": "cp874", "tis-620": "cp874", "windows-874": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030",
    "gb_2312": "gb18030", "cp936": "gb18030", "hz-gb-2312": "hz",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "x-x-big5": "big5hkscs", "cp950": "big5hkscs",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "ms932": "cp932", "cp932": "cp932",
    "euc-jp": "euc_jp", "x-euc-jp": "euc_jp", "iso-2022-jp": "iso2022_jp", "iso-2022-kr": "iso2022_kr",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ksc5601": "cp949", "cp949": "cp949", "uhc": "cp949",
    "windows-949": "cp949", "korean": "cp949",
    "euc-tw": "big5hkscs", "koi8-r": "koi8-r", "koi8-u": "koi8-u", "koi8": "koi8-r", "cp866": "cp866",
    "ibm866": "cp866", "macintosh": "mac-roman", "x-mac-cyrillic": "mac-cyrillic", "mac-cyrillic": "mac-cyrillic",
    "ibm855": "cp855", "visual": "iso8859-8", "iso-8859-8-i": "iso8859-8", "viscii": "cp1258",
} | {
    f"{prefix}{number}": f"cp{number}" for number in (1250, 1251, 1253, 1255, 1256, 1257, 1258)
    for prefix in ("windows-", "cp", "x-cp")
} | {
    f"{prefix}{number}": f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)
    for prefix in ("iso-8859-", "iso8859-", "iso_8859-")
}  # fmt: skip


def _bad_byte_as_cp1252(error: UnicodeError) -> tuple[str, int]:
    """Pages stitched from two sources hold a few windows-1252 bytes inside UTF-8: read those as what they are."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return bad.decode("cp1252", "replace"), error.end


codecs.register_error("stet-cp1252", _bad_byte_as_cp1252)


def decode(html: bytes, *, content_type: str = "", hint: str | None = None) -> tuple[str, str]:
    """The text of a page and the name of the codec that read it. Never fails; unknown bytes become U+FFFD."""
    for mark, name in _BOMS:
        if html.startswith(mark):
            return html[len(mark) :].decode(name, "replace"), name
    wide = _wide_without_mark(html)
    if wide:
        return html.decode(wide, "replace"), wide
    if b"\x1b" in html and (b"\x1b$" in html or b"\x1b(" in html):  # one byte is looked for fifty times as fast
        text = html.decode("iso2022_jp", "replace")
        if text.count("\ufffd") <= max(1, len(html) // 1_000) and _JAPANESE.search(text):
            return text, "iso2022_jp"
    text, is_utf8 = _utf8(html)
    if is_utf8:
        return text, "utf-8"
    return _legacy(html, content_type, hint)


def is_binary(html: bytes) -> bool:
    """Whether the bytes are no text in any charset: one in fifty is a control character that no text has."""
    if html.startswith(tuple(mark for mark, _ in _BOMS)) or _wide_without_mark(html):
        return False
    head = html[:20_000]
    return len(_CONTROLS.findall(head)) * 50 > len(head)


_CONTROLS = re.compile(rb"[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
"""All but tab, the ends of lines and pages, ESC, which some Japanese charsets are switched by, and stray NULs."""


def codec_of(label: str | None) -> str | None:
    """The Python codec for a charset label as pages write it; None where the label is unknown or unsafe."""
    if not label:
        return None
    lowered = label.strip().lower()
    return _CODECS.get(lowered) or (lowered if lowered in _KNOWN_CODECS else None)


_KNOWN_CODECS = frozenset(_CODECS.values())


def _legacy(html: bytes, content_type: str, hint: str | None) -> tuple[str, str]:
    tried = set()
    for label in _labels(html, content_type, hint):
        name = codec_of(label)
        if name is None or name in tried:
            continue
        tried.add(name)
        text = _fitting(html, name)
        if text is not None:
            return text, name
    return html.decode("cp1252", "replace"), "cp1252"


def _labels(html: bytes, content_type: str, hint: str | None) -> Iterator[str | None]:
    """The charsets to try, in order; the detector is asked only where none before it fits."""
    yield from (hint, _from_header(content_type), _declared(html))
    yield from _detected(html)


def _from_header(content_type: str) -> str | None:
    match = _HEADER.search(content_type)
    return match.group(1) if match else None


def _declared(html: bytes) -> str | None:
    head = html[:_DECLARED_WITHIN]
    match = _XML.search(head) or _META.search(head)
    return match.group(1).decode("ascii") if match else None


def _detected(html: bytes) -> list[str]:
    """What the parts of the text look like, most first: a byte no charset has puts the detector off one part only."""
    sample = bytearray()
    for match in _FOREIGN_TEXT.finditer(html):
        sample += match.group() + b"\n"
        if len(sample) > _DETECT_BYTES:
            break
    step = max(_DETECT_PART, len(sample) // _DETECT_PARTS + 1)
    found = Counter(
        name
        for start in range(0, len(sample), step)
        if isinstance(name := cchardet.detect(bytes(sample[start : start + step])).get("encoding"), str)
    )
    return [name for name, _ in found.most_common()]


def _utf8(html: bytes) -> tuple[str, bool]:
    """Strict where possible; tolerant of a bad byte here and there among plenty of good sequences."""
    try:
        return html.decode("utf-8"), True
    except UnicodeDecodeError:
        replaced = html.decode("utf-8", "replace")
    bad = replaced.count("\ufffd") - html.count(b"\xef\xbf\xbd")
    good = len(replaced) - len(replaced.encode("ascii", "ignore")) - replaced.count("\ufffd")
    declared = codec_of(_declared(html)) == "utf-8"
    if bad <= max(1, good // (4 if declared else 12)) and (good > 3 or declared):
        return html.decode("utf-8", "stet-cp1252"), True
    return replaced, False


def _wide_without_mark(html: bytes) -> str | None:
    head = html[:200]
    if len(head) < 20 or b"\0" not in head:
        return None
    if head[1::2].count(0) > 0.8 * len(head[1::2]) and not head[0::2].count(0):
        return "utf-16-le"
    if head[0::2].count(0) > 0.8 * len(head[0::2]) and not head[1::2].count(0):
        return "utf-16-be"
    return None


def _strict(html: bytes, name: str) -> str | None:
    try:
        return html.decode(name)
    except (UnicodeDecodeError, LookupError):
        return None


def _fitting(html: bytes, name: str) -> str | None:
    """The text where the bytes fit the charset: at most one bad character in a thousand foreign ones (at least two)."""
    text = _strict(html, name)
    if text is not None:
        return text
    if name == "utf-8":
        return None
    text = html.decode(name, "replace")
    foreign = sum(1 for byte in html if byte >= 0x80) if len(html) < 300_000 else len(html) // 10
    return text if text.count("\ufffd") <= max(2, foreign // 300) else None
