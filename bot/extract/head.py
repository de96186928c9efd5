"""What a page says about itself outside its text: meta tags, title, canonical address, language, JSON-LD."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from bot.extract import jsonld
from bot.extract.clean import clean

_MAX_META = 600
_LANG = re.compile(r"^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Meta tags by lower-cased name (first one wins), and what was found beside them."""

    meta: Mapping[str, str]
    title: str = ""
    canonical: str = ""
    lang: str | None = None
    site_name: str = ""
    nodes: tuple[Mapping[str, Any], ...] = ()
    authors: tuple[str, ...] = ()
    article: Mapping[str, Any] = field(default_factory=dict)

    def first(self, *names: str) -> tuple[str, str]:
        """The first meta value that is not empty, and its name; two empty strings where there is none."""
        for name in names:
            value = self.meta.get(name)
            if value:
                return value, name
        return "", ""


def read(root: etree._Element, ld_json: tuple[str, ...], url: str) -> Head:
    """Read a page's head. ``url`` is the address asked for; it helps to tell the page's own JSON-LD from teasers."""
    meta: dict[str, str] = {}
    authors: list[str] = []
    for count, element in enumerate(root.iter("meta")):
        if count > _MAX_META:
            break
        name = (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
        content = element.get("content")
        if not name or not content:
            continue
        value = clean(content[:5_000])
        if name in ("author", "article:author", "parsely-author", "dc.creator", "sailthru.author", "byl") and value:
            authors.append(value)
        if value and name not in meta:
            meta[name] = value
    title = next((clean("".join(map(str, one.itertext()))) for one in root.iter("title")), "")
    canonical = _canonical(root, meta, url)
    nodes = tuple(jsonld.read(ld_json))
    headline = meta.get("og:title") or title
    article = jsonld.article(list(nodes), url=canonical or url, headline=headline) or {}
    return Head(
        meta=meta,
        title=title[:1_000],
        canonical=canonical,
        lang=_lang(root, meta, article),
        site_name=_site_name(meta, nodes, article),
        nodes=nodes,
        authors=tuple(authors),
        article=article,
    )


def _canonical(root: etree._Element, meta: Mapping[str, str], url: str) -> str:
    for link in root.iter("link"):
        if (link.get("rel") or "").lower().strip() == "canonical" and link.get("href"):
            return _address(link.get("href") or "", url)
    return _address(meta.get("og:url", ""), url)


def _address(href: str, url: str) -> str:
    try:
        joined = urljoin(url, clean(href)) if href else ""
        parts = urlsplit(joined)
    except ValueError:
        return ""
    return joined if parts.scheme in ("http", "https") and parts.netloc and len(joined) < 4_000 else ""


def _lang(root: etree._Element, meta: Mapping[str, str], article: Mapping[str, Any]) -> str | None:
    for value in (
        root.get("lang") if root.tag == "html" else None,
        root.get("{http://www.w3.org/XML/1998/namespace}lang"),
        root.get("xml:lang"),
        jsonld.text(article.get("inLanguage")),
        meta.get("content-language"),
        meta.get("og:locale"),
    ):
        if value and _LANG.match(value.strip()):
            return value.strip().replace("_", "-")
    return None


def _site_name(meta: Mapping[str, str], nodes: tuple[Mapping[str, Any], ...], article: Mapping[str, Any]) -> str:
    if meta.get("og:site_name"):
        return meta["og:site_name"]
    publisher = article.get("publisher")
    if isinstance(publisher, Mapping):
        name = jsonld.text(publisher.get("name"))
        if not name and isinstance(publisher.get("@id"), str):
            name = jsonld.text(jsonld.by_id(nodes).get(publisher["@id"], {}).get("name"))
        if name:
            return clean(name)
    for node in nodes:
        if jsonld.types(node) & {"website", "newsmediaorganization"} and jsonld.text(node.get("name")):
            return clean(jsonld.text(node.get("name")))
    return meta.get("application-name", "")
