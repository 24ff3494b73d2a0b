"""Which samples and which routes an `alert` command is about."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import click

from pipeline.alerts.routes import Route, routes
from pipeline.config import Settings
from pipeline.display import one_line
from pipeline.errors import ConfigError, PanicPipeError
from pipeline.model import Alert
from pipeline.owing import Rule
from pipeline.registry.discovery import origin
from pipeline.registry.wording import did_you_mean

Samples = Mapping[str, Alert]
_DIGEST = "digest"


def known_event(samples: Samples, event: str) -> str:
    """Return the event; wrong usage where there is none of that name."""
    if event in samples:
        return event
    hint = did_you_mean(event, samples) or ";"
    known = ", ".join(samples)
    raise click.UsageError(f'there is no event "{one_line(event, 64)}"{hint} there are: {known}')


def chosen(settings: Settings, name: str | None) -> Sequence[Route]:
    """Return the routes of that name, or of the notifier of that name; all where none is given."""
    if not settings.notifiers:
        raise ConfigError(
            f"{origin(settings.file)}: no notifier is configured, so nobody is told anything: add "
            '[notifiers.ops] with use = "apprise" and urls = ["slack://…"]'
        )
    there = routes(settings.notifiers, settings.file)
    found = [route for route in there if name in (None, route.name, route.notifier)]
    if not found:
        known = ", ".join(route.name for route in there)
        raise PanicPipeError(f'there is no route "{one_line(name or "", 64)}"; there are: {known}')
    return found


def taken(rule: Rule, samples: Samples) -> Sequence[str]:
    """Return the events that a route of this rule gets, whichever Mac they are about."""
    return [event for event, sample in samples.items() if takes(rule, sample, samples)]


def takes(rule: Rule, alert: Alert, samples: Samples) -> bool:
    """Whether a route of this rule gets it, wherever it happened: a sample's Mac is made up.

    A digest goes wherever alerts that can be grouped do.
    """
    anywhere = dataclasses.replace(rule, hosts=())
    if alert.event != _DIGEST:
        return anywhere.takes(alert)
    alike = (each for each in samples.values() if each.signature and each.event != _DIGEST)
    return rule.group_seconds > 0 and any(map(anywhere.takes, alike))
