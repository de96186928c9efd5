"""The sample letters that stand in docs/samples: what each sort of mail looks like. Invented outlets and people."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.core import digest as digest_
from bot.core.comparison import Comparison, FieldChange, Finding, Link, Severity
from bot.core.digest import Digest, Entry, Numbers, Pair, Trouble
from bot.core.model import AlertKind
from bot.core.story import Block, Story
from bot.render.digest import digest_letter
from bot.render.email import folded_letter, letter
from bot.render.letter import Letter, Thread, story_root
from bot.render.message import Message
from tests.edges.mail_samples import LETTERHEAD, alert, correction, edit, message

DESK = "desk@paper.example"


def letters() -> dict[str, Letter]:
    """Every sample by the name of its files."""
    said = silent_quote()
    first = Thread(root=story_root(LETTERHEAD, 812, DESK), subject=_subject(correction()), first=True)
    later = Thread(
        root=story_root(LETTERHEAD, 640, DESK), subject="[Stet] Vale Courier: Bridge to stay closed", first=False
    )
    many = [correction(), said, gone(), *(replace(said, public_id=f"f{n}", watch_id=n) for n in range(5))]
    rows = [alert(one, number=n) for n, one in enumerate(many)]
    return {
        "correction": letter(correction(), recipient=DESK, letterhead=LETTERHEAD, thread=first),
        "alert": letter(said, recipient=DESK, letterhead=LETTERHEAD, thread=later),
        "rewrite": letter(rewrite(), recipient=DESK, letterhead=LETTERHEAD),
        "gone": letter(gone(), recipient=DESK, letterhead=LETTERHEAD),
        "folded": folded_letter(many, rows, recipient=DESK, letterhead=LETTERHEAD),
        "digest": digest_letter({"digest": digest_.to_json(a_day())}, recipient=DESK, letterhead=LETTERHEAD),
        "quiet-week": digest_letter({"digest": digest_.to_json(quiet_week())}, recipient=DESK, letterhead=LETTERHEAD),
    }


def _subject(said: Message) -> str:
    return letter(said, recipient=DESK, letterhead=LETTERHEAD).subject


def silent_quote() -> Message:
    """A quotation altered, a hedge gone, no note: the change this bot is there for."""
    old = Story(
        headline="Bridge to stay closed until spring, council says",
        blocks=(
            Block(text="The old harbour bridge will stay closed until spring, the council said on Monday."),
            Block(
                text="“We may have missed the cracks in the northern pier,” the council leader, Ada Varga, told "
                "reporters, adding that an inquiry would look at every inspection since 2019."
            ),
            Block(text="About 12,000 vehicles used the bridge each day, according to figures published last year."),
            Block(text="The repairs are expected to cost £3.1m."),
        ),
    )
    new = Story(
        headline="Bridge to stay closed until summer, council says",
        blocks=(
            Block(text="The old harbour bridge will stay closed until summer, the council said on Monday."),
            Block(
                text="“We missed the cracks in the northern pier,” the council leader, Ada Varga, told reporters, "
                "adding that an inquiry would look at every inspection since 2019."
            ),
            Block(text="About 12,000 vehicles used the bridge each day, according to figures published last year."),
            Block(text="The repairs are expected to cost £4.6m."),
            Block(text="Two members of the opposition called on Ms Varga to resign."),
        ),
    )
    comparison = Comparison(
        status="changed",
        severity=Severity.MAJOR,
        headline=FieldChange(
            before=old.headline,
            after=new.headline,
            changed=True,
            edits=(
                edit("equal", "Bridge to stay closed until "),
                edit("replace", "spring,", "summer,"),
                edit("equal", " council says"),
            ),
        ),
        links=(
            Link(
                old=(1,),
                new=(1,),
                relation="edited",
                score=0.95,
                edits=(
                    edit("equal", "The old harbour bridge will stay closed until "),
                    edit("replace", "spring,", "summer,"),
                    edit("equal", " the council said on Monday."),
                ),
            ),
            Link(
                old=(2,),
                new=(2,),
                relation="edited",
                score=0.95,
                edits=(
                    edit("equal", "“We "),
                    edit("replace", "may have missed", "missed"),
                    edit(
                        "equal",
                        " the cracks in the northern pier,” the council leader, Ada Varga, told reporters, "
                        "adding that an inquiry would look at every inspection since 2019.",
                    ),
                ),
            ),
            Link(old=(3,), new=(3,), relation="unchanged", score=1.0),
            Link(
                old=(4,),
                new=(4,),
                relation="edited",
                score=0.9,
                edits=(edit("equal", "The repairs are expected to cost "), edit("replace", "£3.1m.", "£4.6m.")),
            ),
        ),
        added=(5,),
        findings=(
            Finding(
                kind="quote_altered",
                severity=Severity.MAJOR,
                rule="Q1",
                field="body",
                before="We may have missed the cracks in the northern pier",
                after="We missed the cracks in the northern pier",
                speaker="Ada Varga",
                explanation="A quotation of Ada Varga was altered: “may have missed” became “missed”.",
            ),
            Finding(
                kind="figure_changed",
                severity=Severity.MAJOR,
                rule="F1",
                field="body",
                before="£3.1m",
                after="£4.6m",
                explanation="A sum changed: £3.1m became £4.6m.",
            ),
            Finding(
                kind="headline_changed",
                severity=Severity.NOTABLE,
                rule="H1",
                field="headline",
                before=old.headline,
                after=new.headline,
                explanation="The headline changed: “spring” became “summer”.",
            ),
        ),
        counts={"words_added": 14, "words_removed": 6},
        summary="Headline changed; 1 quotation altered; 1 figure changed.",
        flags=frozenset({"silent_change"}),
    )
    return message(
        old,
        new,
        comparison,
        public_id="br1dge",
        watch_id=640,
        outlet="Vale Courier",
        desk="region",
        old_n=3,
        new_n=5,
        edits=2,
        span_minutes=11,
        links={
            "story": "https://vale-courier.example/news/bridge",
            "diff": "https://stet.paper.example/stories/640/diff/3..5",
            "versions": "https://stet.paper.example/stories/640",
        },
    )


def rewrite() -> Message:
    """A story of 5,000 words, every paragraph new."""
    dice = random.Random(5)
    who = "the council,the harbour board,a spokesman,residents,the ministry,two witnesses,the union".split(",")
    did = "said,denied,confirmed,disputed,had announced,rejected,welcomed".split(",")
    what = (
        "that the repairs would begin in May,that the tender had been withdrawn,a report on the northern pier,"
        "the plan for a second crossing,that the ferry would run at night,the figures published last year"
    ).split(",")

    def paragraph() -> str:
        sentences = [f"{dice.choice(who)} {dice.choice(did)} {dice.choice(what)}" for _ in range(3)]
        return " ".join(sentence[0].upper() + sentence[1:] + "." for sentence in sentences)

    old = Story(headline="Harbour bridge: what we know", blocks=tuple(Block(text=paragraph()) for _ in range(190)))
    new = Story(headline="Harbour bridge: how it failed", blocks=tuple(Block(text=paragraph()) for _ in range(190)))
    links = tuple(
        Link(
            old=(n,),
            new=(n,),
            relation="rewritten",
            score=0.2,
            edits=(edit("replace", before.text, after.text),),
        )
        for n, (before, after) in enumerate(zip(old.blocks, new.blocks, strict=True), start=1)
    )
    comparison = Comparison(
        status="changed",
        severity=Severity.MAJOR,
        headline=FieldChange(
            before=old.headline,
            after=new.headline,
            changed=True,
            edits=(edit("equal", "Harbour bridge: "), edit("replace", "what we know", "how it failed")),
        ),
        links=links,
        findings=(
            Finding(
                kind="headline_changed",
                severity=Severity.NOTABLE,
                rule="H1",
                field="headline",
                before=old.headline,
                after=new.headline,
                explanation="The headline changed and the story was rewritten from beginning to end.",
            ),
        ),
        counts={"words_added": new.words, "words_removed": old.words},
        summary="Headline changed; rewritten.",
        flags=frozenset({"rewritten"}),
    )
    return message(old, new, comparison, public_id="rewr1te", watch_id=77, outlet="Vale Courier")


def gone() -> Message:
    """A story taken down."""
    last = Story(
        headline="Mayor’s brother won harbour contract",
        blocks=(
            Block(text="The contract for the harbour works went to a company owned by the mayor’s brother."),
            Block(text="The mayor did not answer questions on Friday."),
        ),
    )
    return Message(
        kind=AlertKind.GONE,
        public_id="g0ne",
        severity=Severity.MAJOR,
        title="Story gone: Mayor’s brother won harbour contract",
        lines=("The page answers 410 Gone, seen twice, 20 minutes apart.", "The last text is kept as version 4."),
        watch_id=91,
        desk="region",
        outlet="Northern Ledger",
        route="world",
        why="route “world” hears of major changes on the politics desk",
        new=last,
        new_n=4,
        seen_at=datetime(2026, 11, 24, 9, 40, tzinfo=UTC),
        zone="Europe/London",
        links={
            "story": "https://northern-ledger.example/harbour-contract",
            "versions": "https://stet.paper.example/stories/91",
        },
    )


START = datetime(2026, 11, 23, 7, tzinfo=UTC)


def _entry(number: int, headline: str, **more: object) -> Entry:
    values: dict[str, object] = {
        "watch_id": number,
        "headline": headline,
        "outlet": "Harbour Times",
        "url": f"https://harbour-times.example/{number}",
        "old_n": 1,
        "new_n": 2,
        "times": 1,
        "first_at": START + timedelta(hours=3),
        "last_at": START + timedelta(hours=number % 20, minutes=13),
    }
    return Entry(**(values | more))  # type: ignore[arg-type]


def a_day() -> Digest:
    """A working day with something in every section."""
    return Digest(
        rule="world",
        zone="Europe/London",
        local_date=date(2026, 11, 24),
        start=START,
        end=START + timedelta(days=1),
        listed_from=START,
        corrections=(
            _entry(
                812,
                "Minister denies receiving £14,000",
                headline_before="Minister denies receiving £40,000",
                severity=Severity.CRITICAL,
                notes=("Correction: an earlier version of this story gave the donation as £40,000. It was £14,000.",),
                pairs=(
                    Pair(
                        place="paragraph 1",
                        before="The donation of £40,000 was declared in 2023.",
                        after="The donation of £14,000 was declared in 2023.",
                    ),
                ),
                times=7,
                new_n=8,
                told_at=(START + timedelta(hours=7, minutes=2),),
            ),
            _entry(
                30,
                "Ferry strike called off",
                severity=Severity.MAJOR,
                outlet="Vale Courier",
                notes=("Clarification: the union says that no date had been set.",),
                remark="a correction came and was taken out again",
                times=2,
                new_n=3,
            ),
        ),
        gone=(
            _entry(
                91,
                "Mayor’s brother won harbour contract",
                outlet="Northern Ledger",
                severity=Severity.MAJOR,
                times=0,
                old_n=4,
                new_n=4,
                told_at=(START + timedelta(hours=2, minutes=41),),
            ),
        ),
        headlines=(
            _entry(
                640,
                "Bridge to stay closed until summer, council says",
                headline_before="Bridge to stay closed until spring, council says",
                outlet="Vale Courier",
                severity=Severity.MAJOR,
                pairs=(
                    Pair(
                        place="paragraph 2",
                        before="We may have missed the cracks in the northern pier",
                        after="We missed the cracks in the northern pier",
                    ),
                ),
                times=2,
                old_n=3,
                new_n=5,
            ),
            _entry(
                31,
                "Prices rise at fastest rate in a year",
                headline_before="Prices rise more slowly than feared",
                severity=Severity.NOTABLE,
            ),
        ),
        texts=(
            _entry(
                32,
                "Hospital reports 19 cases",
                severity=Severity.MAJOR,
                pairs=(Pair(place="paragraph 1", before="12 people", after="19 people"),),
            ),
            _entry(
                33,
                "Rail link “on time”, says minister",
                severity=Severity.NOTABLE,
                pairs=(Pair(place="paragraph 6", before="", after="The ministry later declined to repeat the claim."),),
            ),
        ),
        reverted=(
            _entry(
                34,
                "Storm expected on Thursday",
                times=4,
                new_n=5,
                remark="changed and changed back",
                summary="Headline changed.",
            ),
        ),
        minor=tuple(
            _entry(
                40 + n,
                f"{name} {n}",
                outlet="Harbour Times" if n < 4 else "Northern Ledger",
                summary="1 paragraph edited.",
            )
            for n, name in enumerate(("Market report", "Court list", "Obituary", "Weather", "Match report", "Letters"))
        ),
        trivial=25,
        new=tuple(_entry(60 + n, f"New {n}", old_n=None, new_n=1, times=0) for n in range(14)),
        trouble=(
            Trouble(what="the site blocks us", subject="Island Post: front page", since=START + timedelta(hours=1)),
            Trouble(what="noisy: 44 versions", subject="Live: harbour inquiry", watch_id=70),
        ),
        numbers=Numbers(
            watched=412,
            checked=409,
            changes=71,
            last_check_at=START + timedelta(hours=23, minutes=58),
            by_outlet=(("Harbour Times", 40), ("Vale Courier", 21), ("Northern Ledger", 10)),
        ),
    )


def quiet_week() -> Digest:
    """Nothing happened, and the bot is alive."""
    return Digest(
        rule="standards",
        zone="Europe/Berlin",
        local_date=date(2026, 11, 24),
        start=START - timedelta(hours=1) - timedelta(days=6),
        end=START - timedelta(hours=1) + timedelta(days=1),
        listed_from=START - timedelta(hours=1) - timedelta(days=6),
        days=7,
        period=7,
        numbers=Numbers(watched=12, checked=12, last_check_at=START + timedelta(hours=22, minutes=51)),
    )
