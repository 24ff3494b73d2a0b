from __future__ import annotations

import pytest

from pipeline.corefile import likely_cause
from pipeline.model import Cause, Evidence

MIB = 1 << 20


@pytest.mark.parametrize(
    ("free", "silence", "missing", "cause"),
    [
        (None, None, None, Cause.TRANSFER_STOPPED),
        (0, None, None, Cause.VOLUME_FULL),
        (0, 50.0, 10, Cause.VOLUME_FULL),
        (63 * MIB, None, None, Cause.VOLUME_FULL),
        (65 * MIB, None, None, Cause.TRANSFER_STOPPED),
        (5 * MIB, None, 1 * MIB, Cause.TRANSFER_STOPPED),
        (5 * MIB, None, 6 * MIB, Cause.VOLUME_FULL),
        (2048 * MIB, None, 4096 * MIB, Cause.TRANSFER_STOPPED),
        (None, 44.0, None, Cause.TRANSFER_STOPPED),
        (None, 50.0, None, Cause.KDUMPD_TIMEOUT),
        (None, 75.0, None, Cause.KDUMPD_TIMEOUT),
        (None, 300.0, None, Cause.TRANSFER_STOPPED),
        (1 << 40, 52.0, 1 * MIB, Cause.KDUMPD_TIMEOUT),
    ],
)
def test_the_likeliest_cause_follows_from_what_was_seen(
    free: int | None,
    silence: float | None,
    missing: int | None,
    cause: Cause,
) -> None:
    evidence = Evidence(least_free_bytes=free, silence_seconds=silence)
    assert likely_cause(evidence, missing) is cause
