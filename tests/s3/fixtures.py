"""Fixtures that every test may ask for: `weed`, `weed_reader`, `moto_s3`, `proxy`.

`weed` is a SeaweedFS server with a bucket that nobody else uses; `moto_s3` the same with moto's
server; `proxy` stands in front of `weed` (see `tests/s3/proxy.py`). One server for each process
of the test run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.s3.proxy import FaultProxy
from tests.s3.servers import MISSING_HERE, S3Server, moto, seaweed


@pytest.fixture(scope="session")
def seaweed_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[S3Server, S3Server]]:
    """Access of the administrator and of a reader, without a bucket."""
    _need_servers()
    with seaweed(tmp_path_factory.mktemp("seaweed")) as access:
        yield access


@pytest.fixture(scope="session")
def moto_server() -> Iterator[S3Server]:
    _need_servers()
    with moto() as server:
        yield server


def _need_servers() -> None:
    if MISSING_HERE:
        pytest.skip("there are no S3 servers for Macs with Intel processors")


@pytest.fixture
def weed(seaweed_server: tuple[S3Server, S3Server]) -> S3Server:
    """A SeaweedFS server with a new bucket."""
    return seaweed_server[0].with_bucket()


@pytest.fixture
def weed_reader(seaweed_server: tuple[S3Server, S3Server], weed: S3Server) -> S3Server:
    """The same bucket for somebody who may read and list, but not write."""
    return replace(seaweed_server[1], bucket=weed.bucket)


@pytest.fixture
def moto_s3(moto_server: S3Server) -> S3Server:
    """moto's server with a new bucket: for encryption, storage classes, tags and Object Lock."""
    return moto_server.with_bucket()


@pytest.fixture
def proxy(weed: S3Server) -> Iterator[FaultProxy]:
    """A proxy in front of `weed`: `weed.behind(proxy.endpoint)`."""
    with FaultProxy(weed.endpoint) as made:
        yield made
