"""What is still to come for each dump, as far as it concerns the files that are kept of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pipeline.corefile import DumpName
from pipeline.journal.rows import ArtifactRow, DumpRow, State
from pipeline.model import Heap, Kind, Verdict
from pipeline.plugin import FileStage, Retention, Stage
from pipeline.registry.discovery import Built

Done = Mapping[str, bool]
"""Stages that are done for a dump; True for one that ended the chain."""

_BEFORE_ITS_ALERT = frozenset({State.ARRIVING, State.PENDING})


class Prospects:
    """What the configured chain does with dumps, and which of them it has done it with."""

    def __init__(
        self,
        chain: Sequence[Built[Stage]],
        rows: Sequence[DumpRow],
        done: Mapping[int, Done],
        asked_for: frozenset[int],
    ) -> None:
        """Take every revision of every dump, and those that are about to be taken up again."""
        self._chain = tuple(chain)
        self._done = done
        self._asked_for = asked_for
        self._next = {row.previous: row for row in rows if row.previous is not None}
        self._cores: defaultdict[str, list[DumpRow]] = defaultdict(list)
        for row in rows:
            client = DumpName.parse(row.raw_name).client
            if client is not None and _is_complete_core(row):
                self._cores[client].append(row)

    def heap(self, stage: str) -> Heap:
        """Where what a stage made belongs; of a stage that is no longer configured, to people."""
        plugin = next((each.plugin for each in self._chain if each.name == stage), None)
        return "spool" if isinstance(plugin, FileStage) and plugin.keeps == "spool" else "zips"

    def needs_core(self, row: DumpRow) -> bool:
        """Whether work goes on that reads the dump's own file."""
        return self._is_busy(row) or any(stage.reads_dump for stage in self._remaining(row))

    def needs_artifact(self, row: DumpRow, made: ArtifactRow) -> bool:
        """Whether work goes on that opens what a stage made."""
        on_its_way = self.heap(made.stage) == "spool"
        return self._is_busy(row) or any(
            on_its_way or made.kind in stage.needs for stage in self._remaining(row)
        )

    def _is_busy(self, row: DumpRow) -> bool:
        return row.state in _BEFORE_ITS_ALERT or row.id in self._asked_for

    def _remaining(self, row: DumpRow) -> list[Stage]:
        """What will yet be done with a dump that was announced; retention itself is nothing."""
        done = self._done.get(row.id, {})
        if row.state is not State.ARCHIVING or any(done.values()):
            return []
        rest = (each.plugin for each in self._chain if each.name not in done)
        return [plugin for plugin in rest if not isinstance(plugin, Retention)]

    def packaged(self, row: DumpRow) -> bool:
        """Whether all is made of it that is for people, or else it is in an archive.

        Where nothing makes either, this file is all there is.
        """
        makers = [each.name for each in self._chain if _makes_for_people(each.plugin)]
        return self._went_through(row, makers) if makers else self.archived(row) is True

    def archived(self, row: DumpRow) -> bool | None:
        """Whether every archive has it; None where there is none in the chain."""
        remote = [each.name for each in self._chain if each.plugin.remote]
        return self._went_through(row, remote) if remote else None

    def _went_through(self, row: DumpRow, stages: Iterable[str]) -> bool:
        """A stage that ended the chain has made nothing of it."""
        done = self._done.get(self._heir(row).id, {})
        return all(done.get(stage) is False for stage in stages)

    def _heir(self, row: DumpRow) -> DumpRow:
        """The complete revision of the same file that an incomplete one has become, or itself."""
        newest = row
        while newest.id in self._next:
            newest = self._next[newest.id]
        return newest if is_complete(newest) and not is_complete(row) else row

    def succeeded(self, row: DumpRow) -> bool:
        """Whether a complete dump took an incomplete one's place, and is safe itself."""
        if is_complete(row):
            return False
        heir = self._heir(row)
        client = DumpName.parse(row.raw_name).client
        later = [one for one in self._cores.get(client or "", ()) if one.id > row.id]
        return any(self._is_safe(one) for one in ([] if heir is row else [heir]) + later)

    def _is_safe(self, row: DumpRow) -> bool:
        return self.packaged(row) and self.archived(row) is not False


def is_complete(row: DumpRow) -> bool:
    return row.inspection is not None and row.inspection.verdict is Verdict.COMPLETE


def _is_complete_core(row: DumpRow) -> bool:
    return is_complete(row) and row.inspection is not None and row.inspection.kind is Kind.CORE


def _makes_for_people(stage: Stage) -> bool:
    return isinstance(stage, FileStage) and stage.keeps == "outputs"
