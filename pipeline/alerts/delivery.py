"""The daemon's side of one delivery: start the child, wait, and see that nothing stays behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process

import msgspec

from pipeline.alerts.receipts import Outcome, Receipt, Slip
from pipeline.alerts.sender import SENT_STATUS, Letter, command
from pipeline.confinement import environment

_STOP_PATIENCE = 2.0
"""Seconds that a delivery under way may still take when the daemon stops."""
_LOOK_EVERY = 0.2
_GRACE = 5.0
"""Seconds over its limit after which a killed daemon's child counts as gone."""


async def earlier(slip: Slip, limit: float) -> Receipt | None:
    """Return what the child of a daemon that was killed left here; waits while it still sends."""
    waited = 0.0
    while not slip.try_lock():
        if slip.receipt() is not None:
            break
        if waited > limit + _GRACE:  # its own limit has ended it: a stray descendant is left
            slip.renew()
            break
        await asyncio.sleep(_LOOK_EVERY)
        waited += _LOOK_EVERY
    return slip.receipt()


async def deliver(letter: Letter, slip: Slip) -> Receipt:
    """Send in a child. When cancelled it gets a moment to end; then it is killed."""
    try:
        # A session of its own: neither Ctrl-C nor whoever cleans up after a killed daemon may end
        # it half-way, when nobody could tell whether the alert has gone out.
        process = await asyncio.create_subprocess_exec(
            *command("deliver", slip.fd),
            pass_fds=[slip.fd],
            stdin=PIPE,
            stdout=DEVNULL,
            env=environment.harmless(),
            start_new_session=True,
        )
    except OSError as error:
        return Receipt(Outcome.AGAIN, f"no process can be started: {error.strerror}")
    seeing = msgspec.structs.replace(letter, environment=tuple(environment.others()))
    in_time = await _ended(process, seeing)
    receipt = slip.receipt()
    if receipt is not None:
        return receipt
    if process.returncode == SENT_STATUS:
        return Receipt(Outcome.SENT)
    if not in_time:
        return Receipt(Outcome.AGAIN, f"no answer within {letter.limit:.0f} s")
    return Receipt(Outcome.AGAIN, f"its process ended with {process.returncode} and no answer")


async def _ended(process: Process, letter: Letter) -> bool:
    """Hand over the letter and wait for the child's end; False where that took a kill."""
    talk = asyncio.create_task(process.communicate(msgspec.json.encode(letter)))
    try:
        # Not wait_for: on Python 3.11 it loses a cancellation that comes with the result.
        return bool((await asyncio.wait([talk], timeout=letter.limit))[0])
    except asyncio.CancelledError:
        await asyncio.wait([talk], timeout=_STOP_PATIENCE)
        raise
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        await talk
