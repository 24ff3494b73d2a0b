"""Makes a message of an alert: with the templates that the configuration names, or built-in ones.

No fault of such a template loses an alert: the built-in one takes its place, and a remark says so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files

from pipeline.display import printable
from pipeline.messages.content import Content, content
from pipeline.messages.engine import Compiled, TemplateFault, TooLong
from pipeline.messages.formats import FORMATS, HTML, MARKDOWN, TEXT, TITLE, Format
from pipeline.messages.macs import name_of
from pipeline.messages.overrides import Overrides, read
from pipeline.messages.style import Style
from pipeline.model import Alert, Message


def renderer(style: Style) -> Callable[[Alert, str], Message]:
    """Read all templates now; what is returned renders an alert, with its key, and reads none."""
    overrides = Overrides() if style.templates is None else read(style.templates)
    for form in FORMATS:
        _built_in(form)
    return lambda alert, key: _render(alert, key, style, overrides)


def _render(alert: Alert, key: str, style: Style, overrides: Overrides) -> Message:
    name = None if alert.client is None else name_of(alert.client, style)
    whole = content(alert, name)
    texts, faults = draw(whole, overrides)
    if faults:
        notes = [_note(style.templates or "", file, fault) for file, fault in faults.items()]
        texts, _ = draw(whole.noting(notes), overrides)
    return Message(
        alert=alert,
        key=key,
        title=texts[TITLE.name],
        text=texts[TEXT.name],
        markdown=texts[MARKDOWN.name],
        html=texts[HTML.name],
    )


def draw(whole: Content, overrides: Overrides) -> tuple[dict[str, str], dict[str, str]]:
    """Return the texts by format, and by file why templates were passed over."""
    texts: dict[str, str] = {}
    faults = dict(overrides.faults)
    for form in FORMATS:
        source = overrides.sources.get(form.file)
        if source is not None:
            try:
                texts[form.name] = fitted(Compiled(source, form), form, whole)
                continue
            except TemplateFault as fault:
                faults[form.file] = str(fault)
        texts[form.name] = fitted(_built_in(form), form, whole)
    return texts, faults


def fitted(template: Compiled, form: Format, whole: Content) -> str:
    """Return the text, with as much of the end left out as the format's limit asks for.

    TemplateFault where the template cannot be used, however little there is to say.
    """
    whole = whole.shortened(form.longest_value)
    tried = _attempt(template, form, whole)
    if tried is not None:
        return tried
    best = _attempt(template, form, whole.first(0))
    if best is None:
        raise TemplateFault(f"it makes more than {form.most_bytes} bytes of nearly nothing")
    return _longest(lambda count: _attempt(template, form, whole.first(count)), whole.length, best)


def _longest(attempt: Callable[[int], str | None], length: int, best: str) -> str:
    """Return the text of the largest count below `length` that fits; `best` is that of 0."""
    fits, fails = 0, length
    while fails - fits > 1:
        middle = (fits + fails) // 2
        text = attempt(middle)
        if text is None:
            fails = middle
        else:
            fits, best = middle, text
    return best


def _attempt(template: Compiled, form: Format, part: Content) -> str | None:
    try:
        text = template.rendered(part.variables())
    except TooLong:
        return None
    return text if len(text.encode()) <= form.most_bytes else None


@cache
def _built_in(form: Format) -> Compiled:
    source = files("pipeline.messages").joinpath("templates", form.file)
    return Compiled(source.read_text(encoding="utf-8"), form)


def _note(directory: str, file: str, fault: str) -> str:
    where = printable(directory)
    if not file:
        return f"The templates in {where} were not used: {fault}."
    return f"The template {file} in {where} was not used: {fault}."
