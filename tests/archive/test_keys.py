from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.archive.keys import DEFAULT_TEMPLATE, LONGEST_FOLDER, LONGEST_PREFIX, KeyTemplate
from pipeline.archive.placeholders import (
    PLACEHOLDERS,
    content_identity,
    placeholder_values,
    xnu_version,
)
from tests.archive.dumps import NAME, SHA256, a_dump

VERSION = "Darwin Kernel Version 21.1.0: x; root:xnu-8019.41.5~1/RELEASE_ARM64_T8101"
ALL = "/".join(f"{{{name}}}" for name in PLACEHOLDERS)
_FILE_NAME = 255


def _folder(template: str, raw_name: bytes = NAME, sha256: str = SHA256) -> str:
    dump = a_dump(raw_name, sha256=sha256)
    return KeyTemplate.parse(template).render(placeholder_values(dump, sha256))


def test_the_default_folder_tells_host_date_name_and_hash() -> None:
    assert _folder(DEFAULT_TEMPLATE) == (
        "10.0.40.7/2024-06-02/core-xnu-8019.41.5-10.0.40.7-1f0c3a9e-0123456789abcdef"
    )


def test_every_placeholder_has_its_value() -> None:
    values = placeholder_values(a_dump(version=VERSION), SHA256)
    assert values.keys() == PLACEHOLDERS.keys()
    assert values == values | {
        "year": "2024",
        "month": "06",
        "day": "02",
        "xnu": "xnu-8019.41.5",
        "sha256": SHA256,
        "kind": "core",
        "verdict": "complete",
        "uuid": "30A7C132-04EE-4DB9-91FE-40ED35EB2175",
    }


def test_of_the_kernels_version_the_core_itself_is_believed_and_its_name_only_without() -> None:
    """Anybody can name a file."""
    dumps = a_dump(version=VERSION.replace("8019", "11417")), a_dump(version=None)
    assert [xnu_version(dump) for dump in dumps] == ["xnu-11417.41.5", "xnu-8019.41.5"]


def test_a_name_that_tells_nothing_still_has_a_folder() -> None:
    assert _folder("{host}/{xnu}/{name}-{hash}", b"\xff/../\n.gz") == (
        "unknown-host/unknown-xnu/dump-0123456789abcdef"
    )


@pytest.mark.parametrize("mtime_ns", [-(2**63), -1, 2**63 - 1])
def test_a_file_from_an_impossible_time_has_a_date_all_the_same(mtime_ns: int) -> None:
    folder = KeyTemplate.parse(ALL).render(placeholder_values(a_dump(mtime_ns=mtime_ns), SHA256))
    assert KeyTemplate.parse(ALL).read(folder)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{host}/{name}", "must contain {hash} or {sha256}"),
        ("{hash}/{panic}", "{panic} is not known; there are {host}, {date}"),
        ("{hash}/{}", "{} is not known"),
        ("{hash}/{name.__class__}", "{name.__class__} is not known"),
        ("{hash!r}", "neither ! nor :"),
        ("{hash:>900}", "neither ! nor :"),
        ("{hash", "braces"),
        ("{{host}}{hash}", "only letters"),
        ("{hash}/a b", "only letters"),
        ("{hash}\n", "only letters"),
        ("{hash}/ü", "only letters"),
        ("../{hash}", "begin with a dot"),
        ("a/../{hash}", "begin with a dot"),
        ("./{hash}", "begin with a dot"),
        ("/{hash}", "slash"),
        ("{hash}/", "slash"),
        ("a//{hash}", "slash"),
        ("{sha256}" * 9, "367 are allowed"),
        ("x" * 500 + "{hash}", "367 are allowed"),
    ],
)
def test_a_template_that_could_do_harm_is_refused(template: str, told: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        KeyTemplate.parse(template)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


_literals = st.text(string.ascii_letters + string.digits + "/._=-", max_size=8)
_templates = st.lists(
    st.one_of(_literals, st.sampled_from([f"{{{name}}}" for name in PLACEHOLDERS])), max_size=8
).map(lambda parts: "".join([*parts, "{hash}"]))
_hashes = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(_templates, st.binary(min_size=1, max_size=255), _hashes, st.text(max_size=300))
def test_no_name_leaves_the_prefix_or_grows_too_long(
    template: str, raw_name: bytes, sha256: str, version: str
) -> None:
    try:
        parsed = KeyTemplate.parse(template)
    except ValueError:
        return
    dump = a_dump(raw_name, version=f"xnu-{version}")
    folder = parsed.render(placeholder_values(dump, sha256))
    assert set(folder) <= set(string.ascii_letters + string.digits + "/._=-")
    assert all(part and part[0] != "." for part in folder.split("/"))
    assert len(folder) <= LONGEST_FOLDER
    assert LONGEST_PREFIX + 1 + LONGEST_FOLDER + 1 + _FILE_NAME <= 1024
    assert parsed.is_of(folder, sha256)


@given(_hashes, _hashes)
def test_dumps_of_equal_names_never_share_a_folder(one: str, other: str) -> None:
    same = one[:16] == other[:16]
    assert (
        _folder(DEFAULT_TEMPLATE, sha256=one) == _folder(DEFAULT_TEMPLATE, sha256=other)
    ) is same


def test_the_same_dump_is_found_again_after_its_file_was_copied() -> None:
    template = KeyTemplate.parse(DEFAULT_TEMPLATE)
    before, after = (placeholder_values(a_dump(mtime_ns=n), SHA256) for n in (0, 10**18))
    assert template.render(before) != template.render(after)
    assert template.stable_lead(before) == template.stable_lead(after) == "10.0.40.7/"
    assert template.is_of(template.render(before), SHA256)
    assert not template.is_of(template.render(before), SHA256[::-1])


def test_a_template_of_stable_parts_leads_all_the_way() -> None:
    template = KeyTemplate.parse("macs/{host}/{xnu}/{hash}")
    values = placeholder_values(a_dump(), SHA256)
    assert template.stable_lead(values) == template.render(values)


def test_what_is_known_of_a_dump_narrows_where_it_can_be() -> None:
    template = KeyTemplate.parse("macs/{host}/{date}/{hash}")
    assert template.lead({}) == "macs/"
    assert template.lead({"host": "10.0.0.1", "hash": "0" * 16}) == "macs/10.0.0.1/"


def test_a_folder_tells_the_values_it_was_made_from() -> None:
    values = placeholder_values(a_dump(version=VERSION), SHA256)
    template = KeyTemplate.parse(ALL)
    assert template.read(template.render(values)) == values


@pytest.mark.parametrize("folder", ["", "x", "10.0.0.1/2024-01-01/a-0123", "a" * 5000, "\n/../x"])
def test_a_folder_of_another_template_is_told_from_ours(folder: str) -> None:
    assert KeyTemplate.parse(DEFAULT_TEMPLATE).read(folder) is None


@pytest.mark.parametrize(
    ("text", "folder", "ours"),
    [
        ("{hash}", SHA256[:16], True),
        ("{hash}", SHA256[:15] + "0", False),
        ("{sha256}", SHA256, True),
        ("{sha256}", SHA256[:63] + "0", False),
        ("{hash}/{sha256}", f"{SHA256[:16]}/{SHA256}", True),
        ("{hash}/{sha256}", f"{SHA256[:16]}/{SHA256[:63]}0", False),
        ("{hash}/{hash}", f"{SHA256[:16]}/{SHA256[:15]}0", False),
        ("a/{hash}", f"b/{SHA256[:16]}", False),
        ("a/{hash}", SHA256[:16], False),
    ],
)
def test_whose_a_folder_is_tells_as_much_of_the_hash_as_is_in_it(
    text: str, folder: str, ours: bool
) -> None:
    assert KeyTemplate.parse(text).is_of(folder, SHA256) is ours


def test_the_identity_is_the_files_hash_and_else_its_contents() -> None:
    assert content_identity(a_dump(), "f" * 64) == SHA256
    assert content_identity(a_dump(sha256=None), "f" * 64) == "f" * 64
    with pytest.raises(ValueError, match="nobody computed its SHA-256"):
        content_identity(a_dump(sha256=None), None)
