"""Guessing why a transfer is incomplete."""

from __future__ import annotations

from pipeline.model import Cause, Evidence

_NEARLY_FULL = 64 << 20  # free space is sampled, so the last sample may be this much too high
_TIMEOUT_SECONDS = (45.0, 75.0)  # kdumpd gives a silent transfer 50 s; events and polls add some


def likely_cause(evidence: Evidence, missing: int | None = None) -> Cause:
    """Return the likeliest cause; `missing` is what the file still lacked, in bytes, if known."""
    free, silence = evidence.least_free_bytes, evidence.silence_seconds
    if free is not None and free < min(missing or _NEARLY_FULL, _NEARLY_FULL):
        return Cause.VOLUME_FULL
    if silence is not None and _TIMEOUT_SECONDS[0] <= silence <= _TIMEOUT_SECONDS[1]:
        return Cause.KDUMPD_TIMEOUT
    return Cause.TRANSFER_STOPPED
