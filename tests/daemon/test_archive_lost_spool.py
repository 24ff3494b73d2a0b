"""What waits in the spool is removed or damaged there: told plainly, and made anew on request."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.daemon.archiving import CHAIN, ENCRYPTING, ArchivePlace, only_folder, unzstd
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server

NAME = "core-xnu-11417.101.15-10.0.40.7-1f0c3a9e.gz"
BARE = NAME.removesuffix(".gz")
RECIPIENT = "age1qqf7p03n46kpu05k0mwzg2hxlxmw8vm8hypxpynz5pqueeleqc5s02wszq"
ENCRYPT = f'[stages.encrypt]\nrecipients = ["{RECIPIENT}"]\n'


@pytest.mark.parametrize("fate", ["gone", "damaged", "gone-encrypted"])
def test_what_was_lost_in_the_spool_is_parked_and_made_anew_by_retry(
    tmp_path: Path, weed: S3Server, proxy: FaultProxy, core: Path, fate: str
) -> None:
    encrypted = fate == "gone-encrypted"
    place = ArchivePlace(
        tmp_path / "place",
        weed.behind(proxy.endpoint),
        stages=ENCRYPTING if encrypted else CHAIN,
        extra=ENCRYPT if encrypted else "",
    )
    proxy.offline()
    archive = place.spool / (f"{BARE}.zst.age" if encrypted else f"{BARE}.zst")
    with place.start():
        place.receive(core, NAME)
        place.until_owed("upload")
        if fate == "damaged":
            data = bytearray(archive.read_bytes())
            data[len(data) // 2] ^= 1
            archive.write_bytes(data)
        else:
            archive.unlink()
        proxy.online()
        [parked] = place.until(lambda status: status["parked"])["parked"]
        assert str(archive) in parked["reason"], parked
        archive.unlink(missing_ok=True)
        place.panicpipe("retry", "1")
        place.until_done(1)
    folder = only_folder(weed)
    if not encrypted:
        assert unzstd(weed.read(folder.archive)) == gzip.decompress(core.read_bytes())
    assert place.command("archive", "verify", "--deep", "1").returncode == 0
    assert place.spooled() == []
    assert place.published() == [f"{BARE}.zip"]
