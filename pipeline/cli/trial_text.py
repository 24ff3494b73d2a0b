"""How a trial goes, for people: a line for each sample, below the route's name."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator

from pipeline.alerts.receipts import Outcome, Receipt
from pipeline.cli import output, phrases
from pipeline.cli.layout import Line, wrapped
from pipeline.cli.trial import GivenUp, News, Sending, Trial, Waiting
from pipeline.display import duration

_MARK = 4
_UNSAID = "sent; what the service answered cannot be known"
_REST_OF_LINE = "\x1b[K"


class TrialText:
    """Prints the news of trials; on a terminal also what is being done."""

    def __init__(self, kinds: Collection[str], *, all_wanted: bool) -> None:
        """Take all kinds that there are; `all_wanted`: no rule was asked which are sent."""
        self._kinds = kinds
        self._all_wanted = all_wanted
        self._column = max(map(len, kinds))
        self._begun = False
        self._redraws = sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    def begin(self, trial: Trial) -> None:
        if self._begun:
            output.say()
        self._begun = True
        output.say(trial.route.name, "bold")

    def end(self, trial: Trial) -> None:
        self._meanwhile("")
        left_out = [kind for kind in self._kinds if kind not in trial.events]
        if left_out and not self._all_wanted:
            count = phrases.counted(len(left_out), "kind")
            self._remark(f"{count} left out by its rule; --event NAME sends one all the same")

    def tell(self, news: News) -> None:
        if isinstance(news, Sending):
            self._meanwhile(f"{self._head('…', news.event)}sending")
            return
        self._meanwhile("")
        if isinstance(news, Waiting):
            self._meanwhile(f"{self._head('…', news.event)}waits {duration(news.seconds)}")
        elif isinstance(news, GivenUp):
            count = phrases.counted(news.left, "more kind")
            self._remark(f"{count} not tried: {news.why}")
        else:
            self._say(_line(news.receipt), self._head(_mark(news.receipt), news.event))
            if news.receipt.fault:
                self._remark(f"sent as plain text: {news.receipt.fault}")

    def _head(self, mark: str, event: str) -> str:
        return f"  {mark:{_MARK}}  {event:{self._column}}  "

    def _remark(self, text: str) -> None:
        self._say(Line(text), " " * (_MARK + 4))

    def _say(self, line: Line, head: str) -> None:
        for part in _wrapped(line, head):
            output.say(part.text, part.style)

    def _meanwhile(self, text: str) -> None:
        """Show what is being done in place of what was, where a terminal can."""
        if self._redraws:
            columns = output.width() or 80
            sys.stdout.flush()
            sys.stderr.write(f"\r{output.safe(text)[: columns - 1]}{_REST_OF_LINE}")
            sys.stderr.flush()


def _wrapped(line: Line, head: str) -> Iterator[Line]:
    return wrapped(line, head, " " * 8, output.width())


def _mark(receipt: Receipt) -> str:
    return "ok" if receipt.outcome is Outcome.SENT else "FAIL"


def _line(receipt: Receipt) -> Line:
    if receipt.outcome is Outcome.SENT:
        return Line(receipt.answer or _UNSAID, "green")
    asked = "" if receipt.after is None else f"; asks to wait {duration(receipt.after)}"
    return Line(f"{receipt.reason}{asked}", "red")
