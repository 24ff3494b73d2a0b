"""Sends samples to one route, one after the other, each in a child as the daemon does."""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from pipeline.alerts.delivery import deliver
from pipeline.alerts.receipts import Outcome, Receipt, Receipts
from pipeline.alerts.routes import Route
from pipeline.alerts.sender import Letter
from pipeline.confinement import Terms
from pipeline.messages.style import Style
from pipeline.model import Alert

_LIMIT = 90.0
"""Seconds after which a notifier that does not come back is killed."""
_PATIENCE = 30.0
"""Seconds that one sample waits at most, in all, where a service asks for that."""
_LEAST = 1.0
"""Seconds that a pause takes at least, so that no service is asked again and again."""
_ENOUGH = 3
"""Passing faults in a row after which the route counts as failing, as it does in the daemon."""
_REMARK = "This is a test: panicpipe was asked to send a sample, and nothing of this has happened."


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A child is at work."""

    event: str


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """The service asked for a pause, which is made now."""

    event: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What became of one sample."""

    event: str
    receipt: Receipt


@dataclass(frozen=True, kw_only=True)
class GivenUp:
    """The rest is not tried."""

    left: int
    why: str


News = Sending | Waiting | Tried | GivenUp


def marked(sample: Alert) -> Alert:
    """Return the sample so that nobody can take it for news."""
    remarks = (_REMARK, *sample.remarks)
    return dataclasses.replace(
        sample, what=f"[test] {sample.what}", remarks=remarks, signature=None
    )


class Trial:
    """One route's samples; `run` sends them while `news` tells, to one reader, how that goes."""

    def __init__(
        self,
        route: Route,
        samples: Sequence[Alert],
        style: Style,
        receipts: Receipts,
        terms: Terms,
    ) -> None:
        self._terms = terms
        self.route = route
        self._samples = samples
        self._style = style
        self._receipts = receipts
        self._news: asyncio.Queue[News | None] = asyncio.Queue()

    @property
    def events(self) -> tuple[str, ...]:
        return tuple(sample.event for sample in self._samples)

    async def run(self) -> None:
        """Send every sample, until the route turns out to be failing."""
        faults = 0
        for number, sample in enumerate(self._samples, 1):
            receipt = await self._patiently(sample)
            self._news.put_nowait(Tried(event=sample.event, receipt=receipt))
            faults = faults + 1 if receipt.outcome is Outcome.AGAIN else 0
            left = len(self._samples) - number
            why = _give_up(receipt, faults)
            if why and left:
                self._news.put_nowait(GivenUp(left=left, why=why))
                break
        self._news.put_nowait(None)

    async def news(self) -> AsyncIterator[News]:
        while (news := await self._news.get()) is not None:
            yield news

    async def _patiently(self, sample: Alert) -> Receipt:
        """Send one sample, again after the pause that the service asked for if that is short."""
        key, waited = f"test-{uuid.uuid4()}", 0.0
        while True:
            self._news.put_nowait(Sending(event=sample.event))
            receipt = await self._once(sample, key)
            if receipt.outcome is not Outcome.AGAIN or receipt.after is None:
                return receipt
            if waited + receipt.after > _PATIENCE:
                return receipt
            pause = max(receipt.after, _LEAST)
            self._news.put_nowait(Waiting(event=sample.event, seconds=pause))
            await asyncio.sleep(pause)
            waited += pause

    async def _once(self, sample: Alert, key: str) -> Receipt:
        slip = self._receipts.slip(uuid.uuid4().int, 0)
        try:
            letter = Letter(
                self.route.recipe, marked(sample), key, self._style, _LIMIT, self._terms
            )
            return await deliver(letter, slip)
        finally:
            slip.discard()
            slip.close()


def _give_up(receipt: Receipt, faults: int) -> str | None:
    """Say why it is of no use to try others now."""
    if receipt.outcome is Outcome.AGAIN and receipt.after is not None:
        return "the service asks for a longer pause"
    return f"{faults} in a row have failed" if faults == _ENOUGH else None
