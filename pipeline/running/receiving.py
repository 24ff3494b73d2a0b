"""What is told while a dump is still coming, and when it is plain that it does. No parsing."""

from __future__ import annotations

from pipeline.display import size
from pipeline.model import Alert
from pipeline.owing.events import EVENTS
from pipeline.plugin import Transfer
from pipeline.running.ending import Ending, known, transfer_topic, what_happened
from pipeline.running.outcome_facts import dump_facts

EVENT = "transfer.started"
_NEXT = "wait: what came, and whether it is whole, is told once it has ended"


class Growth:
    """Whether a file has been seen to grow while its source does not say that it is finished.

    A file that merely lies there, such as one found at start, is not a transfer in progress.
    """

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self._first = transfer.look().size

    def seen(self) -> int | None:
        """Return how much has come where it is growing now."""
        now = self._transfer.look().size
        return now if now > self._first and self._transfer.finished() is None else None


def started_alert(ending: Ending, come: int) -> Alert:
    """Return the alert for a dump of which `come` bytes are there and more are coming."""
    row, topic = ending.row, transfer_topic(ending.row.id)
    return Alert(
        event=EVENT,
        severity=EVENTS[EVENT],
        what=what_happened(ending, "a dump is coming"),
        client=ending.client,
        about=ending.about,
        lines=known(
            [
                ("Mac", ending.client),
                ("File", row.name),
                ("So far", size(come)),
                ("Next", _NEXT),
            ]
        ),
        facts={**dump_facts(ending), "size": come, "arrived": row.arrived, "next": _NEXT},
        signature="transfer",
        topic=topic,
        supersedes=(topic,),
    )
