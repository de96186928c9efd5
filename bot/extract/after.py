"""What follows a story on its page: the readers' comments, and the next story of a page that scrolls on.

Both are running text, often more of it than the story has, so they are told by how they open: comments by a heading
or label in two dozen languages, the next story by a headline of the first level over a box of its own. All that comes
after the label of the comments is furniture, unless it is made like the text above it.
"""

from __future__ import annotations

import re
from typing import Any

import re2

from bot.extract.cards import soften
from bot.extract.makes import Make
from bot.extract.phrases import CORRECTION, is_dateline, is_fleeting
from bot.extract.walk import Line, Node, Walked, is_under, nearest, up

_LABEL = 70
_LEAST = (300.0, 2)
"""Running text between headline and label, and paragraphs of it; under a heading the first paragraph is enough."""
_NEXT = (400.0, 3)
_COUNT = r"(?:\s*[(\[]?\s*\d[\d.,]*\s*[)\]]?)"
_PLURALS = (
    r"comments?|responses|replies|reactions|kommentare|leserkommentare|commentaires|réactions|comentarios|comentários|"
    r"commenti|reacties|kommentarer|komentarze|komentáře|komentarji|komentari|komentar|комментари[ий]|коментарі|отзывы|"
    r"отзыв\w*|ответ\w*|обсуждение|обсуждения|diskuse|diskusia|kommentit|yorumlar|hozzászólások|comentarii|σχόλια|"
    r"التعليقات|تعليقات|תגובות|टिप्पणियां|टिप्पणियाँ|प्रतिक्रियाएं|bình luận|评论|評論|网友评论|網友評論|最新评论|"
    r"コメント|みんなのコメント|댓글"
)
_COUNTED = (
    r"comments?|responses?|replies|thoughts|reactions?|kommentare?|commentaires?|réactions?|comentarios?|"
    r"comentários?|commenti|commento|reacties|reactie|kommentar(?:er)?|komentarz\w*|opini\w+|комментари\w+|коментар\w+|"
    r"отзыв\w*|ответ\w*|yorum|hozzászólás|comentarii|σχόλι\w+|تعليق\w*|תגובות|条评论|則評論|件のコメント|개의 댓글"
)
_ASKED = (
    r"(?:leave|post|add|write|submit|make) (?:a|your|the first|new)? ?(?:comment|reply|response)s?(?: .{0,25})?|"
    r"join (?:the|our) (?:discussion|conversation|debate|commenting forum)|have your say|be the first to comment|"
    r"comments (?:are closed|have been closed|section|policy)|"
    r"(?:reader|your|view|show|latest|recent|all|user) comments|"
    r"(?:schreib\w*|verfassen|hinterlass\w*) (?:sie )?(?:einen|ihren|deinen) kommentar|"
    r"kommentar (?:schreiben|verfassen|hinterlassen|abgeben)|diskutieren sie mit|"
    r"(?:laisser|ajouter|écrire|laissez|postez|poster) (?:un|votre) commentaire|vos (?:commentaires|réactions)|"
    r"(?:deja|escribe|añade|publica|escribir) (?:un|tu|su) (?:comentario|respuesta)|deja una respuesta|"
    r"(?:lascia|scrivi|aggiungi) un (?:commento|tuo commento)|(?:deixe|escreva|faça) (?:um|o seu|seu) comentário|"
    r"(?:plaats|geef|laat) (?:een|je) reactie(?: achter)?|(?:dodaj|napisz) (?:swój )?komentarz|skomentuj|"
    r"wybrane komentarze|wasze komentarze|(?:оставить|добавить|написать|ваш|оставьте)(?: свой)? комментари\w+|"
    r"(?:залишити|додати) коментар|přidat komentář|yorum (?:yap|yaz)\w*|(?:lämna|skriv) en kommentar|"
    r"(?:legg igjen|skriv) en kommentar|αφήστε (?:ένα )?σχόλιο|(?:أضف|اترك) تعليق\w*|(?:הוסף|כתוב) תגובה|"
    r"发表评论|我要评论|發表評論|我要評論|網友回應|コメントする|コメントを(?:書く|投稿する?)|댓글 ?(?:쓰기|달기|작성)"
)
_COMMENTS = re.compile(
    rf"\W*(?:(?:{_PLURALS})(?:{_COUNT}|\s*[(\[]\d+[)\]].{{0,40}}|\s*(?:on|to|zu|zum|sur|к|до|na)\s.+|\W*)"
    rf"|\d[\d.,]*\s*(?:{_COUNTED})(?:\s*(?:on|to|zu|zum|sur|к|до|na)\s.+)?|(?:{_ASKED}))\W*(?:{_COUNT})?\s*",
    re.IGNORECASE,
)
# A part of each of these, asked of all lines in one linear pass: the expression itself is slow.
_HINTS: Any = re2.compile(
    "(?i)comment|coment|komment|koment|respon|repl(?:y|ies)|reac|réac|thoughts|opini|diskus|diskut|discussion|"
    "conversation|debate|have your say|skomentuj|yorum|hozzász|коммент|комент|отзыв|ответ|обсужд|σχόλι|تعليق|תגוב|"
    "टिप्पण|प्रतिक्रि|bình luận|评论|評論|回應|コメント|댓글"
)
_NUMBERS = re.compile(r"\d+")
_SPEAKING = re.compile(r"comm?ent|koment|reacti|repl(?:y|ies)|discuss|disqus|opini|forum|yorum", re.IGNORECASE)


def mark(walked: Walked, headline: Line | None) -> None:
    """Mark both as furniture that no share of the text excuses. Paragraph weights must be there."""
    if headline is None:
        return
    start = walked.lines.index(headline)
    _comments(walked.lines, start)
    _next_stories(walked, headline, start)


def _comments(lines: list[Line], start: int) -> None:
    hinted = _hinted(lines, start)
    if not hinted:
        return
    before, count = 0.0, 0
    made: set[tuple[str, str, str, str]] = set()
    for number in range(start + 1, max(hinted) + 1):
        line = lines[number]
        if line.weight and line.node.marked is None:
            before += line.weight
            count += 1
            made.add(_make(line))
        elif number in hinted and _opens_comments(line):
            if not count or (not line.heading and (before < _LEAST[0] or count < _LEAST[1])):
                continue
            if len(made) > max(2, count // 2):
                continue  # hardly two paragraphs are made alike, so nobody can say what is made like the text
            after = [other for other in lines[number + 1 :] if other.weight]
            if any(_make(other) in made or _is_body(other.node) for other in after):
                continue
            spoken = line.heading or any(_SPEAKING.search(node.names) for node in up(line.node, 3))
            if spoken or sum(other.weight for other in after if other.node.marked is None) <= before:
                _cut(lines, number)
                return


def _hinted(lines: list[Line], start: int) -> set[int]:
    """The numbers of the short lines below the headline that may be such a label."""
    short = [number for number in range(start + 1, len(lines)) if len(lines[number].text) <= _LABEL]
    joined = "\n".join(lines[number].text for number in short)
    found: set[int] = set()
    at = row = 0
    for match in _HINTS.finditer(joined):
        row += joined.count("\n", at, match.start())
        at = match.start()
        found.add(short[row])
    return found


def _opens_comments(line: Line) -> bool:
    return line.heading != 1 and len(line.text) <= _LABEL and _COMMENTS.fullmatch(line.text) is not None


def _is_body(node: Node | None) -> bool:
    return any(one.make & Make.BODY for one in up(node, 4))


def _make(line: Line) -> tuple[str, str, str, str]:
    """How a line's box and the one around it are made, numbers in their names left out.

    Never which boxes they are: where each paragraph has a wrapper of its own, all of a story's boxes differ.
    """
    around = line.node.parent
    return (
        line.tag,
        _NUMBERS.sub("", line.node.names),
        around.tag if around is not None else "",
        _NUMBERS.sub("", around.names) if around is not None else "",
    )


def _cut(lines: list[Line], number: int) -> None:
    """Mark the boxes of the lines from ``number`` to the end of the page, whole where nothing above is in them.

    Where the box of the label holds running text of its own, that is what it labels, and only this box is marked.
    """
    above = _chains(lines[:number])
    boxes: dict[int, tuple[Node, list[Line]]] = {}
    for line in lines[number:]:
        box = line.node
        if id(box) in above:
            continue
        while box.parent is not None and id(box.parent) not in above:
            box = box.parent
        if boxes and id(box) not in boxes and any(one.weight for one in next(iter(boxes.values()))[1][1:]):
            break
        boxes.setdefault(id(box), (box, []))[1].append(line)
    for box, inside in boxes.values():
        if box.make & Make.NOTE or (len(inside) == 1 and CORRECTION.match(inside[0].text)):
            continue  # the outlet's own note, below all that its readers say
        box.make |= Make.STRONG
        soften(box, "comments")


def _next_stories(walked: Walked, headline: Line, start: int) -> None:
    """Boxes that open with a headline of their own, below a story that has text of its own."""
    if len(walked.h1s) < 2:
        return
    lines = walked.lines
    if _much([line for line in lines[:start] if line.weight and line.node.marked is None]):
        return  # a chapter, and its headline the title of a part
    around = _chains([headline])
    titled = _chains([line for line in walked.h1s if line is not headline])
    for other in walked.h1s:
        number = lines.index(other)
        if number < start or other.text == headline.text or other.node.marked is not None:
            continue
        above = [line for line in lines[start:number] if line.weight and line.node.marked is None]
        if not _much(above):
            continue
        held = _chains(above) | around
        box = other.node
        while box.parent is not None and id(box.parent) not in held:
            box = box.parent
        inside = [line for line in lines[number:] if line.weight and is_under(line.node, box)]
        if box is other.node or box.parent is None or box.make & (Make.BODY | Make.LIVE) or not _much(inside):
            continue
        if any(id(one) in held and id(one) in titled and id(one) not in around for one in box.parent.children):
            continue  # a part of the story, with a heading like those of the parts before it
        article = nearest(box, "article")
        one_article = article is not None and article is not box and article is nearest(headline.node, "article")
        if one_article and not any(map(_is_dated, lines[number + 1 : number + 6])):
            continue  # a chapter: both stand in one article, and it tells no day of its own
        box.make |= Make.STRONG
        soften(box, "next-story")


def _is_dated(line: Line) -> bool:
    return len(line.text) <= 60 and (is_fleeting(line.text) or is_dateline(line.text))


def _much(lines: list[Line]) -> bool:
    return len(lines) >= _NEXT[1] and sum(line.weight for line in lines) >= _NEXT[0]


def _chains(lines: list[Line]) -> set[int]:
    """The boxes around any of the lines, by identity."""
    found: set[int] = set()
    for line in lines:
        node: Node | None = line.node
        while node is not None and id(node) not in found:
            found.add(id(node))
            node = node.parent
    return found
