"""`panicpipe alert pending`: what is owed to whom, why it is not sent yet, and how routes do."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from pipeline.cli import alert_phrases, output, phrases
from pipeline.cli.alert_value import owed_value, route_value
from pipeline.cli.journals import reading, state_directory
from pipeline.cli.layout import Entry, Line, Section, sections, wrapped
from pipeline.cli.options import config_option, json_option
from pipeline.cli.starting import not_running
from pipeline.daemon.state_directory import running
from pipeline.journal.rows import OwedAlert, RouteRow


@click.command()
@json_option
@config_option
def pending(as_json: bool, config: Path | None) -> None:
    """List the alerts that are owed, and how sending over each route goes.

    The number before an alert is its own, for `panicpipe alert drop`. Alerts to one route go out in
    order.
    """
    directory = state_directory(config)
    with reading(directory) as journal, journal.snapshot():
        owed, routes = journal.outbox.pending(), journal.routes.all()
        alive = running(directory)
    if as_json:
        output.print_json(
            {
                "running": alive,
                "owed": [owed_value(each) for each in owed],
                "routes": [route_value(row, owed) for row in routes],
            }
        )
        return
    down = None if alive else not_running(directory)
    for line in pending_lines(owed, routes, down=down, width=output.width()):
        output.say(line.text, line.style)


def pending_lines(
    owed: Sequence[OwedAlert], routes: Sequence[RouteRow], *, down: Line | None, width: int | None
) -> Iterator[Line]:
    """Lay out what is owed, route by route, then the routes; `down` where no daemon runs."""
    now, alive = time.time(), down is None
    for line in _head(owed, down):
        yield from wrapped(line, "", "", width)
    resting = {row.name: row.not_before for row in routes}
    waiting = alert_phrases.per_route(owed)
    parts = [
        Section(
            heading=route,
            entries=list(_entries(alerts, now, alive=alive, rest=resting.get(route, 0.0))),
            style="bold",
        )
        for route, alerts in waiting.items()
    ]
    known = [_route(row, len(waiting.get(row.name, ())), now) for row in routes]
    yield from sections([*parts, Section(heading="Routes", entries=known, style="bold")], width)


def _head(owed: Sequence[OwedAlert], down: Line | None) -> Iterator[Line]:
    if not owed:
        yield Line("Nothing is owed.", "green")
        return
    yield Line(f"Owed: {alert_phrases.summed(owed)}.", "yellow")
    if down is not None:
        yield down


def _route(row: RouteRow, waiting: int, now: float) -> Entry:
    style = None if row.failing_since is None else "red"
    how = Line(alert_phrases.route(row, waiting, now), style)
    return Entry(number="", name=row.name, details=[how])


def _entries(
    alerts: Sequence[OwedAlert], now: float, *, alive: bool, rest: float
) -> Iterator[Entry]:
    """One entry for each alert, but one for all that are told together."""
    first = next((each for each in alerts if _takes_turns(each)), None)
    for company in _companies(alerts):
        head = company[0]
        text = alert_phrases.standing(head, now, alive=alive, rest=rest)
        if first is not None and _takes_turns(head) and head.id > first.id and not head.attempts:
            text = f"after {first.id}"
        others = company[1:]
        together = f"and {alert_phrases.numbers(others)}" if others else ""
        yield Entry(
            number=str(head.id),
            name=f"{alert_phrases.about(head)}, since {phrases.when(head.created)}",
            details=[
                line for line in (Line(head.alert.title), Line(together), Line(text)) if line.text
            ],
        )


def _takes_turns(owed: OwedAlert) -> bool:
    return not owed.aside and not alert_phrases.waits_for_others(owed)


def _companies(alerts: Sequence[OwedAlert]) -> Iterator[Sequence[OwedAlert]]:
    """Put together what is held for, or told by, the same digest; all else stays by itself."""
    found: dict[object, list[OwedAlert]] = {}
    for owed in alerts:
        alone = not alert_phrases.waits_for_others(owed)
        key = (owed.id,) if alone else (owed.digest, owed.group_key)
        found.setdefault(key, []).append(owed)
    yield from found.values()
