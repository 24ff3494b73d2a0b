"""One realistic alert for every event: for previews, for trials, and to try templates out."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.messages.sample_dumps import dump_samples
from pipeline.messages.sample_server import digest_sample, server_samples
from pipeline.model import Alert


def samples() -> Mapping[str, Alert]:
    """Return them by event, in the order in which people think of them."""
    every = (*dump_samples(), *server_samples(), digest_sample())
    return {alert.event: alert for alert in every}
