"""Takes one dump through its verdict and its stages: announce, retry, resume, outcome."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from pipeline.errors import DumpChanged, RefusedDirectory, Rejected, TryAgain, WireError
from pipeline.journal import Journal
from pipeline.journal.rows import OPEN_STATES, DumpRow, State
from pipeline.journal.steps import READ
from pipeline.model import Identity, Verdict
from pipeline.owing import Desk
from pipeline.pauses import Pauses
from pipeline.plugin import Stage, Transfer
from pipeline.publishing.publisher import Publisher
from pipeline.registry.discovery import Built
from pipeline.running.absent import Absent
from pipeline.running.as_dump import as_dump
from pipeline.running.chain import all_background, ended_by, first_group, read_dump, remaining
from pipeline.running.observer import Observer
from pipeline.running.reading import Judgement, Reading, Unreadable
from pipeline.running.recording import Outcomes
from pipeline.running.stepping import Conversation
from pipeline.workers.deaths import MOST_DEATHS, Losses, StepFailed, WorkerLost
from pipeline.workers.lanes import Lanes, Lease


class Parked(Exception):
    """The dump cannot go on until somebody looks at it."""


class Runner:
    """Does all that is to be done with one dump now."""

    def __init__(
        self,
        *,
        chain: Sequence[Built[Stage]],
        desk: Desk,
        pauses: Pauses,
        journal: Journal,
        lanes: Lanes,
        publisher: Publisher,
        observer: Observer,
    ) -> None:
        self._chain = tuple(chain)
        self._stages = {stage.name: stage for stage in chain}
        self._pauses = pauses
        self._journal = journal
        self._lanes = lanes
        self._publisher = publisher
        self._observer = observer
        self._outcomes = Outcomes(journal, desk, observer)

    async def carry(self, row: DumpRow, transfer: Transfer) -> DumpRow | None:
        """Take a dump as far as it goes now: to its end, or to its next retry.

        Or as far as its file is needed: where it `goes_on_without_file`, carry it again with an
        `Absent` one. Returns the next revision, to be carried in turn, where the file changed
        under us.
        """
        lease: Lease | None = None
        try:
            if row.inspection is None:
                row, lease = await self._judge(row, transfer)
            elif transfer.look() != row.identity:
                self._recover_if_possible(row)
                raise DumpChanged("it changed since it was judged")
            if row.state in (State.PENDING, State.ARCHIVING) and await self._steps(
                row, transfer, lease
            ):
                self.end(row, State.DONE, ended_by(self._journal.steps.of(row.id)))
        except DumpChanged as change:
            return self._changed(row, transfer, change)
        except Parked as parked:
            self.end(row, State.PARKED, str(parked))
        except StepFailed as failed:
            self._postpone(row, failed)
        except OSError as error:  # of the dump's own volume: those of outputs are StepFailed
            reason = f"the dump cannot be read now: {error.strerror or error}"
            self._postpone(row, StepFailed(READ, TryAgain(reason)))
        finally:
            if lease is not None:
                await lease.close()
            self._observer.idle(row)
        return None

    async def _judge(self, row: DumpRow, transfer: Transfer) -> tuple[DumpRow, Lease | None]:
        reading = Reading(
            row,
            transfer,
            self._first_readers(row),
            lanes=self._lanes,
            outcomes=self._outcomes,
            journal=self._journal,
            observer=self._observer,
        )
        try:
            judgement = await reading.run()
        except Unreadable as error:
            self._journal.dumps.identify(row.id, error.identity)
            raise Parked(str(error)) from error
        try:
            return self._record(row, judgement), judgement.lease
        except BaseException:
            if judgement.lease is not None:
                await judgement.lease.close()
            raise

    def _record(self, row: DumpRow, judgement: Judgement) -> DumpRow:
        inspection = judgement.inspection
        with self._journal.transaction():
            self._journal.dumps.judge(
                row.id, judgement.identity, inspection, judgement.finish, time.time()
            )
            self._journal.steps.complete(row.id, READ, time.time())
            if inspection.verdict is Verdict.NOT_A_DUMP:
                reason = inspection.reason
                self._journal.dumps.end(row.id, State.IGNORED, reason, time.time())
        row = self._journal.dumps.get(row.id)
        self._observer.note(row, f"{inspection.verdict}: {inspection.reason}")
        return row

    # Stages.

    async def _steps(self, row: DumpRow, transfer: Transfer, lease: Lease | None) -> bool:
        """Run what remains of the chain, in as many workers as it takes.

        False where what remains does not need the file, which is still open: it is let go first.
        """
        self.recover(row)
        losses = Losses()
        while remaining := self._remaining(row):
            if all_background(remaining) and row.announced is None:
                row = self._outcomes.announce(row)
            group = first_group(remaining)
            if lease is not None and lease.stages != tuple(stage.name for stage in group):
                await lease.close()
                lease = None
            if lease is None and not isinstance(transfer, Absent) and not read_dump(remaining):
                return False
            try:
                if lease is None:
                    fd = transfer.fd if read_dump(group) else None
                    lease = await self._lanes.work(row.raw_name, fd, group)
                await self._converse(row, transfer, lease)
            except WorkerLost as loss:
                await losses.bear(group[0].name, loss)
            finally:
                if lease is not None:
                    await lease.close()
            lease = None
        return True

    async def _converse(self, row: DumpRow, transfer: Transfer, lease: Lease) -> None:
        talk = Conversation(
            row,
            transfer,
            lease,
            self._stages,
            journal=self._journal,
            publisher=self._publisher,
            observer=self._observer,
        )
        try:
            await talk.run(as_dump(row))
        except WorkerLost:
            raise
        except WireError as error:
            if talk.stage is not None:
                self._died(row, talk.stage, error)

    def _died(self, row: DumpRow, stage: str, error: WireError) -> None:
        deaths = self._outcomes.died(row, stage, error, MOST_DEATHS)
        self._observer.note(row, f"{stage} failed: {error}")
        if deaths >= MOST_DEATHS:
            raise Parked(f"{stage}: {deaths} workers died at this step: {error}")

    def recover(self, row: DumpRow) -> None:
        """Finish what a crash interrupted between a step's result and its files' final names.

        And what was to be removed then, as far as that can be now.
        """
        for step in self._journal.steps.of(row.id).values():
            if step.state != "publishing":
                continue
            try:
                self._publisher.complete(row.id, step.stage, row.raw_name)
            except FileNotFoundError:
                self._journal.steps.forget(row.id, step.stage)
            except OSError as error:
                reason = error.strerror or str(error)
                raise StepFailed(step.stage, TryAgain(reason)) from error
            except (TryAgain, RefusedDirectory) as error:
                raise StepFailed(step.stage, TryAgain(str(error))) from error
        self._publisher.remove_released(row.id)

    def _recover_if_possible(self, row: DumpRow) -> None:
        """A file that has its final name already must be on record, whatever the dump is now."""
        with contextlib.suppress(StepFailed):
            self.recover(row)

    def _remaining(self, row: DumpRow) -> tuple[Built[Stage], ...]:
        return remaining(self._chain, self._journal.steps.of(row.id))

    def _first_readers(self, row: DumpRow) -> tuple[Built[Stage], ...]:
        """Return the stages that the worker which reads the dump may go on with, in its lane.

        None that keeps the daemon's rights, or the network: whoever parses has neither.
        """
        group = first_group(self._remaining(row))
        apart = any(each.plugin.remote or each.plugin.runs_in == "daemon" for each in group)
        return () if apart else group

    def goes_on_without_file(self, row: DumpRow) -> bool:
        """Whether work remains, and none of it needs the dump's own file."""
        judged = row.state in (State.PENDING, State.ARCHIVING) and row.inspection is not None
        return judged and not read_dump(self._remaining(row))

    # Outcomes.

    def publishes(self, row: DumpRow) -> bool:
        """Whether a finished step's files still wait for their final names."""
        return any(step.state == "publishing" for step in self._journal.steps.of(row.id).values())

    def end_without_file(self, row: DumpRow) -> None:
        """Bring a dump to its end whose file is gone, unless it `goes_on_without_file`."""
        try:
            self.recover(row)
        except StepFailed as failed:
            self._postpone(row, failed)
            return
        if self.goes_on_without_file(row):
            return
        if row.announced is None:
            self.end(row, State.GONE, "the file was removed before it was processed")
            return
        name = next(stage.name for stage in self._remaining(row) if stage.plugin.reads_dump)
        self.end(row, State.GONE, f"the file was removed or moved away before {name} had read it")

    def end(self, row: DumpRow, state: State, reason: str | None) -> None:
        """Record an outcome and what is owed for it, in one transaction."""
        self._outcomes.end(row, state, reason)

    def _changed(self, row: DumpRow, transfer: Transfer, change: DumpChanged) -> DumpRow | None:
        if isinstance(transfer, Absent):
            self.end(row, State.PARKED, f"a stage that does not read the dump says: {change}")
            return None
        return self.revise(row, row.raw_name, transfer.look(), str(change))

    def revise(self, row: DumpRow, raw_name: bytes, identity: Identity, why: str) -> DumpRow:
        """Begin a new revision of a file that is not what was judged."""
        now = time.time()
        if row.state is State.IGNORED:
            with self._journal.transaction():
                self._journal.steps.forgive(row.id)
                self._journal.dumps.restart(row.id, identity)
            return self._journal.dumps.get(row.id)
        with self._journal.transaction():
            if row.state in OPEN_STATES:
                self._journal.dumps.end(row.id, State.SUPERSEDED, why, now)
            revision = self._journal.dumps.add(
                source=row.source,
                raw_name=raw_name,
                identity=identity,
                now=now,
                previous=row,
                reuses=row.reuses,
            )
        self._publisher.clear_outdated_spool()
        self._observer.note(revision, f"{why}: revision {revision.revision}, judged afresh")
        return revision

    def _postpone(self, row: DumpRow, failed: StepFailed) -> None:
        if isinstance(failed.error, Rejected):
            self._journal.steps.fail(row.id, failed.stage, str(failed.error))
            self.end(row, State.PARKED, str(failed))
            return
        self._outcomes.postpone(row, failed, self._pauses)
