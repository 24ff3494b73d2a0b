"""Takes from text whatever a service would act upon: mentions of people, links under other names.

Each service has its own way to mention everybody, and some decode or rewrite what was escaped for
them. So nothing is escaped here: a space goes between the sign and what it would call, which works
everywhere, can be read, and is seen where somebody copies the text.
"""

from __future__ import annotations

import re

from pipeline.display import one_line

_LONGEST = 6000
"""Characters of one value: a presigned link with a session's token can have 4096."""

_AMPERSAND = re.compile(r"&(?=#?\w{1,31};)")
"""The beginning of `&lt;`, `&#64;`: decoded by some services before they look for mentions."""
_AT = re.compile(r"@(?! )")
_SPECIAL = re.compile(r"!(?=[A-Za-z])|\[(?=CQ:)|\((?=(?:met|rol|chn)\))")
"""`<!here>` of Slack, also without its `<`; `[CQ:at,qq=all]` of OneBot; `(met)all(met)` of KOOK."""
_ANGLE = re.compile(r"<(?=\s*(?:#|/?at\b|users/|[A-Za-z][A-Za-z0-9+.-]*:))", re.IGNORECASE)
"""`<#C1>`, `<at id="all">` of Lark, `<users/all>` of Google Chat, `<http://there|here>`."""
_TARGET = re.compile(r"\](?=\()")
"""The middle of `[here](http://there)`."""
_BEFORE_BAR = re.compile(r"(?<![^|\s])([^|\s]*\s*)\|")
"""A whole word and the bar behind it; begun inside of words, the search would be a slow one."""


def plain(value: object) -> str:
    """Return any value as one printable line; nothing for None."""
    return "" if value is None else one_line(str(value), _LONGEST)


def defused(value: object) -> str:
    """Return any value as one printable line that mentions nobody and hides no link's target."""
    text = _AMPERSAND.sub("& ", plain(value))
    text = _ANGLE.sub("< ", _SPECIAL.sub(lambda sign: f"{sign[0]} ", text))
    return _BEFORE_BAR.sub(_no_new_name, _TARGET.sub("] ", _AT.sub("@ ", text)))


def _no_new_name(found: re.Match[str]) -> str:
    """Change the middle of `http://there|here>`, of which apprise may make a link."""
    return f"{found[1]}¦" if "://" in found[1] else found[0]
