"""What somebody might put into a panic string, a file's name or a DNS answer to have it act."""

from __future__ import annotations

import re
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st

from pipeline.display import one_line
from pipeline.model import Alert, Severity

CLIENT: Final = "10.0.40.7"

patient = settings(deadline=None)
"""How properties are tried: the first message loads what the others find loaded."""

FRAGMENTS: Final = (
    *("@channel", "@here", "@everyone", "@all", "@room", "@alice", "@**all**", "@", "@ here"),
    *("<!channel>", "<!here|x>", "<!subteam^S1|x>", "<@U123>", "<@&123>", "<#C1>", "<@all>"),
    *("&lt;!channel&gt;", "&lt;@U123&gt;", "&#64;channel", "&commat;here", "!here>", "@U1|x>"),
    *("<users/all>", '<at user_id="all">', "[CQ:at,qq=all]", "(met)all(met)"),
    *("[x](http://evil)", "![x](http://evil)", "<http://evil|text>", "http://evil|text>"),
    *("http://evil", "https://evil/a_b?c=d&e", "[x]: http://evil", "[x][y]", "[x]", "www.evil"),
    *("*bold*", "**bold**", "_it_", "__b__", "~~s~~", "||s||", "a_b_c", "$x$", "`", "``", "```"),
    *("# h", "- x", "1. x", "> q", "---", "| a | b |", "    code", "\\", "\\`", "\\*", ":tada:"),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</td></tr></table>", '">'),
    *("<!--", "-->", "&amp;", "&nbsp;", "'", '"', "{{ 7 * 7 }}", "{% raw %}", "%s", "\\x1b[31m"),
    *("\r\nBcc: a@b.example\r\n", "\n.\n", "\u2028", "\u2029", "\x85", "\0", "\t", "\x1b]0;x\a"),
    *("\u202eevil", "\u2066", "\u200b", "\u200d", "\ufeff", "\xa0", "\udc80", "é", "🚨", "=?x?="),
)

words = st.lists(
    st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=8), st.sampled_from(" .,:;x0")),
    max_size=12,
).map("".join)
"""Hostile text as it comes."""

lines = words.map(lambda text: one_line(text) or "x")
"""Hostile text as it stands in an alert."""


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    """An alert that says hostile things wherever a dump has a say, and further."""
    return Alert(
        event="dump.complete",
        severity=draw(st.sampled_from(Severity)),
        what=draw(lines),
        client=draw(st.sampled_from([None, CLIENT])),
        about=draw(lines),
        lines=(("Panic", draw(lines)), ("File", draw(lines)), ("Process", draw(lines))),
        remarks=tuple(draw(st.lists(lines, max_size=2))),
        facts={"panic": draw(words)},
    )


_CALLS: Final = re.compile(
    r"@[^ \n`…]|![A-Za-z]|<#|<users/|<at\b|\[CQ:|\((?:met|rol|chn)\)|\]\(|&#?\w+;"
    r"|<[a-z]+://[^> ]*\|",
    re.IGNORECASE,
)


def calls(text: str) -> list[str]:
    """Return what would mention somebody, or hide where a link leads, in some service."""
    return _CALLS.findall(text)


def acting(text: str) -> set[str]:
    """Return the signs in there that a terminal or a reader would act upon."""
    return {c for c in text if not c.isprintable() and c != "\n"}
