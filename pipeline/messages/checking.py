"""Tries out templates before an alert has to."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.display import printable
from pipeline.messages.content import content
from pipeline.messages.engine import Compiled, TemplateFault
from pipeline.messages.formats import FORMATS, Format
from pipeline.messages.overrides import read
from pipeline.messages.rendering import fitted
from pipeline.messages.samples import samples


def check_templates(directory: str) -> list[str]:
    """Return what is wrong with the templates in there, a line each; renders every sample."""
    return list(_faults(directory))


def _faults(directory: str) -> Iterator[str]:
    found = read(directory)
    where = printable(directory)
    for file, fault in found.faults.items():
        yield f"{where}/{file}: {fault}" if file else f"{where}: {fault}"
    for name in found.strangers:
        known = ", ".join(form.file for form in FORMATS)
        yield f"{where}/{name}: no message asks for this template; there are: {known}"
    for form in FORMATS:
        source = found.sources.get(form.file)
        wrong = None if source is None else _fault(source, form)
        if wrong:
            yield f"{where}/{form.file}: {wrong}"


def _fault(source: str, form: Format) -> str | None:
    """Return the first thing that goes wrong."""
    try:
        template = Compiled(source, form)
    except TemplateFault as fault:
        return str(fault)
    for event, alert in samples().items():
        for name in (None, "lab-mini-3"):
            try:
                fitted(template, form, content(alert, name))
            except TemplateFault as fault:
                return f"{fault} (in the sample of {event})"
    return None
