"""How long the system is given for what it has been asked."""

from __future__ import annotations

import time


class Patience:
    """So many seconds, with a pause before each further look."""

    def __init__(self, seconds: float = 40.0, pause: float = 0.5) -> None:
        self._end = time.monotonic() + seconds
        self._pause = pause

    def is_left(self) -> bool:
        """Pause; False once it has run out."""
        if time.monotonic() >= self._end:
            return False
        time.sleep(self._pause)
        return True
