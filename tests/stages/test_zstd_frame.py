"""One zstd frame: how many threads make it, in how much memory, and from what it was promised."""

import pytest
from zstandard import ZstdCompressionParameters

from pipeline import Rejected
from pipeline.stages.zstd_frame import LEVELS, ZstdFrame, most_threads

_LARGE = 10 << 30


def _threads(level: int, cores: int) -> int:
    return most_threads(ZstdCompressionParameters.from_level(level, source_size=_LARGE), cores)


@pytest.mark.parametrize("level", LEVELS)
def test_two_cores_are_used_at_any_level(level: int) -> None:
    assert _threads(level, 2) == 2


@pytest.mark.parametrize("level", range(1, 10))
def test_twenty_cores_are_all_used_at_the_levels_that_people_choose(level: int) -> None:
    assert _threads(level, 20) == 20


def test_no_machine_is_large_enough_to_take_gigabytes() -> None:
    """At level 19 each thread wants over a hundred megabytes."""
    assert 4 <= _threads(19, 20) == _threads(19, 192) < 10
    assert _threads(1, 1024) <= 256


@pytest.mark.parametrize("given", [b"a", b"abc"])
def test_content_of_another_length_than_was_promised_makes_no_frame(given: bytes) -> None:
    frame = ZstdFrame(2, level=3, long_distance=False, threads=1)
    with pytest.raises(Rejected, match="zstd cannot go on"):
        frame.add(given) + frame.finish()
