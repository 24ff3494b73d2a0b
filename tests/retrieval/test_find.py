"""Which dumps are found, and what that costs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pipeline.archive.keys import DEFAULT_TEMPLATE, KeyTemplate
from pipeline.archive.manifest import BadManifest
from pipeline.retrieval import find
from pipeline.retrieval.faults import NotThere
from pipeline.retrieval.find import Listing
from pipeline.retrieval.query import Query
from pipeline.s3.objects import Bucket
from tests.retrieval.archived import Archived, core, options, put, put_object
from tests.s3.faults import Answer
from tests.s3.proxy import FaultProxy
from tests.s3.servers import S3Server

OTHER_MAC = b"core-xnu-11417.101.15-10.0.40.9-0badcafe.gz"
TEMPLATE = KeyTemplate.parse(DEFAULT_TEMPLATE)


def _search(server: S3Server, **wanted: Any) -> Listing:
    return find.search(Bucket(options(server)), TEMPLATE, Query(**wanted))


def _folders(listing: Listing) -> list[str]:
    return [each.folder for each in listing.found]


@pytest.fixture
def three(weed: S3Server) -> list[Archived]:
    """The oldest first: two of one Mac, and one of another."""
    return [
        put(weed, core(1000, seed=1)),
        put(weed, core(1000, seed=2), raw_name=OTHER_MAC, days=1),
        put(weed, core(1000, seed=3), days=2),
    ]


def test_all_dumps_are_listed_the_newest_first(weed: S3Server, three: list[Archived]) -> None:
    listing = _search(weed)
    assert _folders(listing) == [each.folder for each in reversed(three)]
    assert [each.manifest for each in listing.found] == [each.manifest for each in reversed(three)]
    assert [each.day for each in listing.found] == ["2024-06-04", "2024-06-03", "2024-06-02"]
    assert listing.unusable == []


@pytest.mark.parametrize(
    ("wanted", "which"),
    [
        ({"host": "10.0.40.7"}, [2, 0]),
        ({"host": "10.0.40.9"}, [1]),
        ({"host": "10.0.40"}, []),
        ({"host": "unknown-host"}, []),
        ({"since": "2024-06-03"}, [2, 1]),
        ({"until": "2024-06-03"}, [1, 0]),
        ({"since": "2024-06-03", "until": "2024-06-03"}, [1]),
        ({"xnu": "8019.41.5"}, [2, 0]),
        ({"xnu": "xnu-8019"}, [2, 0]),
        ({"xnu": "80"}, []),
        ({"name": "0badcafe"}, [1]),
    ],
)
def test_dumps_are_found_by_what_is_known_of_them(
    weed: S3Server, three: list[Archived], wanted: dict[str, str], which: list[int]
) -> None:
    assert _folders(_search(weed, **wanted)) == [three[each].folder for each in which]


@pytest.mark.parametrize("digits", [6, 16, 20, 64])
def test_a_dump_is_found_by_any_length_of_its_hash(
    weed: S3Server, three: list[Archived], digits: int
) -> None:
    wanted = three[1].manifest.identity[:digits]
    assert _folders(_search(weed, hash=wanted)) == [three[1].folder]
    other = f"{wanted[:-1]}{'0' if wanted[-1] != '0' else '1'}"
    assert _folders(_search(weed, hash=other)) == []


def test_only_the_manifests_that_may_be_meant_are_read(
    weed: S3Server, proxy: FaultProxy, three: list[Archived]
) -> None:
    _search(weed.behind(proxy.endpoint), hash=three[1].manifest.identity[:6])
    assert proxy.count("GetObject") == 1
    assert proxy.count("ListObjectsV2") == 1


def test_dumps_under_keys_of_an_earlier_template_are_found_as_well(weed: S3Server) -> None:
    old = put(weed, core(1000), template="old/{xnu}/{sha256}")
    new = put(weed, core(1000, seed=2), days=-1)
    assert _folders(_search(weed)) == [old.folder, new.folder]
    assert _folders(_search(weed, host="10.0.40.7", hash=old.manifest.identity)) == [old.folder]


def test_more_dumps_than_fit_on_a_page_are_all_found(weed: S3Server) -> None:
    archived = put(weed, core(100))
    small = core(1)
    keys = [f"{archived.folder}/{number}" for number in range(990)]
    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(lambda key: put_object(weed, key, small), keys))) == 990
    later = put(weed, core(100, seed=2), raw_name=OTHER_MAC)
    last = put(weed, core(100, seed=3), raw_name=b"zzz")
    assert {later.folder, last.folder, archived.folder} == set(_folders(_search(weed)))


def test_folders_without_a_manifest_are_unfinished(weed: S3Server, three: list[Archived]) -> None:
    weed.client.delete_object(Bucket=weed.bucket, Key=f"{three[0].folder}/manifest.json")
    listing = _search(weed)
    assert _folders(listing) == [three[2].folder, three[1].folder]
    (unfinished,) = listing.unusable
    assert unfinished.folder == three[0].folder
    assert "not finished" in unfinished.why
    assert unfinished.size == sum(each.size for each in three[0].manifest.objects)
    assert not unfinished.broken


def test_what_others_keep_in_the_bucket_is_left_alone(weed: S3Server) -> None:
    put_object(weed, "panics/photos/1.jpg", b"x")
    put_object(weed, "panics/app/manifest.json", b'{"name": "a web app"}')
    put_object(weed, "panics/manifest.json", b"{}")
    put(weed, core(10), prefix="other/")
    assert _search(weed) == Listing([], [])


def test_a_manifest_at_the_top_of_a_bucket_is_somebody_elses(weed: S3Server) -> None:
    put_object(weed, "manifest.json", b"{}")
    listing = find.search(Bucket(options(weed, prefix="")), TEMPLATE, Query())
    assert listing == Listing([], [])


def _broken(weed: S3Server, manifest: bytes) -> str:
    archived = put(weed, core(1000))
    put_object(weed, f"{archived.folder}/manifest.json", manifest)
    listing = _search(weed)
    assert listing.found == []
    (broken,) = listing.unusable
    assert (broken.folder, broken.broken) == (archived.folder, True)
    assert broken.why.isprintable()
    return broken.why


@pytest.mark.parametrize("manifest", [b"", b"{}", b"\x1b[2J", b'{"format": 1, "\x1b[2J": 1}'])
def test_a_manifest_that_says_nothing_is_told(weed: S3Server, manifest: bytes) -> None:
    assert "manifest" in _broken(weed, manifest)


def test_a_manifest_without_end_is_not_read(weed: S3Server) -> None:
    assert "larger than 64 KiB" in _broken(weed, b" " * (1 << 20))


def test_another_dumps_manifest_is_not_believed(weed: S3Server) -> None:
    other = put(weed, core(1000, seed=7), prefix="elsewhere/")
    assert "another dump" in _broken(weed, other.manifest.encode())


def test_a_url_to_a_folder_without_a_manifest_is_told(weed: S3Server) -> None:
    with pytest.raises(NotThere, match="nothing/: there is no archived dump"):
        find.at(Bucket(options(weed)), TEMPLATE, "panics/nothing")


def test_a_url_to_somebody_elses_manifest_is_told(weed: S3Server) -> None:
    put_object(weed, "app/manifest.json", b"{}")
    with pytest.raises(BadManifest):
        find.at(Bucket(options(weed)), TEMPLATE, "app")


def test_a_server_that_is_busy_for_a_moment_costs_nothing(
    weed: S3Server, proxy: FaultProxy, three: list[Archived]
) -> None:
    proxy.add(Answer(503, "SlowDown"), "ListObjectsV2")
    proxy.add(Answer(500, "InternalError"), "GetObject")
    assert len(_search(weed.behind(proxy.endpoint)).found) == 3
