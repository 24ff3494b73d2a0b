"""How keys, values and what is allowed are written in an error about the configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.display import one_line
from pipeline.errors import PanicPipeError
from pipeline.redaction import redacted_url, without_private_key

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_EXPECTED: Mapping[str, str] = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text in quotes",
    "path_type": "a path in quotes",
    "tuple_type": "a list",
    "list_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a table",
    "dataclass_type": "a table",
    "literal_error": "one of {expected}",
    "enum": "one of {expected}",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "a list with at least {min_length} in it",
    "too_long": "a list with at most {max_length} in it",
    "string_too_short": "at least {min_length} characters long",
    "string_too_long": "at most {max_length} characters long",
}


def expected(detail: ErrorDetails) -> str:
    """Say what would have been allowed."""
    template = _EXPECTED.get(detail["type"])
    if template is None:
        return one_line(detail["msg"].removeprefix("Input should be "), 300)
    return template.format(**detail.get("ctx", {}))


def dotted(key: Iterable[str | int]) -> str:
    """Write a key as TOML does; a place in a list as `key[2]`, counted from 0."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{quoted_key(part)}" if text else quoted_key(part)
    return text


def quoted_key(part: str) -> str:
    """Write one part of a key, in quotes where TOML wants them."""
    return part if _BARE.fullmatch(part) else f'"{one_line(part, 64)}"'


def shown(value: object) -> str:
    """Write a value as in the file, short and safe to show; of a URL only its scheme.

    Private keys are not shown either: they are easily mistaken for the public ones.
    """
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        return f"[{', '.join(shown(item) for item in value[:3])}{', …' if len(value) > 3 else ''}]"
    if isinstance(value, bool | int | float):
        return one_line(json.dumps(value), 60)
    return f'"{redacted_url(without_private_key(one_line(str(value), 60)))}"'


def said(error: BaseException, plugin: str) -> str:
    """Return why a plugin failed; of a bug where it is, but not its words: they may hold secrets.

    `plugin` is what it is, such as `the notifier`.
    """
    if isinstance(error, PanicPipeError | OSError):
        return str(error) or type(error).__name__
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{plugin} has a bug: {type(error).__name__}{place}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `, did you mean "…"?` where one of the known names is close, else nothing."""
    close = get_close_matches(name, list(known), n=1)
    return f', did you mean "{close[0]}"?' if close else ""
