"""A dump comes back byte for byte, or nothing does."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
from pathlib import Path

import msgspec
import pyrage
import pytest
import zstandard

from pipeline.archive.keys import DEFAULT_TEMPLATE, KeyTemplate
from pipeline.archive.manifest import Manifest
from pipeline.retrieval import find
from pipeline.retrieval.faults import ArchiveFault, Mismatch, NoIdentity, NotThere
from pipeline.retrieval.fetch import Fetch, Fetched
from pipeline.retrieval.find import Found
from pipeline.retrieval.identities import Identities
from pipeline.s3.objects import Bucket
from tests.retrieval.archived import RECORD, Archived, core, options, put, put_manifest, put_object
from tests.retrieval.cutting import Cut
from tests.s3.faults import Answer, CorruptResponse, ResetResponse
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server

STEM = "core-xnu-8019.41.5-10.0.40.7-1f0c3a9e"
TEMPLATE = KeyTemplate.parse(DEFAULT_TEMPLATE)


def _fetch(
    server: S3Server,
    archived: Archived,
    directory: Path,
    *,
    keys: Identities | None = None,
    keep_stored: bool = False,
    tries: int = 2,
) -> Fetched:
    bucket = Bucket(options(server))
    return Fetch(
        bucket=bucket,
        found=find.at(bucket, TEMPLATE, archived.folder),
        keys=keys or Identities(),
        keep_stored=keep_stored,
        pauses=(0.0,) * tries,
    ).into(directory)


def _files(directory: Path) -> list[str]:
    return sorted(os.listdir(directory))


def _changed(server: S3Server, archived: Archived, **changes: object) -> None:
    """Put a manifest there that says something else."""
    value = msgspec.to_builtins(archived.manifest)
    put_manifest(server, archived.folder, msgspec.convert({**value, **changes}, Manifest))


def test_a_dump_comes_back_as_it_was_with_its_record(weed: S3Server, tmp_path: Path) -> None:
    archived = put(weed, core())
    fetched = _fetch(weed, archived, tmp_path)
    assert (tmp_path / STEM).read_bytes() == archived.content
    assert (tmp_path / f"{STEM}.json").read_bytes() == RECORD
    assert _files(tmp_path) == [STEM, f"{STEM}.json"]
    assert fetched.dump == str(tmp_path / STEM)
    assert fetched.record_fault is None


def test_only_its_owner_can_read_what_came_back(weed: S3Server, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        _fetch(weed, put(weed, core()), tmp_path, keep_stored=True)
    finally:
        os.umask(before)
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in _files(tmp_path)}
    assert modes == {0o600}


def test_holes_come_back_as_holes(weed: S3Server, tmp_path: Path) -> None:
    content = b"begin" + bytes(40 << 20) + b"end" + bytes(3 << 20)
    archived = put(weed, content)
    _fetch(weed, archived, tmp_path)
    assert (tmp_path / STEM).read_bytes() == content
    assert (tmp_path / STEM).stat().st_blocks * 512 < 1 << 20


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, (1 << 20) + 1])
def test_dumps_of_any_length_come_back(weed: S3Server, tmp_path: Path, size: int) -> None:
    archived = put(weed, core(size))
    _fetch(weed, archived, tmp_path)
    assert (tmp_path / STEM).read_bytes() == archived.content


def test_an_incomplete_dump_comes_back_as_it_arrived(weed: S3Server, tmp_path: Path) -> None:
    archived = put(weed, core(), as_is=True)
    _fetch(weed, archived, tmp_path)
    assert (tmp_path / f"{STEM}-incomplete").read_bytes() == archived.content


def test_what_is_stored_can_be_kept_and_opened_with_zstd(weed: S3Server, tmp_path: Path) -> None:
    archived = put(weed, core())
    _fetch(weed, archived, tmp_path, keep_stored=True)
    assert (tmp_path / f"{STEM}.zst").read_bytes() == archived.stored
    done = subprocess.run(
        ["zstd", "-dc", tmp_path / f"{STEM}.zst"], capture_output=True, check=True
    )
    assert done.stdout == archived.content


@pytest.fixture
def key(tmp_path: Path) -> tuple[pyrage.x25519.Recipient, Path]:
    identity = pyrage.x25519.Identity.generate()
    file = tmp_path / "key.txt"
    file.write_text(f"# made by a test\n\n{identity}\n")
    return identity.to_public(), file


@pytest.fixture
def into(tmp_path: Path) -> Path:
    directory = tmp_path / "into"
    directory.mkdir()
    return directory


def test_an_encrypted_dump_comes_back_with_the_key(
    weed: S3Server, into: Path, key: tuple[pyrage.x25519.Recipient, Path]
) -> None:
    archived = put(weed, core(), recipients=[key[0]])
    _fetch(weed, archived, into, keys=Identities.from_files([key[1]]))
    assert (into / STEM).read_bytes() == archived.content
    assert (into / f"{STEM}.json").read_bytes() == RECORD
    assert _files(into) == [STEM, f"{STEM}.json"]


def test_an_ssh_key_opens_what_was_encrypted_to_it(weed: S3Server, into: Path) -> None:
    file = into.parent / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
    public = pyrage.ssh.Recipient.from_str(file.with_suffix(".pub").read_text().strip())
    archived = put(weed, core(), recipients=[public])
    _fetch(weed, archived, into, keys=Identities.from_files([file]))
    assert (into / STEM).read_bytes() == archived.content


def test_without_a_key_nothing_is_downloaded(
    weed: S3Server, proxy: FaultProxy, into: Path, key: tuple[pyrage.x25519.Recipient, Path]
) -> None:
    archived = put(weed, core(), recipients=[key[0]])
    with pytest.raises(NoIdentity, match=f"--identity FILE.*encrypted to {key[0]}"):
        _fetch(weed.behind(proxy.endpoint), archived, into)
    assert proxy.bytes_down("GetObject") < 10_000
    assert _files(into) == []


def test_the_wrong_key_is_told_and_the_right_one_downloads_nothing_again(
    weed: S3Server, proxy: FaultProxy, into: Path, key: tuple[pyrage.x25519.Recipient, Path]
) -> None:
    archived = put(weed, core(), recipients=[key[0]])
    wrong = into.parent / "wrong"
    wrong.write_text(str(pyrage.x25519.Identity.generate()))
    behind = weed.behind(proxy.endpoint)
    with pytest.raises(NoIdentity, match=f"no key in {wrong} opens it.*encrypted to {key[0]}"):
        _fetch(behind, archived, into, keys=Identities.from_files([wrong]))
    assert not (into / STEM).exists()
    before = proxy.bytes_down("GetObject")
    _fetch(behind, archived, into, keys=Identities.from_files([wrong, key[1]]))
    assert (into / STEM).read_bytes() == archived.content
    assert proxy.bytes_down("GetObject") - before < 10_000
    assert _files(into) == [STEM, f"{STEM}.json"]


def _asked_for(proxy: FaultProxy) -> list[str | None]:
    """The ranges of the archive object that were asked for."""
    return [
        each.headers.get("range")
        for each in proxy.exchanges
        if each.kind == "GetObject" and each.path.endswith(".zst")
    ]


def test_a_connection_that_breaks_off_costs_no_byte_twice(
    weed: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    archived = put(weed, core(5 << 20))
    for after in (2 << 20, 1 << 20):
        proxy.add(Cut(after), "GetObject", path=r"\.zst$")
    _fetch(weed.behind(proxy.endpoint), archived, tmp_path)
    assert (tmp_path / STEM).read_bytes() == archived.content
    assert _asked_for(proxy) == [None, f"bytes={2 << 20}-", f"bytes={3 << 20}-"]


def test_a_connection_that_is_reset_is_made_anew(
    weed: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    archived = put(weed, core(5 << 20))
    proxy.add(ResetResponse(after=3 << 20), "GetObject", path=r"\.zst$")
    _fetch(weed.behind(proxy.endpoint), archived, tmp_path)
    assert (tmp_path / STEM).read_bytes() == archived.content


@pytest.mark.parametrize("answer", [Answer(503, "SlowDown"), Answer(500, "InternalError")])
def test_a_busy_server_is_asked_again(
    weed: S3Server, proxy: FaultProxy, tmp_path: Path, answer: Answer
) -> None:
    archived = put(weed, core())
    proxy.add(answer, "GetObject", path=r"\.zst$", times=1)
    _fetch(weed.behind(proxy.endpoint), archived, tmp_path)
    assert (tmp_path / STEM).read_bytes() == archived.content


def test_a_server_that_never_recovers_ends_it_with_what_to_do(
    weed: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    archived = put(weed, core())
    proxy.add(ResetResponse(after=0), "GetObject", path=r"\.zst$", times=None)
    with pytest.raises(ArchiveFault, match="it goes on where this one stopped"):
        _fetch(weed.behind(proxy.endpoint), archived, tmp_path)
    proxy.clear()
    _fetch(weed.behind(proxy.endpoint), archived, tmp_path)
    assert (tmp_path / STEM).read_bytes() == archived.content


def test_a_byte_that_changes_on_the_way_is_noticed_and_mended(
    weed: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    archived = put(weed, core())
    proxy.add(CorruptResponse(at=1000), "GetObject", path=r"\.zst$")
    _fetch(weed.behind(proxy.endpoint), archived, tmp_path)
    assert (tmp_path / STEM).read_bytes() == archived.content


def test_an_object_that_was_damaged_in_the_bucket_is_not_unpacked(
    weed: S3Server, tmp_path: Path
) -> None:
    archived = put(weed, core())
    damaged = bytearray(archived.stored)
    damaged[1000] ^= 1
    put_object(weed, archived.key, bytes(damaged))
    with pytest.raises(Mismatch, match=r"SHA-256 differs"):
        _fetch(weed, archived, tmp_path)
    assert not [name for name in _files(tmp_path) if not name.startswith(".")]


def test_an_object_that_is_replaced_between_two_tries_is_begun_anew(
    weed: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    archived = put(weed, core(3 << 20, seed=1))
    proxy.add(Cut(1 << 20), "GetObject", path=r"\.zst$", times=None)
    with pytest.raises(ArchiveFault):
        _fetch(weed.behind(proxy.endpoint), archived, tmp_path, tries=0)
    (partial,) = _files(tmp_path)
    assert (tmp_path / partial).stat().st_size == 1 << 20
    proxy.clear()
    other = core(3 << 20, seed=2)
    packed = zstandard.ZstdCompressor(level=1).compress(other)
    put_object(weed, archived.key, packed)
    replaced = put(weed, other, prefix="elsewhere/")
    _changed(
        weed,
        archived,
        objects=[msgspec.to_builtins(each) for each in replaced.manifest.objects],
        content=msgspec.to_builtins(replaced.manifest.content),
    )
    _fetch(weed.behind(proxy.endpoint), archived, tmp_path)
    assert (tmp_path / STEM).read_bytes() == other
    assert _files(tmp_path) == [STEM, f"{STEM}.json"]


def test_what_a_crash_of_this_machine_left_wrong_is_fetched_anew(
    weed: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    archived = put(weed, core(3 << 20))
    proxy.add(Cut(1 << 20), "GetObject", path=r"\.zst$", times=1)
    with pytest.raises(ArchiveFault):
        _fetch(weed.behind(proxy.endpoint), archived, tmp_path, tries=0)
    (partial,) = _files(tmp_path)
    (tmp_path / partial).write_bytes(bytes(2 << 20))
    _fetch(weed, archived, tmp_path)
    assert (tmp_path / STEM).read_bytes() == archived.content


def test_a_bomb_is_stopped_at_the_size_that_the_manifest_says(
    weed: S3Server, tmp_path: Path
) -> None:
    bomb = zstandard.ZstdCompressor(level=1).compress(bytes(1 << 30))
    archived = put(weed, core(1000), packed=bomb)
    with pytest.raises(Mismatch, match=r"more than the 1000 bytes.*do not trust this dump"):
        _fetch(weed, archived, tmp_path)
    assert not [name for name in _files(tmp_path) if not name.endswith(".part")]


@pytest.mark.parametrize(
    ("packed", "told"),
    [
        (b"no zstd at all", "not what zstd makes"),
        (zstandard.ZstdCompressor(level=1).compress(core())[:-20], "unpacks to [0-9]+ bytes"),
        (zstandard.ZstdCompressor(level=1).compress(core(seed=9)), "another SHA-256"),
        (zstandard.ZstdCompressor(level=1).compress(core(100)), "unpacks to 100 bytes"),
    ],
    ids=["garbage", "cut", "other content", "short"],
)
def test_what_does_not_unpack_to_the_dump_is_never_named(
    weed: S3Server, tmp_path: Path, packed: bytes, told: str
) -> None:
    archived = put(weed, core(), packed=packed)
    with pytest.raises(Mismatch, match=told):
        _fetch(weed, archived, tmp_path)
    assert not [name for name in _files(tmp_path) if not name.endswith(".part")]


def test_a_window_that_would_take_much_memory_is_refused(weed: S3Server, tmp_path: Path) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=28, write_content_size=False)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    packed = compressor.compress(core()) + compressor.flush()
    with pytest.raises(Mismatch, match="too much memory"):
        _fetch(weed, put(weed, core(), packed=packed), tmp_path)


@pytest.mark.parametrize("cut", [-1, -1000, 100_000])
def test_an_encrypted_object_that_was_cut_off_before_it_was_archived_is_refused(
    weed: S3Server, into: Path, key: tuple[pyrage.x25519.Recipient, Path], cut: int
) -> None:
    archived = put(weed, core(), recipients=[key[0]])
    mangled = pyrage.encrypt(zstandard.compress(archived.content), [key[0]])[:cut]
    other = put(weed, core(), packed=mangled, prefix="x/")
    put_object(weed, archived.key, mangled)
    objects = [msgspec.to_builtins(each) for each in archived.manifest.objects]
    objects[0] |= {"size": len(mangled), "sha256": other.manifest.archive.sha256}
    _changed(weed, archived, objects=objects)
    with pytest.raises(Mismatch, match="cut off or changed"):
        _fetch(weed, archived, into, keys=Identities.from_files([key[1]]))
    assert not (into / STEM).exists()


def test_sizes_that_lie_are_told(weed: S3Server, tmp_path: Path) -> None:
    archived = put(weed, core())
    objects = [msgspec.to_builtins(each) for each in archived.manifest.objects]
    objects[0] |= {"size": archived.manifest.archive.size + 1}
    _changed(weed, archived, objects=objects)
    with pytest.raises(Mismatch, match="the manifest says"):
        _fetch(weed, archived, tmp_path)
    assert _files(tmp_path) == []


def test_an_object_that_is_gone_is_told(weed: S3Server, tmp_path: Path) -> None:
    archived = put(weed, core())
    weed.client.delete_object(Bucket=weed.bucket, Key=archived.key)
    with pytest.raises(NotThere, match="though the manifest names it"):
        _fetch(weed, archived, tmp_path)


def test_a_record_that_is_gone_is_no_reason_to_go_without_the_dump(
    weed: S3Server, tmp_path: Path
) -> None:
    archived = put(weed, core())
    weed.client.delete_object(Bucket=weed.bucket, Key=f"{archived.folder}/dump.json")
    fetched = _fetch(weed, archived, tmp_path)
    assert fetched.record is None
    assert "is not there" in (fetched.record_fault or "")
    assert _files(tmp_path) == [STEM]


@pytest.mark.parametrize("name", [STEM, f"{STEM}.json"])
def test_a_file_that_is_there_is_never_replaced(
    weed: S3Server, proxy: FaultProxy, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("mine")
    archived = put(weed, core())
    with pytest.raises(ArchiveFault, match=f"{name}: is already there"):
        _fetch(weed.behind(proxy.endpoint), archived, tmp_path)
    assert (tmp_path / name).read_text() == "mine"
    assert _files(tmp_path) == [name]


def test_a_link_that_somebody_planted_under_a_hidden_name_is_not_followed(
    weed: S3Server, proxy: FaultProxy, into: Path
) -> None:
    archived = put(weed, core(3 << 20))
    proxy.add(Cut(1 << 20), "GetObject", path=r"\.zst$", times=None)
    behind = weed.behind(proxy.endpoint)
    with pytest.raises(ArchiveFault):
        _fetch(behind, archived, into, tries=0)
    (partial,) = _files(into)
    victim = into.parent / "victim"
    victim.write_text("precious")
    for plant in (os.symlink, os.link):
        (into / partial).unlink()
        plant(victim, into / partial)
        with pytest.raises(ArchiveFault):
            _fetch(behind, archived, into, tries=0)
        assert victim.read_text() == "precious"


def test_a_directory_that_is_not_there_is_told(weed: S3Server, tmp_path: Path) -> None:
    with pytest.raises(ArchiveFault, match="nowhere: No such file or directory"):
        _fetch(weed, put(weed, core()), tmp_path / "nowhere")


def test_a_volume_without_hard_links_gets_the_same_files(
    weed: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.ENOTSUP, "no links here")

    monkeypatch.setattr(os, "link", refused)
    archived = put(weed, core())
    _fetch(weed, archived, tmp_path)
    assert (tmp_path / STEM).read_bytes() == archived.content
    assert _files(tmp_path) == [STEM, f"{STEM}.json"]


def test_found_dumps_of_a_url_are_those_of_its_folder(weed: S3Server) -> None:
    archived = put(weed, core())
    found = find.at(Bucket(options(weed)), TEMPLATE, archived.folder)
    assert found == Found(folder=archived.folder, day="2024-06-02", manifest=archived.manifest)


def test_what_a_killed_run_left_half_unpacked_is_not_in_the_dump(
    weed: S3Server, tmp_path: Path
) -> None:
    archived = put(weed, core())
    (tmp_path / f".{STEM}.unpacking").write_bytes(b"x" * 500_000)
    _fetch(weed, archived, tmp_path)
    assert (tmp_path / STEM).read_bytes() == archived.content
    assert _files(tmp_path) == [STEM, f"{STEM}.json"]


def test_dumps_of_one_name_do_not_take_each_others_bytes(
    weed: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    one, other = put(weed, core(3 << 20)), put(weed, core(2 << 20, seed=2))
    behind = weed.behind(proxy.endpoint)
    proxy.add(Cut(1 << 20), "GetObject", path=r"\.zst$", times=2)
    for each in (one, other):
        with pytest.raises(ArchiveFault):
            _fetch(behind, each, tmp_path, tries=0)
    assert [(tmp_path / name).stat().st_size for name in _files(tmp_path)] == [1 << 20] * 2
    _fetch(behind, one, tmp_path)
    assert (tmp_path / STEM).read_bytes() == one.content
    assert _asked_for(proxy)[-1] == f"bytes={1 << 20}-"


def test_a_dump_in_cold_storage_is_told_as_such(moto_s3: S3Server, tmp_path: Path) -> None:
    archived = put(moto_s3, core())
    moto_s3.client.put_object(
        Bucket=moto_s3.bucket, Key=archived.key, Body=archived.stored, StorageClass="GLACIER"
    )
    with pytest.raises(ArchiveFault, match=r"cold storage \(GLACIER\); have it restored first"):
        _fetch(moto_s3, archived, tmp_path)
