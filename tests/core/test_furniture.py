"""What pages show around a story stays silent, and every pattern lets a fact of the same shape through."""

from __future__ import annotations

import pytest

from bot.core.compare import compare
from bot.core.compare_config import CompareConfig
from bot.core.comparison import Severity
from bot.core.findings.notes import furniture_rule
from bot.core.story import Block, BlockKind, Story
from bot.core.text import fold_text

FURNITURE = """
RELATED: Five things to know before the vote|READ ALSO - Who pays for the harbour?|More from Politics|Related topics
1.2K views|45 Comments|Comments (12)|Shares 321|👍 12|12 people are reading this story|Be the first to comment|12K
Shared 128 times|Viewed 1,204 times|Join the discussion (12)|Loading comments|Top comments|People also read
2h ago|just now|an hour ago|yesterday at 14:05|Updated 2 hours ago|14 mins ago|This article is more than 1 year old
3 March 2026, 14:05|Mon 3 Mar 2026 14.05 GMT|Updated March 3, 2026 at 2:05 p.m. EST|Last updated 5 minutes ago
vor 3 Stunden|Stand: 03.03.2026, 14:05 Uhr|il y a 3 heures|Mis à jour le 3 mars 2026 à 14h05|hace 3 horas|un'ora fa
há 3 horas|3 uur geleden|Laatst bijgewerkt 3 uur geleden|3 ore fa|Aggiornato 3 ore fa|Publicado hace 3 horas
5 min read|Read: 5 min|Listen · 5 min|Listen 4:32|Lesezeit: 5 Minuten|Temps de lecture : 5 min|Leestijd: 5 minuten
Advertisement|Advertisement. Scroll to continue reading.|Ad feedback|Story continues below advertisement|[Advertisement]
Werbeanzeige|La suite après cette publicité|Continua depois da publicidade|Pubblicità|Advertentie|Publicidad
Kommentare (12)|12 commentaires|Diesen Artikel teilen|Partager|Condividi|3,4 mil visualizações|Save for later
Sign up for our daily newsletter|Get our free newsletter|Support independent journalism|Become a member today
Lesen Sie auch: Fünf Dinge vor der Wahl|Lire aussi : Cinq choses|Lees ook: Vijf dingen|From around the web
広告|3時間前|3分で読めます|関連記事|続きを読む|إعلان|منذ 3 ساعات|اقرأ أيضا|تعليقات 12
"""
FACTS = """
Support for the Labour member for Leeds fell to 12 per cent.|Get here before the app closes, police told residents.
Registrati 40 casi di morbillo a Torino in una settimana.|Scarica elettrica uccide due operai nel cantiere.
Descarga eléctrica mata a dos trabajadores en la obra.|Recibe la alcaldesa 40 denuncias por ruido.
Receba o prefeito as vítimas, pediu o bispo.|Assine o contrato, disse o ministro ao clube.
Folgen Sie dem Geld, sagte der Ermittler.|Ontvangst van 40 vluchtelingen in Breda afgeblazen.
He was shared 128 times among traffickers.|Viewed 1,204 times, the film shows the arrest.|12 readers were hurt.
This article is more than 1 year old and still wrong, the minister said.|Be the first to resign, he told the mayor.
12 people are in hospital.|Five people died.|5 minutes later he was dead.|Five minutes passed.|He died 3 days ago.
3 hours ago the bridge fell.|Join the discussion of 12 councillors, he said.|Comments by 12 ministers were false.
Live shots were fired.|Video shows the arrest.|12k people marched.|Read 12 pages and weep, the judge said.
Listen to the dead, he said.|Become a member of a gang and you die, he said.|From around the web came threats.
Anzeige erstattet: Polizei ermittelt gegen 40 Beamte.|Werbung verboten.|Publicité interdite dans les écoles.
Kommentare von 12 Ministern waren falsch.|広告会社の社長が死亡した。|3時間前に爆発が起きた。|関連会社の社長が辞任した。
إعلان الحرب على الفقر|منذ 3 ساعات مات الوزير|Save the whale.|Trending down: wages.|Share prices fell 12%.
"""
BODY = tuple(
    Block(text=f"The council said on the {day} that the {thing} would stay shut, and residents were angry at the plan.")
    for day, thing in zip("1st 2nd 3rd 4th 5th 6th".split(), "wall bridge road ferry pump mast".split(), strict=True)
)


def _listed(table: str) -> list[str]:
    return [text for line in table.strip().splitlines() for text in line.split("|")]


def _page(*blocks: Block, at: int = 3) -> Story:
    return Story(headline="Council shuts the wall", lang="en", blocks=(*BODY[:at], *blocks, *BODY[at:]))


@pytest.mark.parametrize("text", _listed(FURNITURE))
def test_furniture_between_paragraphs_is_trivial(text: str) -> None:
    assert compare(_page(), _page(Block(text=text))).severity == Severity.TRIVIAL


@pytest.mark.parametrize("text", _listed(FACTS))
def test_a_fact_in_the_shape_of_furniture_is_told(text: str) -> None:
    assert furniture_rule(fold_text(text), CompareConfig()) == ""
    assert compare(_page(), _page(Block(text=text))).severity >= Severity.NOTABLE


@pytest.mark.parametrize("heading", ["Related topics", "Read more", "Editor’s picks", "Around the web", "Lees ook"])
def test_links_below_their_heading_are_trivial_even_where_one_ends_in_a_quotation(heading: str) -> None:
    links = [Block(text=text) for text in ("Who pays for the harbour?", "Mayor: “I will not resign”", "In pictures")]
    page = _page(Block(text=heading, kind=BlockKind.HEADING), *links, at=len(BODY))
    assert compare(_page(), page).severity == Severity.TRIVIAL


@pytest.mark.parametrize("text", ["“I will not resign.”", "The mayor has resigned.", "“Who paid for the harbour?”"])
def test_a_sentence_below_such_a_heading_is_told(text: str) -> None:
    page = _page(Block(text="Read more", kind=BlockKind.HEADING), Block(text=text), at=len(BODY))
    assert compare(_page(), page).severity >= Severity.NOTABLE


@pytest.mark.parametrize(
    "text",
    [
        "Reporting by the trust found 114 deaths in care homes.",
        "The man told Reuters that 12 people had died.",
        "An army patrol killed a Reuters reporter on Friday.",
        "Imagen de la tragedia: 12 muertos en el puerto.",
        "Bild der Verwüstung in zwölf Dörfern an der Küste.",
        "Foto della strage mostra 12 vittime.",
    ],
)
def test_what_begins_like_a_credit_and_tells_something_is_told(text: str) -> None:
    assert compare(_page(), _page(Block(text=text))).severity >= Severity.NOTABLE


@pytest.mark.parametrize(
    "text",
    [
        "Reporting by Ann Lee and Tom Marsh; editing by Joan Reed",
        "Photograph: Getty Images",
        "Ola Brandt/Reuters",
        "© 2026 Reuters. All rights reserved.",
        "Foto: Jan Maas",
        "Bild: Imago / Petra Kern",
    ],
)
def test_a_credit_is_furniture(text: str) -> None:
    assert compare(_page(), _page(Block(text=text))).severity == Severity.TRIVIAL
