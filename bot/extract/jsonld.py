"""JSON-LD as it is found on news pages: mended where broken, bounded in size and depth, one article picked out.

Kept for metadata only. ``articleBody`` is missing, a teaser or broken on most pages, so the body never comes from it.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MAX_SCRIPT_CHARS = 2_000_000
MAX_NODES = 2_000
MAX_DEPTH = 24

Node = Mapping[str, Any]

_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|"
    r"\]\]>)?[\s;]*$"
)
_STRING_OR_COMMENT = re.compile(r'"(?:[^"\\]|\\.)*+"|/\*.*?\*/|(?<![:"\w])//[^\n]*', re.DOTALL)
_STRING_OR_COMMA = re.compile(r'"(?:[^"\\]|\\.)*+"|,(?=\s*[}\]])', re.DOTALL)
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrtu])|\\u(?![0-9a-fA-F]{4})')
_FIELD = re.compile(
    r'"(headline|description|datePublished|dateModified|alternativeHeadline|articleSection|inLanguage)"\s*:\s*"((?:[^"\\]|\\.)*+)"'
)
_DECODER = json.JSONDecoder(strict=False)

_ARTICLE = frozenset(
    "article newsarticle reportagenewsarticle analysisnewsarticle opinionnewsarticle backgroundnewsarticle "
    "askpublicnewsarticle reviewnewsarticle advertisercontentarticle satiricalarticle liveblogposting blogposting "
    "socialmediaposting scholarlyarticle techarticle report medicalscholarlyarticle discussionforumposting "
    "interview criticreview review".split()
)
_SECOND_BEST = frozenset("webpage itempage videoobject newsmediaarticle creativework recipe podcastepisode".split())


def read(scripts: Iterable[str]) -> list[Node]:
    """All objects of a page's JSON-LD, flattened, outermost first. Never fails: what cannot be mended is left out."""
    nodes: list[Node] = []
    for script in scripts:
        if len(script) > MAX_SCRIPT_CHARS:
            continue
        for value in _values(script):
            nodes.extend(_objects(value))
            if len(nodes) > MAX_NODES:
                return nodes[:MAX_NODES]
    return nodes


def types(node: Node) -> set[str]:
    """The object's types in lower case, without a schema.org prefix."""
    raw = node.get("@type", node.get("type"))
    names = raw if isinstance(raw, list) else [raw]
    return {name.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() for name in names if isinstance(name, str)}


def is_article(node: Node) -> bool:
    """Whether the object is one of schema.org's articles."""
    return bool(types(node) & _ARTICLE)


def article(nodes: list[Node], *, url: str = "", headline: str = "") -> Node | None:
    """The object that is about this page: an article, the one with this address or headline where there are several.

    Teasers of other stories inside lists are never taken where another candidate exists.
    """
    best: Node | None = None
    best_score = 0.0
    for order, node in enumerate(nodes):
        kinds = types(node)
        if kinds & _ARTICLE:
            score = 10.0
        elif kinds & _SECOND_BEST and ("headline" in node or "datePublished" in node):
            score = 3.0
        elif not kinds and "headline" in node and "datePublished" in node:
            score = 4.0
        else:
            continue
        score -= min(order, 50) * 0.01
        title = text(node.get("headline")) or text(node.get("name"))
        if title and headline and _same_words(title, headline):
            score += 3.0
        if url and _is_address(node, url):
            score += 2.0
        score += 1.0 * ("datePublished" in node) + 1.0 * ("author" in node) + 1.0 * ("articleBody" in node)
        score += 1.0 * ("liveblogposting" in kinds)
        if score > best_score:
            best, best_score = node, score
    return best


def text(value: Any) -> str:
    """A JSON-LD value as text: the first of a list, the ``@value`` of an object, entities and tags resolved."""
    for _ in range(4):
        if isinstance(value, list):
            value = value[0] if value else ""
        elif isinstance(value, Mapping):
            value = value.get("@value", value.get("name", value.get("text", "")))
        else:
            break
    plain: str = value if isinstance(value, str) else ""
    if not plain:
        return ""
    return _plain_text(plain)


def _plain_text(value: str) -> str:
    if "&" in value:
        value = html.unescape(html.unescape(value))
    if "<" in value:
        value = re.sub(r"</?[a-zA-Z][^<>]{0,300}>", " ", value)
    return value.strip()


def many(value: Any) -> list[Any]:
    """A value that may be one or a list, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def by_id(nodes: Iterable[Node]) -> dict[str, Node]:
    """Objects by their ``@id``; of several with one id the fullest wins."""
    found: dict[str, Node] = {}
    for node in nodes:
        identity = node.get("@id")
        if isinstance(identity, str) and len(node) > len(found.get(identity, ())):
            found[identity] = node
    return found


def _same_words(one: str, two: str) -> bool:
    first, second = set(one.lower().split()), set(two.lower().split())
    return len(first & second) >= 0.6 * max(1, min(len(first), len(second)))


def _is_address(node: Node, url: str) -> bool:
    main = node.get("mainEntityOfPage")
    candidates = [node.get("url"), node.get("@id"), main, main.get("@id") if isinstance(main, Mapping) else None]
    wanted = url.split("?")[0].split("#")[0].rstrip("/")
    return any(isinstance(c, str) and c.split("?")[0].split("#")[0].rstrip("/") == wanted for c in candidates)


def _values(script: str) -> Iterator[Any]:
    """What the script holds: parsed, else mended and parsed, else the fields that can be read one by one."""
    for attempt in (_plain, _mended, _unescaped, _requoted):
        found = attempt(script)
        if found is not None:
            yield from found
            return
    fields = {match.group(1): _loose(match.group(2)) for match in reversed(list(_FIELD.finditer(script)))}
    if fields:
        fields["@type"] = "NewsArticle" if re.search(r'"(?:\w+)?(?:Article|BlogPosting)"', script) else "WebPage"
        yield fields


def _loose(value: str) -> str:
    try:
        read_back = json.loads(f'"{value}"', strict=False)
    except ValueError:
        return value.replace('\\"', '"')
    return read_back if isinstance(read_back, str) else value


def _plain(script: str) -> list[Any] | None:
    script = script.strip().lstrip("\ufeff")
    if not script:
        return []
    try:
        return [_DECODER.decode(script)]
    except (ValueError, RecursionError):
        return None


def _mended(script: str) -> list[Any] | None:
    """Comments, CDATA, trailing commas, stray escapes, several objects one after the other, a missing end."""
    mended = _WRAPPING.sub("", script)
    mended = _STRING_OR_COMMENT.sub(lambda m: m.group() if m.group()[0] == '"' else " ", mended)
    mended = _STRING_OR_COMMA.sub(lambda m: m.group() if m.group()[0] == '"' else "", mended)
    mended = _BAD_ESCAPE.sub(r"\\\\", mended).strip()
    values: list[Any] = []
    position = 0
    while position < len(mended) and len(values) < 100:
        try:
            value, position = _DECODER.raw_decode(mended, position)
        except (ValueError, RecursionError):
            return values or None
        values.append(value)
        while position < len(mended) and mended[position] in " \t\r\n,;":
            position += 1
    return values or None


def _unescaped(script: str) -> list[Any] | None:
    return _mended(html.unescape(script)) if "&quot;" in script or "&#34;" in script else None


def _requoted(script: str) -> list[Any] | None:
    """Quotation marks that nobody escaped: a value ends where a comma and a name, or a bracket, follow."""
    pieces: list[str] = []
    done = 0
    while begin := _BEGIN.search(script, done):
        end = _END.search(script, begin.end())
        if end is None:
            break
        pieces += script[done : begin.end()], _INNER.sub(r"\"", script[begin.end() : end.start()])
        done = end.start()
    return _mended("".join([*pieces, script[done:]])) if pieces else None


_BEGIN = re.compile(r'"(?:headline|alternativeHeadline|description|name|caption|articleSection|keywords)"\s*:\s*"')
_END = re.compile(r'"\s*(?:,\s*"[@\w]{1,40}"\s*:|[}\]])')
_INNER = re.compile(r'(?<!\\)"')


def _objects(value: Any) -> Iterator[Node]:
    """Breadth first, so that the page's own object comes before those inside it; bounded in depth and number."""
    level = [value]
    seen = 0
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for one in level:
            if isinstance(one, Mapping):
                seen += 1
                yield one
                below.extend(child for child in one.values() if isinstance(child, (Mapping, list)))
            elif isinstance(one, list):
                below.extend(child for child in one if isinstance(child, (Mapping, list)))
            if seen > MAX_NODES:
                return
        if not below:
            return
        level = below[:MAX_NODES]
