"""The daemon: sources, runner and outbox under one stop signal.

It schedules, opens, renames, keeps the journal and owes the alerts; it never parses a dump.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib.metadata import version

from pipeline.alerts.outbox import Outbox
from pipeline.config import Settings
from pipeline.config.terms import account_remark, terms
from pipeline.confinement.confine import harden
from pipeline.daemon import awake, descriptors, stopping
from pipeline.daemon.destinations import Destinations, directories_of
from pipeline.daemon.heartbeat import Heartbeat
from pipeline.daemon.intake import Intake
from pipeline.daemon.keeper import Keeper
from pipeline.daemon.lifeline import Lifeline
from pipeline.daemon.live_report import LiveReport
from pipeline.daemon.requests import Requests
from pipeline.daemon.rounds import Rounds
from pipeline.daemon.server_watch import ServerWatch
from pipeline.daemon.space import Space
from pipeline.daemon.state_directory import StateDirectory
from pipeline.errors import TryAgain
from pipeline.journal import Journal
from pipeline.linux.notify import Notify
from pipeline.machine import Machine
from pipeline.pauses import Pauses
from pipeline.plugin import FileStage, Watch
from pipeline.publishing.publisher import Publisher, private_directories
from pipeline.retention.plan import retention_stages
from pipeline.running.abandoning import Abandoner
from pipeline.running.runner import Runner
from pipeline.workers.lanes import Lanes
from pipeline.workers.reader import Nursery

_log = logging.getLogger("panicpipe.daemon")

_PRELOAD = ("pipeline.registry.validation", "pipeline.corefile")
_DEBOUNCE = 0.1
"""Seconds between two scans at least: events come in bursts. Scans never take half of the time."""
_LONGEST_REST = 60.0
"""Seconds between two tries to use a journal that cannot be used."""
_ROUND = 2
"""Scans between two looks at what does not change with every file."""


class Daemon:
    """One run of the daemon, from `serve` until a signal."""

    def __init__(
        self, settings: Settings, state: StateDirectory, keep_awake: awake.Awake | None = None
    ) -> None:
        """Take what keeps the machine awake; left out: what this machine has for that."""
        self._awake = keep_awake or awake.for_machine(Machine())
        self._settings = settings
        self._state = state
        self._journal = Journal.open(state.path)
        self._pauses = Pauses(
            first=settings.retry_first_seconds, longest=settings.retry_longest_seconds
        )
        self._publisher = Publisher(
            self._journal, private_directories(stage.plugin for stage in settings.stages)
        )
        self._observer = LiveReport(self._journal)
        self._requests = Requests(self._journal, self._publisher, self._observer)
        children = terms(settings)
        self._nursery = Nursery(
            [*_PRELOAD, *(stage.reference.partition(":")[0] for stage in settings.stages)],
            children,
        )
        self._lanes = Lanes(
            self._nursery,
            transfers=settings.transfers,
            workers=settings.workers,
            uploads=settings.uploads,
            max_uncompressed=settings.max_uncompressed_size,
        )
        self._abandoner = Abandoner(
            (*settings.stages, *settings.others),
            journal=self._journal,
            lanes=self._lanes,
            pauses=self._pauses,
        )
        self._attention = asyncio.Event()
        self._stopping = asyncio.Event()
        self._notify = Notify.taken_from(os.environ)
        self._outbox = Outbox(
            self._journal,
            settings.notifiers,
            self._pauses,
            state.path / "receipts",
            file=settings.file,
            rules=settings.rules,
            style=settings.style,
            terms=children,
        )
        self._desk = self._outbox.desk
        self._lifeline = Lifeline(self._journal, self._desk, state.path)

    async def serve(self) -> None:
        """Work until SIGTERM, SIGINT or the end of our terminal; then stop within 5 s."""
        loop = asyncio.get_running_loop()
        stopping.hear(loop, self._stop, self._lifeline.asked_to_stop)
        loop.add_reader(self._state.wake_fd, self._asked)
        with contextlib.closing(self._journal), self._lifeline.lives():
            self._prepare()
            await self._work(self._start_sources(partial(stopping.call, loop, self._attention.set)))
        _log.info("stopped")

    async def _work(self, watches: Mapping[str, Watch]) -> None:
        keeper = self._keeper(watches)
        intakes = self._intakes(watches)
        outbox = asyncio.create_task(self._outbox.run())
        running = (keeper.run(), self._rounds(watches).run(), self._show_life())
        others = [asyncio.create_task(each) for each in running]
        self._notify.ready(f"watching {', '.join(watch.place for watch in watches.values())}")
        try:
            await self._watch(intakes, keeper, outbox)
        finally:
            await _end(others)
            await asyncio.gather(*(intake.stop() for intake in intakes), return_exceptions=True)
            await self._abandoner.stop()
            await self._nursery.stop()
            await _end([outbox])
            self._publisher.close()
            self._awake.end()
            self._forget_live()

    def _prepare(self) -> None:
        descriptors.allow()
        harden()
        remark = account_remark(self._settings)
        if remark is not None:
            _log.warning("workers run as %s", remark)
        self._forget_live()
        for stage in self._settings.stages:
            if isinstance(stage.plugin, FileStage) and stage.plugin.directory is not None:
                try:
                    swept = self._publisher.sweep(stage.plugin.directory)
                except (OSError, TryAgain) as error:
                    _log.warning("%s: not usable yet, will be tried again: %s", stage.name, error)
                else:
                    if swept:
                        _log.info("%s: removed %d unfinished files", stage.name, len(swept))
        with contextlib.suppress(sqlite3.Error):  # tried again with the next step of each dump
            self._publisher.clear_outdated_spool()
            for fault in self._publisher.remove_released():
                _log.warning("a file that nobody needs any more cannot be removed: %s", fault)

    def _forget_live(self) -> None:
        """What was in flight is of no use to anybody now, and not worth failing for."""
        with contextlib.suppress(sqlite3.Error):
            self._journal.live.clear()

    def _start_sources(self, wake: Callable[[], None]) -> dict[str, Watch]:
        watches = {}
        for source in self._settings.sources:
            watches[source.name] = source.plugin.start(wake)
            _log.info("watching %s", watches[source.name].place)
        return watches

    def _keeper(self, watches: Mapping[str, Watch]) -> Keeper:
        chain = self._settings.stages
        space = Space(
            self._journal,
            self._desk,
            self._settings.warn_below,
            has_rules=bool(retention_stages(chain)),
        )
        return Keeper(self._journal, chain, watches, self._publisher, space)

    def _rounds(self, watches: Mapping[str, Watch]) -> Rounds:
        settings = self._settings
        server = ServerWatch(
            self._journal, self._desk, settings.server_port, expected=settings.expect_listener
        )
        heartbeat = Heartbeat(
            self._journal,
            self._desk,
            settings.heartbeat_seconds,
            watches,
            version=version("panicpipe"),
            started=time.time(),
        )
        places = Destinations(self._journal, directories_of(settings))
        looks = (self._lifeline.beat, server.look, places.look, heartbeat.look)
        return Rounds(looks, _ROUND * settings.scan_seconds)

    def _intakes(self, watches: Mapping[str, Watch]) -> list[Intake]:
        runner = Runner(
            chain=self._settings.stages,
            desk=self._desk,
            pauses=self._pauses,
            journal=self._journal,
            lanes=self._lanes,
            publisher=self._publisher,
            observer=self._observer,
        )
        return [
            Intake(
                name,
                watch,
                journal=self._journal,
                runner=runner,
                observer=self._observer,
                pauses=self._pauses,
                wake=self._attention.set,
            )
            for name, watch in watches.items()
        ]

    async def _watch(
        self, intakes: list[Intake], keeper: Keeper, outbox: asyncio.Task[None]
    ) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                event, patience = self._attention, self._look(intakes, keeper)
                failures = 0
            except sqlite3.Error as error:
                failures += 1
                event, patience = self._stopping, min(self._pauses.after(failures), _LONGEST_REST)
                _log.error("the journal: %s; next try in %.0f s", error, patience)
            took = time.monotonic() - began
            self._outbox.wake()
            if outbox.done() and not outbox.cancelled() and outbox.exception() is not None:
                raise outbox.exception() or RuntimeError
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), patience)
            await asyncio.sleep(max(took, _DEBOUNCE))

    def _look(self, intakes: list[Intake], keeper: Keeper) -> float:
        """Do what there is to do; return for how many seconds there is no more."""
        self._attention.clear()
        looked = time.time()
        self._requests.answer(keeper.ask)
        keeper.look()
        for intake in intakes:
            intake.look()
        self._abandoner.look()
        self._awake.keep(any(intake.busy for intake in intakes))
        return self._sleep(looked)

    def _sleep(self, looked: float) -> float:
        """Seconds until the next thing is due that was not at the last look."""
        due = self._journal.dumps.next_due(after=looked)
        if due is None:
            return self._settings.scan_seconds
        return min(max(due - time.time(), 0.2), self._settings.scan_seconds)

    async def _show_life(self) -> None:
        """Tell systemd from time to time, where it wants to know, that this loop goes round."""
        while self._notify.every:
            self._notify.alive()
            await asyncio.sleep(self._notify.every)

    def _asked(self) -> None:
        self._state.drain()
        self._attention.set()

    def _stop(self) -> None:
        if not self._stopping.is_set():
            _log.info("stopping")
            self._notify.stopping()
        self._stopping.set()
        self._attention.set()


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
