"""Tells from time to time that all is well: silence alone could mean anything."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from pipeline.daemon.heartbeat_alert import EVENT, Health
from pipeline.daemon.server_alert import EVENT as DOWN
from pipeline.journal import Journal
from pipeline.journal.rows import State
from pipeline.owing import Desk
from pipeline.plugin import Watch

_log = logging.getLogger("panicpipe.daemon")

_LAST = f"{EVENT}:last"


class Heartbeat:
    """Beats one period after the first start, and each period from then on, across restarts."""

    def __init__(
        self,
        journal: Journal,
        desk: Desk,
        period: float,
        watches: Mapping[str, Watch],
        *,
        version: str,
        started: float,
    ) -> None:
        """Take the seconds between two; 0: never."""
        self._journal = journal
        self._desk = desk
        self._period = period
        self._watches = dict(watches)
        self._version = version
        self._started = started

    def look(self, now: float) -> None:
        """Tell, if it is time.

        A clock that is set back makes nobody wait for more than one period, one that is set
        forward gives one heartbeat and not many.
        """
        last = self._journal.conditions.find(_LAST)
        if self._period == 0:
            if last is not None:
                self._journal.conditions.clear(_LAST)
        elif last is None or last.since > now:
            self._journal.conditions.put(_LAST, now, "")
        elif now - last.since >= self._period:
            health = self._health(last.since, now)
            with self._journal.transaction():
                self._journal.conditions.put(_LAST, now, "")
                self._desk.owe(None, health.alert(), now)
            _log.info("%s", health.alert().what)

    def _health(self, since: float, now: float) -> Health:
        journal = self._journal
        volumes = {watch.place: watch.volume() for watch in self._watches.values()}
        return Health(
            version=self._version,
            started=self._started,
            since=since,
            now=now,
            period=self._period,
            verdicts=journal.dumps.verdicts(since, now),
            parked=sum(row.current for row in journal.dumps.by_state(State.PARKED)),
            archives=journal.dumps.counts().get(State.ARCHIVING, 0),
            alerts=journal.outbox.count().total(),
            failing=[route.name for route in journal.routes.all() if route.failing_since],
            server=tuple(down.text for down in journal.conditions.of_kind(DOWN)),
            free={
                place: None if volume is None else volume.free for place, volume in volumes.items()
            },
        )
