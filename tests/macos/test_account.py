"""The account that reads dumps."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.errors import MachineError
from pipeline.machine import Changes
from pipeline.macos import account
from tests.macs.fake_mac import FakeMac
from tests.macs.programs.dscl import GROUPS, USERS


def changes(mac: FakeMac, told: list[str] | None = None, *, dry_run: bool = False) -> Changes:
    return Changes(mac.machine, ([] if told is None else told).append, dry_run=dry_run)


def test_it_is_a_role_account_with_a_group_of_its_own(mac: FakeMac) -> None:
    account.make(changes(mac))
    found = account.account(mac.machine)
    assert found == account.Account(uid=450, gid=450, shell="/usr/bin/false", admin=False)
    assert list(account.faults(found)) == []
    assert mac.machine.uid("_panicpipe") == 450


def test_numbers_that_users_or_groups_have_are_passed_over(mac: FakeMac) -> None:
    with mac.changed() as state:
        state["users"] = {**USERS, "_x": {"UniqueID": 450, "PrimaryGroupID": 450}}
        state["groups"] = {**GROUPS, "_y": {"PrimaryGroupID": 451}}
    account.make(changes(mac))
    found = account.account(mac.machine)
    assert found is not None
    assert (found.uid, found.gid) == (452, 452)


def test_making_it_again_changes_nothing(mac: FakeMac) -> None:
    account.make(changes(mac))
    mac.forget_calls()
    account.make(changes(mac))
    assert {call[0].rpartition("/")[2] for call in mac.calls} <= {"dscl", "dseditgroup"}
    assert all("create" not in call for call in mac.calls)


def test_a_group_that_a_broken_attempt_left_is_used(mac: FakeMac) -> None:
    with mac.changed() as state:
        state["sysadminctl"] = "refuses"
    with pytest.raises(MachineError, match="has made no account"):
        account.make(changes(mac))
    with mac.changed() as state:
        del state["sysadminctl"]
    account.make(changes(mac))
    assert account.account(mac.machine) is not None


def test_it_is_taken_away_with_its_group(mac: FakeMac) -> None:
    account.make(changes(mac))
    account.remove(changes(mac))
    assert account.account(mac.machine) is None
    assert "_panicpipe" not in mac.state["groups"]


@pytest.mark.parametrize(
    ("record", "fault"),
    [
        ({"UniqueID": 0, "PrimaryGroupID": 450}, "another name of root"),
        ({"UniqueID": 450, "PrimaryGroupID": 80}, "group 80"),
        ({"UniqueID": 450, "PrimaryGroupID": 450, "UserShell": "/bin/zsh"}, "can log in"),
    ],
)
def test_an_account_that_could_do_harm_is_told(
    mac: FakeMac, record: dict[str, Any], fault: str
) -> None:
    with mac.changed() as state:
        state["users"] = {**USERS, "_panicpipe": {"UserShell": "/usr/bin/false", **record}}
    found = account.account(mac.machine)
    assert found is not None
    assert [fault in line for line in account.faults(found)] == [True]


def test_an_administrator_by_membership_is_told(mac: FakeMac) -> None:
    account.make(changes(mac))
    with mac.changed() as state:
        state["groups"]["admin"]["GroupMembership"] = ["root", "_panicpipe"]
    found = account.account(mac.machine)
    assert found is not None
    assert [*account.faults(found)] == [
        "_panicpipe is in the group admin, whose members may change the system"
    ]


def test_whose_groups_nobody_tells_is_no_administrator_for_certain(mac: FakeMac) -> None:
    account.make(changes(mac))
    mac.answer("dseditgroup", err="Operation timed out\n", status=78)
    found = account.account(mac.machine)
    assert found is not None
    assert found.admin is None
    assert not list(account.faults(found))


def test_a_group_that_was_not_made_is_told_before_the_account_is(mac: FakeMac) -> None:
    with mac.changed() as state:
        state["dseditgroup"] = "does nothing"
    with pytest.raises(MachineError, match="has made no group _panicpipe"):
        account.make(changes(mac))
    assert account.account(mac.machine) is None


def test_a_dry_run_names_the_number_and_makes_nothing(mac: FakeMac) -> None:
    told: list[str] = []
    account.make(changes(mac, told, dry_run=True))
    assert [line.split()[1] for line in told] == ["/usr/sbin/dseditgroup", "/usr/sbin/sysadminctl"]
    assert "-UID 450" in told[1]
    assert account.account(mac.machine) is None


def test_where_no_number_is_free_that_is_told(mac: FakeMac) -> None:
    with mac.changed() as state:
        state["users"] = {f"_{n}": {"UniqueID": n, "PrimaryGroupID": n} for n in range(450, 500)}
    with pytest.raises(MachineError, match="no number from 450 to 499"):
        account.make(changes(mac))
