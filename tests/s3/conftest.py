"""Credentials for the servers of these tests, and none found elsewhere."""

from __future__ import annotations

import pytest

from tests.s3.servers import S3Server


@pytest.fixture
def as_admin(weed: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """SeaweedFS, with its administrator's credentials in the environment."""
    for name, value in weed.environment().items():
        monkeypatch.setenv(name, value)
    return weed


@pytest.fixture
def as_anybody(moto_s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> S3Server:
    """moto's server, with its credentials in the environment."""
    for name, value in moto_s3.environment().items():
        monkeypatch.setenv(name, value)
    return moto_s3
