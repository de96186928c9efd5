"""Lines that stand in three stories of an outlet are its furniture; facts, notes and quotations can never be learnt."""

from __future__ import annotations

import pytest

from bot.core.compare import compare
from bot.core.comparison import Severity
from bot.core.story import Block, BlockKind, Story, fingerprint
from bot.extract.pitch import is_pitch
from bot.extract.site import furniture, line_hash, lines_of, marked, may_be_furniture, muted, twin_of

PITCHES = [
    "Sign up for our morning newsletter and get the best of the day.",
    "Follow our WhatsApp channel for the latest from the harbour",
    "Download our app.",
    "Jetzt den Newsletter abonnieren und nichts verpassen.",
    "Abonnieren Sie den Kanal, um nichts zu verpassen.",
    "Abonnez-vous à notre newsletter pour ne rien manquer.",
    "Suscríbete a nuestro boletín y recibe lo mejor cada mañana.",
    "Iscriviti alla newsletter per ricevere le notizie.",
    "Assine nossa newsletter e receba as notícias.",
    "Schrijf je in voor onze nieuwsbrief.",
    "Подписывайтесь на наш телеграм-канал.",
    "اشترك في نشرتنا اليومية",
    "הירשמו לניוזלטר שלנו",
    "हमारे न्यूज़लेटर को सब्सक्राइब करें",
    "欢迎订阅我们的通讯",
    "ニュースレターの登録はこちら",
    "뉴스레터를 구독하세요",
]
FACTS = [
    "The minister denies all the charges.",
    "We asked the ministry for comment and had no answer.",
    "The council closed its app after complaints from residents.",
    "The US subscribed to the treaty in spring.",
    "Both parties support membership of the alliance.",
    "Der Rat hat seine App eingestellt, weil sie zu teuer war.",
    "Sie hat ihr Abonnement gekündigt.",
    "Le conseil a fermé son application.",
    "La empresa cerró su aplicación.",
    "La sociedad suspendió el canal de pagos.",
    "O conselho fechou o seu aplicativo.",
    "De gemeente stopt met haar app.",
    "Он закрыл свой канал.",
    "会社はアプリを終了した。",
    "公司关闭了应用。",
    "회사는 앱을 종료했다.",
    "“Sign up for our newsletter,” she said.",
    "Join 12,000 readers of our newsletter.",
    "At least 14 people died.",
    "Dead: 12",
    "Correction: we had the wrong name",
    "This article was corrected after you told us through our app.",
]


def _story(*texts: str) -> Story:
    return Story(headline="Quay", blocks=tuple(Block(text=text) for text in texts))


@pytest.mark.parametrize("text", PITCHES)
def test_a_line_that_asks_the_reader_to_sign_up_can_be_learnt(text: str) -> None:
    assert is_pitch(text)
    assert may_be_furniture(Block(text=text))


@pytest.mark.parametrize("text", FACTS)
def test_a_sentence_of_news_a_figure_a_quotation_or_a_note_can_never_be_learnt(text: str) -> None:
    assert not may_be_furniture(Block(text=text))
    assert line_hash(text) not in lines_of(_story(text))
    assert marked(_story(text), frozenset({line_hash(text)})) == _story(text)


@pytest.mark.parametrize(
    "kind", [BlockKind.NOTE, BlockKind.CAPTION, BlockKind.QUOTE, BlockKind.TABLE_ROW, BlockKind.LIVE_ENTRY]
)
def test_only_paragraphs_headings_and_pitches_in_lists_can_be_learnt(kind: BlockKind) -> None:
    assert not may_be_furniture(Block(text="Download our app.", kind=kind))
    assert not may_be_furniture(Block(text="Jane Roe", kind=BlockKind.LIST_ITEM))
    assert may_be_furniture(Block(text="Download our app.", kind=BlockKind.LIST_ITEM))


def test_a_learnt_heading_is_furniture_only_above_furniture() -> None:
    heading, pitch = Block(text="The Tide Table", kind=BlockKind.HEADING), Block(text="Download our app.")
    text = Block(text="The board met at noon and put off the vote.")
    lines = frozenset({line_hash(heading.text), line_hash(pitch.text)})
    over_pitch = marked(Story(blocks=(heading, pitch, text)), lines)
    assert [block.kind for block in over_pitch.blocks[:2]] == [BlockKind.FURNITURE] * 2
    over_text = marked(Story(blocks=(heading, text, pitch)), lines)
    assert [block.kind for block in over_text.blocks[:2]] == [BlockKind.HEADING, BlockKind.PARAGRAPH]


def test_three_stories_teach_and_two_do_not() -> None:
    lines = lines_of(_story("Download our app.", "The board met at noon."))
    assert furniture([lines, lines]) == frozenset()
    assert furniture([lines, lines, lines]) == {line_hash("Download our app.")}


def test_a_marked_line_changes_neither_fingerprint_nor_words_whether_it_stands_there_or_not() -> None:
    lines = frozenset({line_hash("Download our app.")})
    without = _story("The board met at noon.")
    with_line = marked(_story("The board met at noon.", "Download our app."), lines)
    assert fingerprint(with_line) == fingerprint(without)
    assert with_line.words == without.words
    assert muted(with_line) == lines


def test_a_line_that_was_learnt_between_two_versions_is_no_difference() -> None:
    old = _story("The board met at noon.", "A series about water")
    new = marked(old, frozenset({line_hash("A series about water")}))
    assert old != new
    for one, two in ((old, new), (new, old)):
        found = compare(one, two)
        assert found.severity is Severity.TRIVIAL
        assert not [finding for finding in found.findings if finding.kind.startswith("para_")]


def test_the_edit_of_a_learnt_line_shows() -> None:
    label = "A series about water"
    old = marked(_story("The board met at noon.", label), frozenset({line_hash(label)}))
    found = compare(old, _story("The board met at noon.", "The app was withdrawn after 19 deaths."))
    assert [finding.kind for finding in found.findings if finding.kind.startswith("para_")] == ["para_added"]
    assert found.severity >= Severity.NOTABLE


def test_twins_are_known_by_their_longest_paragraph() -> None:
    long = "The harbour board met at noon and put off the vote on the second quay until the spring of next year."
    assert twin_of(_story("Short.", long)) == twin_of(_story(long, "Other."))
    assert twin_of(_story("Short.")) == ""
