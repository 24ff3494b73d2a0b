"""A journal, an outbox on it, and notifiers as the configuration would build them."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from pipeline.alerts.outbox import Outbox
from pipeline.journal import Journal
from pipeline.journal.rows import OwedAlert
from pipeline.model import Alert, Identity
from pipeline.notifiers.apprise import AppriseNotifier
from pipeline.owing import Rule
from pipeline.pauses import Pauses
from pipeline.plugin import Notifier
from pipeline.registry.discovery import Built

PATIENCE = 30.0
QUICK = Pauses(first=0.05, longest=0.2)


def built(plugin: Notifier, name: str = "ops") -> Built[Notifier]:
    cls = type(plugin)
    fields = {each.name: getattr(plugin, each.name) for each in dataclasses.fields(plugin)}
    return Built(
        name=name,
        use=cls.__name__.lower(),
        reference=f"{cls.__module__}:{cls.__qualname__}",
        config=msgspec.to_builtins(fields, enc_hook=str),
        plugin=plugin,
    )


def apprise(*urls: str, name: str = "ops", **options: Any) -> Built[Notifier]:
    return built(AppriseNotifier(urls=urls, **options), name)


def alert(title: str = "10.0.40.7: core complete", **parts: Any) -> Alert:
    body: str = parts.pop("body", "Mac: x")
    return Alert(event="dump.complete", what=title, remarks=tuple(body.splitlines()), **parts)


class Lane:
    """One state directory; each `running` is one life of the daemon."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.journal = Journal.open(place)
        identity = Identity(inode=1, size=1, mtime_ns=1)
        row = self.journal.dumps.add(source="test", raw_name=b"core", identity=identity, now=1.0)
        self.dump = row.id

    def owe(self, outbox: Outbox, *titles: str) -> None:
        for title in titles:
            self.journal.outbox.owe(self.dump, outbox.routes, alert(title), time.time())
        outbox.wake()

    def outbox(
        self,
        *notifiers: Built[Notifier],
        pauses: Pauses = QUICK,
        limit: float = 20,
        rule: Rule | None = None,
    ) -> Outbox:
        return Outbox(
            self.journal,
            notifiers,
            pauses,
            self.place / "receipts",
            limit=limit,
            rules={each.name: rule or Rule() for each in notifiers},
        )

    def hurry(self) -> None:
        """Make all pauses end now."""
        with sqlite3.connect(self.place / "journal.sqlite3", timeout=10) as connection:
            connection.execute("UPDATE outbox SET next_try = 0")

    def alerts(self) -> list[OwedAlert]:
        return self.journal.outbox.of(self.dump)

    def settled(self) -> bool:
        return not self.journal.outbox.pending()


@contextlib.asynccontextmanager
async def running(outbox: Outbox) -> Any:
    task = asyncio.create_task(outbox.run())
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.02)


def send_all(lane: Lane, outbox: Outbox, *titles: str) -> list[OwedAlert]:
    """Owe alerts of these titles and let the outbox run until nothing is owed any more."""

    async def life() -> None:
        async with running(outbox):
            await until(lane.settled)

    lane.owe(outbox, *titles)
    asyncio.run(life())
    return lane.alerts()
