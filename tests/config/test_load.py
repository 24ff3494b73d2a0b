from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as running
from hypothesis import strategies as st

from pipeline.config import Settings, load
from pipeline.config.loading import settings
from pipeline.config.location import Text
from pipeline.errors import ConfigError
from tests.config.hosts import root, user
from tests.config.loading import faults, loaded
from tests.strangers import STAGES, install


@pytest.fixture
def strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = {
        "panicpipe.stages": {
            "size-cap": "stranger:SizeCap",
            "crush": "stranger:Crush",
            "ruled": "stranger:Ruled",
        },
        "panicpipe.notifiers": {"pager": "stranger:Pager"},
    }
    install(tmp_path / "site", "strangers", points, {"stranger": STAGES})
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delitem(sys.modules, "stranger", raising=False)


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    found = load(None, {}, host=root(tmp_path))
    assert found.file is None
    assert found.state_directory == Path("/var/lib/panicpipe")
    assert found.max_uncompressed_size == 256 << 30
    assert (found.transfers, found.workers, found.uploads) == (8, 2, 2)
    assert found.scan_seconds == 30
    assert (found.retry_first_seconds, found.retry_longest_seconds) == (10, 3600)
    assert [each.name for each in found.sources] == ["directory"]
    assert [each.name for each in found.stages] == ["verify", "package"]
    assert found.stages[1].config["directory"] == "/var/lib/panicpipe/packages"
    assert found.notifiers == ()


def test_on_a_mac_root_s_zips_go_where_everybody_of_the_admin_group_finds_them(
    tmp_path: Path,
) -> None:
    found = load(None, {}, host=root(tmp_path, "darwin"))
    assert found.stages[1].config["directory"] == "/Users/Shared/PanicPipe"


def test_what_the_file_says_holds(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        """
        state_directory = "~/state"
        [inspect]
        max_uncompressed_size = 5_000_000
        [pipeline]
        stages = ["package"]
        transfers = 3
        uploads = 5
        scan_seconds = 2
        [source.directory]
        path = "/PanicDumps"
        [stages.package]
        directory = "/srv/zips"
        recompress = true
        [notifiers.ops]
        use = "apprise"
        urls = ["json://localhost"]
        """,
    )
    assert found.state_directory == tmp_path / "state"
    assert found.max_uncompressed_size == 5_000_000
    assert (found.transfers, found.workers, found.uploads) == (3, 2, 5)
    assert found.scan_seconds == 2
    assert found.sources[0].config["path"] == "/PanicDumps"
    assert [each.name for each in found.stages] == ["package"]
    assert found.stages[0].config["directory"] == "/srv/zips"
    assert found.stages[0].config["recompress"] is True
    ops = found.notifiers[0]
    assert (ops.name, ops.use, ops.config["urls"]) == ("ops", "apprise", ["json://localhost"])


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    lines = faults(
        tmp_path,
        """
        colour = "red"
        state_directory = "here"
        [inspect]
        max_uncompressed_size = "lots"
        [pipeline]
        stages = ["verfy", "package"]
        transfers = 0
        workers = "2"
        scan_secnds = 4
        [source.directory]
        path = 3
        [stages.package]
        recompres = true
        [notifiers.ops]
        use = "pigeon"
        [notifiers.night]
        urls = ["slack://hunter2"]
        """,
    )
    told = "\n".join(lines)
    assert len(lines) == 11
    assert "colour: is not a known key; known are: state_directory, inspect, pipeline" in told
    assert 'state_directory: "here" is not allowed: it must be an absolute path' in told
    assert 'inspect.max_uncompressed_size: "lots" is not allowed: it must be a number of' in told
    assert 'pipeline.stages: there is no stage "verfy", did you mean "verify"?' in told
    assert "pipeline.transfers: 0 is not allowed: it must be at least 1" in told
    assert 'pipeline.workers: "2" is not allowed: it must be a whole number' in told
    assert 'pipeline.scan_secnds: is not a known key, did you mean "scan_seconds"?' in told
    assert "source.directory.path: 3 is not allowed" in told
    assert 'stages.package.recompres: is not a known key, did you mean "recompress"?' in told
    assert 'notifiers.ops: there is no notifier "pigeon"' in told
    assert "notifiers.night.use: is missing" in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("toml", "fault"),
    [
        ("pipeline = 3", "pipeline: 3 is not allowed: it must be a table"),
        ("stages = 3", "stages: 3 is not allowed: it must be a table"),
        ("[stages]\npackage = 3", "stages.package: 3 is not allowed: it must be a table"),
        ("[notifiers]\nops = 'slack://hunter2'", "notifiers.ops: this value is not allowed"),
        ("[pipeline]\nstages = 'verify'", 'pipeline.stages: "verify" is not allowed: it must be'),
        ("[pipeline]\nstages = [3]", "pipeline.stages[0]: 3 is not allowed: it must be text"),
        ("[pipeline]\nstages = []", "pipeline.stages: an empty list is not allowed"),
        ("[pipeline]\nscan_seconds = nan", 'pipeline.scan_seconds: "nan" is not allowed'),
        ("[pipeline]\nscan_seconds = inf", 'pipeline.scan_seconds: "inf" is not allowed'),
        ("[pipeline]\nscan_seconds = 0", "pipeline.scan_seconds: 0 is not allowed: it must be mo"),
        ("[pipeline]\nworkers = 1979-05-27", 'pipeline.workers: "1979-05-27" is not allowed'),
        (
            "[pipeline]\nretry_longest_seconds = 5",
            "pipeline.retry_longest_seconds: retry_longest_seconds is less",
        ),
        ("[stages.sweep]\na = 1", 'stages.sweep: there is no stage "sweep"; installed are: '),
        ("[source.folder]\na = 1", 'source.folder: there is no source "folder"; installed are: '),
        ("[notifiers.'']\nuse = 'apprise'", 'notifiers."": this name is not allowed'),
        ("[notifiers.\"a\\nb\"]\nuse = 'apprise'", "this name is not allowed"),
        ("[notifiers.ops]\nuse = 3", "notifiers.ops.use: is missing or not text; it must be "),
    ],
)
def test_each_kind_of_fault_names_its_key(tmp_path: Path, toml: str, fault: str) -> None:
    assert any(fault in line for line in faults(tmp_path, toml)), faults(tmp_path, toml)


@pytest.mark.usefixtures("strangers")
def test_a_stranger_s_stage_in_the_chain_is_built_with_its_table(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        '[pipeline]\nstages = ["size-cap", "verify"]\n[stages.size-cap]\nmax_bytes = 5\n',
    )
    assert found.stages[0].config["max_bytes"] == 5
    assert found.stages[0].reference == "stranger:SizeCap"


@pytest.mark.usefixtures("strangers")
def test_a_stage_s_need_must_be_made_before_it(tmp_path: Path) -> None:
    assert faults(tmp_path, '[pipeline]\nstages = ["verify", "crush", "package"]') == [
        'pipeline.stages: "crush" needs "zip", which no earlier stage makes; '
        'put "package" before it'
    ]
    assert faults(tmp_path, '[pipeline]\nstages = ["crush"]') == [
        'pipeline.stages: "crush" needs "zip", which no earlier stage makes; '
        "put a stage before it that makes it"
    ]
    assert len(loaded(tmp_path, '[pipeline]\nstages = ["package", "crush"]').stages) == 2


def test_a_stage_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    fault = 'pipeline.stages: "verify" is there 2 times; a stage can run only once'
    assert faults(tmp_path, '[pipeline]\nstages = ["verify", "package", "verify"]') == [fault]


@pytest.mark.usefixtures("strangers")
def test_the_table_of_a_stage_outside_the_chain_is_checked_but_allowed(tmp_path: Path) -> None:
    assert len(loaded(tmp_path, "[stages.size-cap]\nmax_bytes = 5").stages) == 2
    assert faults(tmp_path, "[stages.size-cap]\nmax_bytes = 'x'") == [
        'stages.size-cap.max_bytes: "x" is not allowed: it must be a whole number'
    ]


@pytest.mark.usefixtures("strangers")
def test_a_stage_that_is_configured_without_being_in_the_chain_is_at_hand(tmp_path: Path) -> None:
    found = loaded(tmp_path, "[stages.size-cap]\nmax_bytes = 5\n[stages.package]\nlevel = 1")
    assert [(each.name, each.config["max_bytes"]) for each in found.others] == [("size-cap", 5)]
    assert [each.name for each in found.stages] == ["verify", "package"]


@pytest.mark.usefixtures("strangers")
@pytest.mark.parametrize("state", ["", 'state_directory = "~/mine"\n'])
def test_what_is_on_its_way_elsewhere_waits_in_the_state_directory(
    tmp_path: Path, state: str
) -> None:
    found = loaded(tmp_path, f"{state}[stages.ruled]")
    place = tmp_path / ("mine" if state else ".local/state/panicpipe") / "spool"
    assert found.others[0].config["directory"] == str(place)
    other = loaded(tmp_path, f'{state}[stages.ruled]\ndirectory = "/Volumes/Big/spool"')
    assert other.others[0].config["directory"] == "/Volumes/Big/spool"


@pytest.mark.usefixtures("strangers")
def test_root_s_spool_is_in_the_platform_s_state_directory(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("[stages.ruled]")
    for platform, place in (
        ("darwin", "/Library/Application Support/PanicPipe/State/spool"),
        ("linux", "/var/lib/panicpipe/spool"),
    ):
        found = load(file, {}, host=root(tmp_path, platform))
        assert found.others[0].config["directory"] == place


@pytest.mark.usefixtures("strangers")
def test_tables_within_a_stage_s_table_are_filled_in_like_it(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        '[stages.ruled]\ncores = {limit = 3}\nmore = [{}, {unless = "~/x"}]\n'
        '[stages.ruled.zips]\nunless = "~/keep"\n',
    )
    config = found.others[0].config
    assert config["cores"] == {"limit": 3, "unless": None, "password": ""}
    assert config["zips"] == {"limit": 5, "unless": f"{tmp_path}/keep", "password": ""}
    assert [rule["unless"] for rule in config["more"]] == [None, f"{tmp_path}/x"]
    assert vars(found.others[0].plugin)["zips"].unless == tmp_path / "keep"


@pytest.mark.usefixtures("strangers")
def test_faults_within_a_stage_s_tables_name_the_full_key_and_no_secret(tmp_path: Path) -> None:
    told = "\n".join(
        faults(
            tmp_path,
            """
            [stages.ruled]
            more = [{}, {limit = "x"}, {unless = "here"}]
            [stages.ruled.cores]
            limt = 3
            password = ["hunter2"]
            [stages.ruled.zips]
            limit = 100
            password = "hunter3"
            """,
        )
    )
    assert 'stages.ruled.cores.limt: is not a known key, did you mean "limit"? known' in told
    assert "stages.ruled.cores.password: this value is not allowed: it must be text" in told
    assert "stages.ruled.zips.limit: limit is beyond 99, …" in told
    assert 'stages.ruled.more[1].limit: "x" is not allowed: it must be a whole number' in told
    assert 'stages.ruled.more[2].unless: "here" is not allowed: it must be an absolute' in told
    assert "hunter" not in told
    assert len(told.splitlines()) == 5


@pytest.mark.usefixtures("strangers")
def test_a_stage_may_object_to_the_chain_even_from_outside_it(tmp_path: Path) -> None:
    fault = r"pipeline.stages: ruled is strict \x1b[2J, and not in the chain; put it there"
    assert faults(tmp_path, '[stages.ruled]\nstrict = "yes"') == [fault]
    inside = '[pipeline]\nstages = ["verify", "ruled"]\n[stages.ruled]\nstrict = "yes"'
    assert len(loaded(tmp_path, inside).stages) == 2
    bug = faults(tmp_path, '[stages.ruled]\nstrict = "bug"')[0]
    assert 'pipeline.stages: "ruled" cannot judge it: the stage has a bug: LookupError in' in bug
    assert "words of its own" not in bug


@pytest.mark.usefixtures("strangers")
def test_notifiers_may_have_any_number_and_names(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "[notifiers.ops]\nuse='pager'\n[notifiers.'Nächte 2']\nuse='pager'\nretries=3",
    )
    assert [(each.name, each.config["retries"]) for each in found.notifiers] == [
        ("ops", 1),
        ("Nächte 2", 3),
    ]


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["verify", "package", "apprise", "~/x", "/x", "5 GiB", "\x1b[2J\n"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["stages", "directory", "package", "path", "urls", "use", "ops", "level", "a.b"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
_KEYS = [field.name for field in dataclasses.fields(Settings)] + ["inspect", "pipeline", "source"]


@running(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(_KEYS), _VALUES, max_size=4))
def test_whatever_the_file_holds_only_a_plain_configuration_error_comes_of_it(
    table: dict[str, object],
) -> None:
    told = ""
    try:
        settings(Text(None, table), user(Path("/home/ann")))
    except ConfigError as error:
        told = str(error)
    assert all(line.isprintable() for line in told.split("\n"))
