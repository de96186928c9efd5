"""An outlet's own selectors, applied: what to take out, where a field stands. Nothing here ever raises."""

from __future__ import annotations

from functools import lru_cache

from lxml import etree
from lxml.cssselect import CSSSelector, SelectorError, SelectorSyntaxError

from bot.extract.clean import clean

_ATTRIBUTES = ("content", "datetime")


@lru_cache(maxsize=500)
def _compiled(selector: str) -> CSSSelector | None:
    try:
        return CSSSelector(selector, translator="html")
    except (SelectorError, SelectorSyntaxError, etree.XPathError, AssertionError, ValueError, NotImplementedError):
        return None


def is_valid(selector: str) -> bool:
    """Whether a CSS selector can be used."""
    return _compiled(selector) is not None


def elements(root: etree._Element, selector: str) -> list[etree._Element]:
    """The matching elements in page order; none for a selector that does not parse."""
    compiled = _compiled(selector)
    if compiled is None:
        return []
    try:
        found = compiled(root)
    except etree.XPathError:
        return []
    return [one for one in found if isinstance(one, etree._Element)] if isinstance(found, list) else []


def texts(root: etree._Element, selector: str) -> list[str]:
    """The clean texts of the matching elements: a ``content`` or ``datetime`` attribute where there is one."""
    found = []
    for element in elements(root, selector)[:200]:
        value = next((element.get(name) for name in _ATTRIBUTES if element.get(name)), None)
        text = clean(value if value is not None else " ".join(map(str, element.itertext())))
        if text:
            found.append(text)
    return found


def remove(root: etree._Element, selectors: tuple[str, ...]) -> int:
    """Take matching elements out of the tree; the text that follows them stays. Returns how many went."""
    count = 0
    for selector in selectors:
        for element in elements(root, selector):
            parent = element.getparent()
            if parent is None:
                continue
            tail = element.tail
            if tail:
                previous = element.getprevious()
                if previous is not None:
                    previous.tail = (previous.tail or "") + tail
                else:
                    parent.text = (parent.text or "") + tail
            parent.remove(element)
            count += 1
    return count
