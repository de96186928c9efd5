"""Expressions with hundreds of alternatives, asked only where RE2 has seen that they may match.

Python's engine tries each alternative at each character: a list of moments takes 320 µs over a line of 120 characters,
the words of a consent layer 14 ms over 20,000. RE2 tries all at once, in 2 µs and 30 µs. It knows no look-around, and
its letters and digits are those of ASCII; so its twin of an expression is made a little *wider* and only says no.
Whatever the twin lets through is put to the real expression, so the answers are always Python's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import re2

_MEMORY = 8 << 20
_ESCAPES = {
    "d": r"\p{Nd}", "w": r"0-9A-Za-z_\x{80}-\x{10ffff}", "s": r"\pZ\x09-\x0d\x1c-\x1f\x85",
    "W": r"\W", "D": r"\D", "S": r"\S",
}  # fmt: skip
_EDGES = frozenset("bBAZ")
_LOOKS = ("(?=", "(?!", "(?<=", "(?<!")
_QUANTIFIER = re.compile(r"\{(\d+)(,?)(\d*)\}")
_FEW = 3
_HEX = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")


class Guarded:
    """A compiled expression and its twins; ``search``, ``match`` and the others answer as the expression would."""

    __slots__ = ("_twins", "expression")

    def __init__(self, expression: re.Pattern[str]) -> None:
        self.expression = expression
        self._twins: dict[str, Any] = {}

    @property
    def pattern(self) -> str:
        """The expression as it is written."""
        return self.expression.pattern

    def search(self, text: str) -> re.Match[str] | None:
        """``re.Pattern.search``."""
        return self.expression.search(text) if self._may(text, "{}") else None

    def match(self, text: str) -> re.Match[str] | None:
        """``re.Pattern.match``."""
        return self.expression.match(text) if self._may(text, r"\A(?:{})") else None

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """``re.Pattern.fullmatch``."""
        return self.expression.fullmatch(text) if self._may(text, r"\A(?:{})\z") else None

    def findall(self, text: str) -> list[Any]:
        """``re.Pattern.findall``."""
        return self.expression.findall(text) if self._may(text, "{}") else []

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """``re.Pattern.finditer``."""
        return self.expression.finditer(text) if self._may(text, "{}") else iter(())

    def sub(self, by: str | Callable[[re.Match[str]], str], text: str) -> str:
        """``re.Pattern.sub``."""
        return self.expression.sub(by, text) if self._may(text, "{}") else text

    def subn(self, by: str | Callable[[re.Match[str]], str], text: str) -> tuple[str, int]:
        """``re.Pattern.subn``."""
        return self.expression.subn(by, text) if self._may(text, "{}") else (text, 0)

    def _may(self, text: str, how: str) -> bool:
        twin = self._twins.get(how)
        if twin is None:  # made when first asked: each takes some milliseconds
            twin = self._twins[how] = _compiled(self.expression, how)
        return twin.search(_dotted(text).encode("utf-8", "replace")) is not None


def _dotted(text: str) -> str:
    """The Turkish letters that Python takes for an ``i`` where case does not matter, and RE2 does not."""
    return text.replace("ı", "i").replace("İ", "i")


def guarded(pattern: str, flags: int = 0) -> Guarded:
    """``re.compile`` for an expression with many alternatives."""
    return Guarded(re.compile(pattern, flags))


def _compiled(expression: re.Pattern[str], how: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    options.case_sensitive = not expression.flags & re.IGNORECASE
    options.dot_nl = bool(expression.flags & re.DOTALL)
    return re2.compile(how.format(_dotted(wider(expression.pattern))), options=options)


def wider(pattern: str) -> str:
    """An expression for RE2 that matches wherever this one of Python's does, and somewhat more.

    Look-around and edges of words are left out, ``$`` too; counts above three become ``*`` or ``+``, for RE2 unrolls
    them. Not for back-references, verbose expressions and flags within that change how letters compare.
    """
    out: list[str] = []
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\":
            at = _escape(pattern, at, out)
        elif sign == "[":
            at = _set(pattern, at, out)
        elif sign == "$":
            at += 1
        elif pattern.startswith(_LOOKS, at):
            at = _after_group(pattern, at)
        elif pattern.startswith("(?>", at):
            out.append("(?:")
            at += 3
        elif sign in "*+?" and out and out[-1] in ("*", "+", "?", "}") and sign == "+":
            at += 1  # possessive
        elif (counted := _QUANTIFIER.match(pattern, at)) is not None:
            least, comma, most = counted.groups()
            small = int(most or least) <= _FEW and not (comma and not most)
            out += (counted.group()[:-1], "}") if small else ("*" if least == "0" else "+",)
            at = counted.end()
        else:
            out.append(sign)
            at += 1
    return "".join(out)


def _escape(pattern: str, at: int, out: list[str], *, inside: bool = False) -> int:
    """Write the escape at ``at`` for RE2; where the next sign stands."""
    if (code := _HEX.match(pattern, at)) is not None:
        out.append(rf"\x{{{code.group(1) or code.group(2) or code.group(3)}}}")
        return code.end()
    name = pattern[at + 1]
    if name in _EDGES:
        out.append("(?:)")
    elif name in _ESCAPES:
        out.append(_ESCAPES[name] if inside else f"[{_ESCAPES[name]}]")
    else:
        out.append(pattern[at : at + 2])
    return at + 2


def _set(pattern: str, at: int, out: list[str]) -> int:
    """Write a set such as ``[^\\w.-]``. Inside a negated one letters must be *fewer*, so RE2's own are right there."""
    negated = pattern.startswith("[^", at)
    end = at + 2 if negated else at + 1
    members: list[str] = []
    while pattern[end] != "]" or not members:
        if pattern[end] != "\\":
            members.append("\\[" if pattern[end] == "[" else pattern[end])
            end += 1
        elif negated and pattern[end + 1] in "dws":
            members.append(pattern[end : end + 2])
            end += 2
        elif negated and pattern[end + 1] in "WDS":
            end += 2
        else:
            end = _escape(pattern, end, members, inside=True)
    out.append(f"[{'^' if negated else ''}{''.join(members)}]")
    return end + 1


def _after_group(pattern: str, at: int) -> int:
    """Where the group that opens at ``at`` has ended."""
    depth = 0
    while True:
        sign = pattern[at]
        if sign == "\\":
            at += 1
        elif sign == "[":
            at += 1 + (pattern[at + 1] == "^")
            at += pattern[at] == "]"
            while pattern[at] != "]":
                at += 1 + (pattern[at] == "\\")
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
            if not depth:
                return at + 1
        at += 1
