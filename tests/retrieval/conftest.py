from __future__ import annotations

import pytest

from tests.s3.servers import S3Server


@pytest.fixture(autouse=True)
def credentials(weed: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the test's server, found as boto3 finds them."""
    for name, value in weed.environment().items():
        monkeypatch.setenv(name, value)
