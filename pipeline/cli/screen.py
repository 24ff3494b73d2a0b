"""A terminal's screen, drawn anew in place: no flicker, nothing left over, nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterable, Iterator
from types import FrameType, TracebackType

from pipeline.cli.layout import Line, cells, cut
from pipeline.cli.output import safe, styled

_ENTER = "\x1b[?1049h\x1b[?25l"  # the alternate screen, without a cursor
_LEAVE = "\x1b[?25h\x1b[?1049l"
_HOME = "\x1b[H"
_REST_OF_LINE = "\x1b[K"
_REST_OF_SCREEN = "\x1b[J"


def can_redraw() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class Screen:
    """The whole terminal, from entering to leaving; what was on it before comes back."""

    def __enter__(self) -> Screen:
        self._before = signal.signal(signal.SIGTERM, _leave)
        sys.stdout.write(_ENTER)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        sys.stdout.write(_LEAVE)
        sys.stdout.flush()
        signal.signal(signal.SIGTERM, self._before)

    def draw(self, lines: Iterable[Line]) -> None:
        """Show these lines, as many as fit, in one write."""
        columns, rows = shutil.get_terminal_size()
        shown = list(_pieces(lines, columns))
        if len(shown) > rows:
            more = f"… {len(shown) - rows + 1} more lines: panicpipe status shows all"
            shown = [*shown[: rows - 1], Line(more[:columns])]
        text = "\r\n".join(_line(line, columns) for line in shown)
        below = f"\r\n{_REST_OF_SCREEN}" if len(shown) < rows else ""
        sys.stdout.write(f"{_HOME}{text}{below}")
        sys.stdout.flush()


def _line(line: Line, columns: int) -> str:
    text = styled(line.text, line.style, sys.stdout)
    # After a line as wide as the screen, the cursor still stands on its last character.
    return text if cells(line.text) >= columns else text + _REST_OF_LINE


def _pieces(lines: Iterable[Line], columns: int) -> Iterator[Line]:
    for line in lines:
        for piece in cut(safe(line.text), columns):
            yield Line(piece, line.style)


def _leave(number: int, frame: FrameType | None) -> None:
    """Leave as a program does that the signal ends, but with the terminal as it was."""
    raise SystemExit(128 + number)
