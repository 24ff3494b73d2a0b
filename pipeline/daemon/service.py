"""The daemon: sources, runner and outbox under one stop signal.

It schedules, opens, renames, keeps the journal and owes the alerts; it never parses a dump.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

from pipeline.alerts.outbox import Outbox
from pipeline.config import Settings
from pipeline.daemon import signals
from pipeline.daemon.intake import Intake
from pipeline.daemon.keeper import PRUNE, Keeper
from pipeline.daemon.live_report import LiveReport
from pipeline.daemon.space import Space
from pipeline.daemon.state_directory import StateDirectory
from pipeline.errors import TryAgain
from pipeline.journal import Journal
from pipeline.journal.rows import OPEN_STATES, State
from pipeline.owing import Desk
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
_STOP_LIMIT = 4.0
"""Seconds after which the process leaves, whatever hangs: the journal can bear it."""
_DESCRIPTORS = 4096


class Daemon:
    """One run of the daemon, from `serve` until a signal."""

    def __init__(self, settings: Settings, state: StateDirectory) -> None:
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
        self._nursery = Nursery(
            [*_PRELOAD, *(stage.reference.partition(":")[0] for stage in settings.stages)]
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
        self._outbox = Outbox(
            self._journal,
            settings.notifiers,
            self._pauses,
            state.path / "receipts",
            file=settings.file,
            style=settings.style,
        )
        self._desk = Desk(self._journal, self._outbox.destinations(settings.rules))

    async def serve(self) -> None:
        """Work until SIGTERM, SIGINT or the end of our terminal; then stop within 5 s."""
        loop = asyncio.get_running_loop()
        self._hear_signals(loop)
        loop.add_reader(self._state.wake_fd, self._asked)
        self._prepare()
        watches = self._start_sources(partial(_call, loop, self._attention.set))
        keeper = self._keeper(watches)
        intakes = self._intakes(watches)
        outbox = asyncio.create_task(self._outbox.run())
        keeping = asyncio.create_task(keeper.run())
        try:
            await self._watch(intakes, keeper, outbox)
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
            await asyncio.gather(*(intake.stop() for intake in intakes), return_exceptions=True)
            await self._abandoner.stop()
            await self._nursery.stop()
            outbox.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await outbox
            self._publisher.close()
            self._forget_live()
            self._journal.close()
            _log.info("stopped")

    def _hear_signals(self, loop: asyncio.AbstractEventLoop) -> None:
        stop = partial(_stop_surely, partial(_call, loop, self._stop))
        calls: dict[int, Callable[[], None]] = {signal.SIGTERM: stop, signal.SIGINT: stop}
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
            calls[signal.SIGHUP] = stop if _has_terminal() else partial(_call, loop, _shrug)
        signals.listen(calls)

    def _prepare(self) -> None:
        _allow_descriptors()
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
        self._answer_requests(keeper)
        keeper.look()
        for intake in intakes:
            intake.look()
        self._abandoner.look()
        return self._sleep(looked)

    def _sleep(self, looked: float) -> float:
        """Seconds until the next thing is due that was not at the last look."""
        due = self._journal.dumps.next_due(after=looked)
        if due is None:
            return self._settings.scan_seconds
        return min(max(due - time.time(), 0.2), self._settings.scan_seconds)

    def _answer_requests(self, keeper: Keeper) -> None:
        for number, action, dump in self._journal.requests.all():
            with self._journal.transaction():
                self._journal.requests.remove(number)
                if action == PRUNE:
                    keeper.ask()
                row = self._journal.dumps.find(dump)
                if action != "retry" or row is None:
                    continue
                if row.current and (row.state is State.PARKED or row.state in OPEN_STATES):
                    if row.state is State.PARKED:
                        self._publisher.take_back_lost(dump)
                    self._journal.steps.forgive(dump)
                    self._journal.dumps.reopen(dump)
                    self._observer.note(row, "taken up again on request")

    def _asked(self) -> None:
        self._state.drain()
        self._attention.set()

    def _stop(self) -> None:
        if not self._stopping.is_set():
            _log.info("stopping")
        self._stopping.set()
        self._attention.set()


def _stop_surely(stop: Callable[[], None]) -> None:
    """Stop, and leave in any case; called in the thread that hears signals."""
    last_resort = threading.Timer(_STOP_LIMIT, os._exit, [0])
    last_resort.daemon = True
    last_resort.start()
    stop()


def _shrug() -> None:
    """Do nothing on SIGHUP, somebody's habit: stopping would leave the service stopped."""
    _log.info("SIGHUP: the configuration is read at the start only; restart to have it read")


def _call(loop: asyncio.AbstractEventLoop, what: Callable[[], object]) -> None:
    """Have it called in the loop, from another thread, also after the loop has ended."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(what)


def _has_terminal() -> bool:
    return any(os.isatty(descriptor) for descriptor in range(3))


def _allow_descriptors() -> None:
    """Raise the soft limit: a shell on macOS gives 256."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
