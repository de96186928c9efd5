"""Addresses: one story is one watch through tracking parameters, AMP and mobile twins, case and trailing slashes.

``key_of`` is the identity; the address that is fetched stays as it was given.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from w3lib.url import safe_url_string

from bot.errors import UsageError

MAX_LENGTH = 4000

_TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|igshid|mc_[ce]id|_hs(enc|mi)|hsctatracking|"
    r"ocid|cmpid|cmp|ito|ns_\w+|at_\w+|xtor|icid|ref_?|ref_src|ref_url|smid|smtyp|partner|s?cid|ncid|"
    r"share_?id|shareid|soc_src|soc_trk|guccounter|guce_\w+|__twitter_impression|amp|outputtype|"
    r"ssm|sr_share|wt[._]\w+|cn|traffic_source|taboola\w*|ob_\w+|feature|mibextid|si|spm|source|sh|"
    r"hpt|hpw?|rref|incamp|iid|itm_\w+|int(?:cmp|cid|link)|mtm_\w+|pk_\w+|piwik_\w+|matomo_\w+|hsa_\w+|_g[al]|srnd|srsltid|"
    r"mbid|bxid|cndid|esrc|emc|ftag|ftcamp|kwp_\d|itp_name|dicbo|tblci|li_fat_id|vero_\w+|s_kwcid|xing_share|"
    r"campaign(?:_?id)?|referr?er|\w+_ref)$",
    re.IGNORECASE,
)
"""Parameters that say where a reader came from or which twin is shown, never which story it is."""

_PLAIN = re.compile(r"https?://([a-z0-9.-]+)(?::[0-9]{1,5})?(?=[/?#]|\Z)")
"""An address as nearly all are: its host can be read off."""

_MOBILE_HOST = re.compile(r"^(?:www|m|mobile|amp|edition|touch)\.(?=[^.]+\.)", re.IGNORECASE)
_AMP_TAIL = re.compile(r"(?:/amp|\.amp|/amphtml|\.amp\.html)(?=/?$)", re.IGNORECASE)
_AMP_HEAD = re.compile(r"^/amp/", re.IGNORECASE)
_AMP_CACHE = re.compile(
    r"^https?://(?:[\w-]+\.cdn\.ampproject\.org/(?:[acv]|wp)|(?:www\.)?google\.[a-z.]{2,6}/amp)/(?:s/)?(?=[\w-]+\.)",
    re.IGNORECASE,
)
"""Stores of AMP twins, which carry the page's own address behind theirs."""
_INDEX = re.compile(r"/index\.html?$", re.IGNORECASE)


def web_address(text: str) -> str:
    """A pasted address as one that can be fetched: spaces and angle brackets off, non-ASCII encoded, no fragment.

    ``news.example/story`` gets ``https://``; ``feed:https://…`` and ``feed://…``, as older readers of feeds write, are
    taken for what they mean. Raises UsageError for anything that is no http(s) address.
    """
    url = text.strip().strip("<>\u200b\ufeff \t\r\n")
    if url[:5].lower() == "feed:":
        rest = url[5:].removeprefix("//")
        url = rest if rest.lower().startswith(("http://", "https://")) else f"http://{rest}"
    if url and "://" not in url and re.match(r"^[\w-]+(\.[\w-]+)+(:\d+)?(/|$|\?)", url):
        url = "https://" + url
    if len(url) > MAX_LENGTH:
        raise UsageError("that address is too long to be a story's", subject=url[:80] + "…")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError("that is no web address", subject=url[:200]) from error
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise UsageError("a web address is wanted, such as https://news.example/story", subject=url[:200] or "nothing")
    if parts.username or parts.password:
        raise UsageError("an address with a name or password in it is not watched", subject=host)
    if "\\" in url or any(ord(sign) < 33 for sign in url):
        raise UsageError("that is no web address: it holds spaces, backslashes or control characters", subject=host)
    del port
    return safe_url_string(urlunsplit(parts._replace(scheme=parts.scheme.lower(), fragment="")))


def key_of(url: str) -> str:
    """The identity of a story's address: scheme, ``www``, twins, tracking and order of parameters do not matter.

    Works on any text; what is no address is its own key.
    """
    url = url.strip()
    cached = _AMP_CACHE.match(url)
    if cached is not None:
        url = f"https://{url[cached.end() :]}"
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return url
    if not host:
        return url
    bare = _MOBILE_HOST.sub("", host.lower())
    if port and port not in (80, 443):
        bare = f"{bare}:{port}"
    path = _AMP_TAIL.sub("", _INDEX.sub("/", parts.path)) or "/"
    path = _AMP_HEAD.sub("/", path)
    path = quote(re.sub(r"/{2,}", "/", path), safe="/%:@!$&'()*+,;=~-._")
    if len(path) > 1:
        path = path.rstrip("/")
    kept = sorted(
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(name)
    )
    query = urlencode(kept)
    return f"//{bare}{path}" + (f"?{query}" if query else "")


def host_of(url: str) -> str:
    """Host of an address without ``www.``, lower case; empty where there is none."""
    plain = _PLAIN.match(url)
    if plain is not None:
        return plain[1].removeprefix("www.").rstrip(".")
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.lower().removeprefix("www.").rstrip(".")
