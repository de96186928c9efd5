"""``/stet help``: every command in a line, and each by itself. Pure."""

from __future__ import annotations

from bot.slack.answers import Answer

_HELP = {
    "add": '{c} add https://example.com/story [#channel] [every 15m] [only headline] [label "Budget"]\n'
    "every: 5m, 15m, 30m, 1h, 6h, 1d; without it, by the story's age. only: headline, body, corrections, all. "
    "Without an address a form opens.",
    "list": "{c} list · {c} list all · {c} list #channel · {c} list page 2",
    "show": "{c} show 17 · {c} show https://example.com/story",
    "why": "{c} why 17 · {c} why 17 4: why version 4 was told here, or was not",
    "diff": "{c} diff 17 · {c} diff 17 2..5",
    "mute": "{c} mute 17 (an hour) · mute 17 for 2h · mute 17 until 18:30 · mute 17 until tomorrow · mute all for 1d",
    "unmute": "{c} unmute 17 · {c} unmute all",
    "remove": "{c} remove 17: stop watching it here; its versions are kept",
    "status": "{c} status: how many stories, what is failing, what waits",
    "settings": "{c} settings 17: pace, what to hear of, label",
    "digest": "{c} digest: what changed in the last 24 hours in the stories of this channel",
    "source": "{c} source add https://example.com/feed · {c} source list · {c} source remove 3",
    "test": "{c} test: I post an alert of an invented story here, so that you see that I can and what alerts look like",
    "help": "{c} help add: more about one command",
}


def help_(command: str, topic: str = "") -> Answer:
    """All commands, or one."""
    if topic in _HELP:
        return Answer(text=_HELP[topic].format(c=command))
    lines = [
        "I watch news stories and tell you here when they change in a way that matters.",
        "*{c} add* https://example.com/story: watch a story",
        "*{c} list*: what is watched here",
        "*{c} show*, *why*, *diff* 17: one story, why it was told, what changed",
        "*{c} mute* 17 for 2h, *unmute* 17: silence and back",
        "*{c} settings* 17, *remove* 17: change or end a watch",
        "*{c} digest*, *status*, *test*: the last day, how I am, whether I can post",
        "*{c} source add* https://example.com/feed: watch every new story there",
        "More about one: {c} help add",
    ]
    return Answer(text="\n".join(lines).format(c=command))
