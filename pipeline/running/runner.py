"""Takes one dump through its verdict and its stages: retry, resume, outcome."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from pipeline.corefile import DumpName
from pipeline.errors import DumpChanged, RefusedDirectory, Rejected, TryAgain, WireError
from pipeline.journal import Journal
from pipeline.journal.rows import DumpRow, State
from pipeline.journal.steps import READ
from pipeline.model import Dump, Identity, Verdict
from pipeline.pauses import Pauses
from pipeline.plugin import Stage, Transfer
from pipeline.publishing.publisher import Publisher
from pipeline.registry.discovery import Built
from pipeline.running.observer import Observer
from pipeline.running.outcome import Ending, alert_for, summary
from pipeline.running.reading import Judgement, Reading, Unreadable
from pipeline.running.stepping import Conversation
from pipeline.workers.deaths import MOST_DEATHS, Losses, StepFailed, WorkerLost
from pipeline.workers.lanes import Lanes, Lease

_LATEST_NS = (1 << 63) - 1
"""The year 2262: stages need not know of the times beyond that anybody can give a file."""


class Parked(Exception):
    """The dump cannot go on until somebody looks at it."""


class Runner:
    """Does all that is to be done with one dump now."""

    def __init__(
        self,
        *,
        chain: Sequence[Built[Stage]],
        routes: Sequence[str],
        pauses: Pauses,
        journal: Journal,
        lanes: Lanes,
        publisher: Publisher,
        observer: Observer,
    ) -> None:
        self._chain = tuple(chain)
        self._stages = {stage.name: stage for stage in chain}
        self._routes = tuple(routes)
        self._pauses = pauses
        self._journal = journal
        self._lanes = lanes
        self._publisher = publisher
        self._observer = observer

    async def carry(self, row: DumpRow, transfer: Transfer) -> DumpRow | None:
        """Take a dump as far as it goes now: to its end, or to its next retry.

        Returns the next revision, to be carried in turn, where the file changed under us.
        """
        lease: Lease | None = None
        try:
            if row.inspection is None:
                row, lease = await self._judge(row, transfer)
            elif transfer.look() != row.identity:
                self._recover_if_possible(row)
                raise DumpChanged("it changed since it was judged")
            if row.state is State.PENDING:
                await self._steps(row, transfer, lease)
                self.end(row, State.DONE, self._ended_by(row))
        except DumpChanged as change:
            return self.revise(row, row.raw_name, transfer.look(), str(change))
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
            self._group(self._remaining(row)),
            lanes=self._lanes,
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

    async def _steps(self, row: DumpRow, transfer: Transfer, lease: Lease | None) -> None:
        """Run what remains of the chain, in as many workers as it takes."""
        self.recover(row)
        losses = Losses()
        while group := self._group(self._remaining(row)):
            if lease is not None and list(lease.stages) != [stage.name for stage in group]:
                await lease.close()
                lease = None
            try:
                if lease is None:
                    lease = await self._lanes.work(row.raw_name, transfer.fd, group, read=False)
                await self._converse(row, transfer, lease)
            except WorkerLost as loss:
                await losses.bear(group[0].name, loss)
            finally:
                if lease is not None:
                    await lease.close()
            lease = None

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
            await talk.run(self._dump(row))
        except WorkerLost:
            raise
        except WireError as error:
            if talk.stage is not None:
                self._died(row, talk.stage, error)

    def _died(self, row: DumpRow, stage: str, error: WireError) -> None:
        deaths = self._journal.steps.die(row.id, stage, str(error))
        self._observer.note(row, f"{stage} failed: {error}")
        if deaths >= MOST_DEATHS:
            raise Parked(f"{stage}: {deaths} workers died at this step: {error}")

    def recover(self, row: DumpRow) -> None:
        """Finish what a crash interrupted between a step's result and its files' final names."""
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

    def _recover_if_possible(self, row: DumpRow) -> None:
        """A file that has its final name already must be on record, whatever the dump is now."""
        with contextlib.suppress(StepFailed):
            self.recover(row)

    def _remaining(self, row: DumpRow) -> list[Built[Stage]]:
        steps = self._journal.steps.of(row.id)
        done = {name: step for name, step in steps.items() if step.state == "done"}
        if any(step.ends is not None for step in done.values()):
            return []
        return [stage for stage in self._chain if stage.name not in done]

    @staticmethod
    def _group(stages: Sequence[Built[Stage]]) -> list[Built[Stage]]:
        """The first stages that one worker may run: those that want the same rights."""
        group: list[Built[Stage]] = []
        for stage in stages:
            if group and stage.plugin.runs_in != group[0].plugin.runs_in:
                break
            group.append(stage)
        return group

    def _ended_by(self, row: DumpRow) -> str | None:
        steps = self._journal.steps.of(row.id).values()
        return next((step.ends for step in steps if step.ends is not None), None)

    # Outcomes.

    def publishes(self, row: DumpRow) -> bool:
        """Whether a finished step's files still wait for their final names."""
        return any(step.state == "publishing" for step in self._journal.steps.of(row.id).values())

    def end_without_file(self, row: DumpRow) -> None:
        """Bring a dump to its end whose file is gone: done, where the file is not needed."""
        try:
            self.recover(row)
        except StepFailed as failed:
            self._postpone(row, failed)
            return
        if row.inspection is not None and not self._remaining(row):
            self.end(row, State.DONE, self._ended_by(row))
        else:
            self.end(row, State.GONE, "the file was removed before it was processed")

    def end(self, row: DumpRow, state: State, reason: str | None) -> None:
        """Record an outcome and what is owed for it, in one transaction."""
        now = time.time()
        with self._journal.transaction():
            self._journal.dumps.end(row.id, state, reason, now)
            ended = self._journal.dumps.get(row.id)
            ending = Ending(
                row=ended,
                client=DumpName.parse(row.raw_name).client,
                generated_name=DumpName.parse(row.raw_name).generated,
                artifacts=tuple(self._journal.steps.artifacts(row.id)),
            )
            older = ended.previous
            while older is not None:
                self._journal.outbox.supersede(older, row.id)
                older = self._journal.dumps.get(older).previous
            alert = alert_for(ending)
            if alert is not None:
                self._journal.outbox.owe(row.id, self._routes, alert, now)
        self._observer.note(ended, summary(ending))

    def revise(self, row: DumpRow, raw_name: bytes, identity: Identity, why: str) -> DumpRow:
        """Begin a new revision of a file that is not what was judged."""
        now = time.time()
        if row.state is State.IGNORED:
            with self._journal.transaction():
                self._journal.steps.forgive(row.id)
                self._journal.dumps.restart(row.id, identity)
            return self._journal.dumps.get(row.id)
        with self._journal.transaction():
            if row.state in (State.PENDING, State.ARRIVING):
                self._journal.dumps.end(row.id, State.SUPERSEDED, why, now)
            revision = self._journal.dumps.add(
                source=row.source,
                raw_name=raw_name,
                identity=identity,
                now=now,
                previous=row,
                reuses=row.reuses,
            )
        self._observer.note(revision, f"{why}: revision {revision.revision}, judged afresh")
        return revision

    def _postpone(self, row: DumpRow, failed: StepFailed) -> None:
        if isinstance(failed.error, Rejected):
            self._journal.steps.fail(row.id, failed.stage, str(failed.error))
            self.end(row, State.PARKED, str(failed))
            return
        attempts = self._journal.steps.fail(row.id, failed.stage, str(failed.error))
        pause = self._pauses.after(attempts)
        self._journal.dumps.postpone(row.id, str(failed), time.time() + pause)
        self._observer.note(row, f"{failed}; next try in {pause:.0f} s")

    @staticmethod
    def _dump(row: DumpRow) -> Dump:
        assert row.inspection is not None  # noqa: S101  a pending row has been judged
        assert row.finished is not None  # noqa: S101
        return Dump(
            id=row.id,
            name=row.name,
            raw_name=row.raw_name,
            size=row.identity.size,
            mtime_ns=min(max(row.identity.mtime_ns, -_LATEST_NS), _LATEST_NS),
            arrived=row.arrived,
            finished=row.finished,
            client=DumpName.parse(row.raw_name).client,
            revision=row.revision,
            inspection=row.inspection,
        )
