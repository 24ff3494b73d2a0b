"""Real S3 servers for tests: SeaweedFS, and moto for what it lacks.

Tests ask for the fixtures in `tests/s3/fixtures.py`. Everything runs on 127.0.0.1 on free ports.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import os
import platform
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MISSING_HERE = sys.platform == "darwin" and platform.machine() == "x86_64"
"""Nobody builds SeaweedFS, and what moto needs, for Macs with Intel processors."""
WEED = str(Path(sys.executable).with_name("weed"))
REGION = "us-east-1"
PATIENCE = 30.0

# The server dies with us, however we end: then the pipe on the shell's standard input is closed.
_DIES_WITH_US = '"$@" & read line; kill -9 $!; wait'


@dataclass(frozen=True, kw_only=True)
class S3Server:
    """Where a server is, how to get in, and a bucket there that is the test's own."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str = ""

    def environment(self) -> dict[str, str]:
        """Variables for a child process: these credentials, and none found elsewhere."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DEFAULT_REGION": REGION,
        }

    @functools.cached_property
    def client(self) -> S3Client:
        """boto3's client for this server, to look at what is there."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=REGION,
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 3}),
        )

    def behind(self, endpoint: str) -> S3Server:
        """The same by another address, such as a proxy's."""
        return replace(self, endpoint=endpoint)

    def with_bucket(self, name: str | None = None) -> S3Server:
        """The same with a new bucket."""
        bucket = name or f"test-{secrets.token_hex(6)}"
        self.client.create_bucket(Bucket=bucket)
        return replace(self, bucket=bucket)

    def keys(self) -> list[str]:
        """All keys in the bucket, sorted."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return sorted(item["Key"] for page in pages for item in page.get("Contents", ()))

    def read(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def uploads(self) -> list[str]:
        """Keys of the multipart uploads that are begun and neither completed nor aborted."""
        answer = self.client.list_multipart_uploads(Bucket=self.bucket)
        return sorted(upload["Key"] for upload in answer.get("Uploads", ()))


def free_ports(count: int) -> list[int]:
    """Ports on which nobody listens."""
    with contextlib.ExitStack() as stack:
        sockets = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [each.getsockname()[1] for each in sockets]


@contextlib.contextmanager
def seaweed(directory: Path) -> Iterator[tuple[S3Server, S3Server]]:
    """Run a SeaweedFS server in a directory: yields its administrator's access and a reader's.

    The reader may look into every bucket and write to none.
    """
    admin, reader = _access("admin"), _access("reader")
    for attempt in range(3):  # somebody may take a port between our look and the server's
        ports = free_ports(10)
        endpoint = f"http://127.0.0.1:{ports[0]}"
        log = directory / f"log-{attempt}"
        process = _start(directory, ports, log, [(admin, ["Admin"]), (reader, ["Read", "List"])])
        try:
            if _is_up(process, admin.behind(endpoint)):
                yield admin.behind(endpoint), reader.behind(endpoint)
                return
        finally:
            _end(process, ports)
    raise RuntimeError(f"weed does not start:\n{log.read_text()[-4000:]}")


def _access(name: str) -> S3Server:
    return S3Server(endpoint="", access_key=f"{name}-key", secret_key=secrets.token_hex(16))


def _start(
    directory: Path, ports: list[int], log: Path, people: list[tuple[S3Server, list[str]]]
) -> subprocess.Popen[bytes]:
    identities = [
        {
            "name": who.access_key,
            "credentials": [{"accessKey": who.access_key, "secretKey": who.secret_key}],
            "actions": actions,
        }
        for who, actions in people
    ]
    config = directory / "identities.json"
    config.write_text(json.dumps({"identities": identities}))
    data = directory / "data"
    data.mkdir(exist_ok=True)
    with log.open("wb") as output:
        return subprocess.Popen(
            ["/bin/sh", "-c", _DIES_WITH_US, "sh", WEED, "mini", *_options(data, config, ports)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=directory,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(directory)},
        )


def _options(data: Path, config: Path, ports: list[int]) -> list[str]:
    services = ("s3", "master", "volume", "filer", "admin")
    options = [f"-{service}.port={port}" for service, port in zip(services, ports, strict=False)]
    options += [
        f"-{service}.port.grpc={port}" for service, port in zip(services, ports[5:], strict=True)
    ]
    return [
        *options,
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-s3.config={config}",
        "-s3.autoCreateBucket=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.localSocket={_socket('s3', ports[0])}",
        f"-filer.localSocket={_socket('filer', ports[3])}",
        "-volume.max=10000",  # each bucket takes several volumes
        "-master.volumeSizeLimitMB=64",
        "-master.telemetry=false",
        "-webdav=false",
        "-admin.ui=false",
    ]


def _socket(service: str, port: int) -> str:
    return f"/tmp/seaweedfs-{service}-{port}.sock"  # where the server puts those of its own too


def _is_up(process: subprocess.Popen[bytes], admin: S3Server) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(Exception):
            # Answers before the volumes are ready: only what can be written is up.
            first = admin.with_bucket()
            first.client.put_object(Bucket=first.bucket, Key="up", Body=b"up")
            return True
        time.sleep(0.1)
    return False


def _end(process: subprocess.Popen[bytes], ports: list[int]) -> None:
    assert process.stdin
    process.stdin.close()
    process.wait(10)
    for service in ("s3", "master", "volume", "filer", "admin"):
        for port in ports:
            for name in (service, f"{service}-grpc"):
                Path(_socket(name, port)).unlink(missing_ok=True)


@contextlib.contextmanager
def moto() -> Iterator[S3Server]:
    """Run moto's server in threads of this process; it asks nobody who he is."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield replace(_access("moto"), endpoint=f"http://{host}:{port}")
    finally:
        server.stop()
