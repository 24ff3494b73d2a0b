"""The whole way of one dump, on this machine, in half a minute: what `make demo` runs.

A core as a panicking Mac would send it arrives slowly in a temporary directory, as kdumpd writes
it; the daemon follows it, proves it complete, zips it and announces it to a webhook on this
machine that stands in for Slack. Needs no rights and no network, and ends by itself.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from typing import IO, Any

from chat import Chat

SECONDS_OF_TRANSFER = 8.0
PACKET = 1406  # bytes of data in one of kdumpd's packets
PATIENCE = 120.0
PANICPIPE = str(Path(sys.executable).with_name("panicpipe"))


def main() -> int:
    with Chat() as chat:
        return demonstrate(chat)


def demonstrate(chat: Chat) -> int:
    place = Path(tempfile.mkdtemp(prefix="panicpipe-demo-"))
    dumps, zips = place / "PanicDumps", place / "PanicPipe"
    dumps.mkdir()
    config = write_configuration(place, dumps, zips, chat)
    say("1. Making the core that a Mac would send (64 MiB, gzip, as the kernel writes it)")
    core = make_core(place)
    say(f"   {core.name}, {core.stat().st_size:,} bytes compressed")
    say("2. Starting the daemon: panicpipe run")
    daemon = start_daemon(config)
    try:
        wait_for(lambda: status(config)["running"], daemon)
        say("3. The Mac panics; its core arrives as kdumpd writes it; `status` meanwhile:")
        arrival = threading.Thread(target=arrive, args=(core, dumps / core.name))
        arrival.start()
        show_status_while(arrival, config)
        say("4. All of it is there:")
        wait_for(lambda: status(config)["done"] or status(config)["parked"], daemon)
        wait_for(lambda: chat.messages, daemon)
        say("5. What Slack, or your mail, would tell you:")
        show_message(chat.messages[0])
        say("6. What the daemon knows now: panicpipe status")
        run_shown("status", "--config", str(config))
    finally:
        stop(daemon)
    return check(config, place)


def write_configuration(place: Path, dumps: Path, zips: Path, chat: Chat) -> Path:
    config = place / "panicpipe.toml"
    config.write_text(
        f'state_directory = "{place / "state"}"\n'
        f'[source.directory]\npath = "{dumps}"\n'
        f'[stages.package]\ndirectory = "{zips}"\n'
        f'[notifiers.chat]\nuse = "apprise"\nurls = ["{chat.url}"]\n'
    )
    return config


def make_core(place: Path) -> Path:
    command = [sys.executable, "-m", "tests.cores", "--arch", "arm64", "--xnu", "11417.101.15"]
    command += ["--size", "64M", "--gzip", str(place)]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    return Path(made.stdout.strip())


def start_daemon(config: Path) -> subprocess.Popen[str]:
    daemon = subprocess.Popen(
        [PANICPIPE, "run", "--config", str(config)], stderr=subprocess.PIPE, text=True
    )
    assert daemon.stderr is not None
    threading.Thread(target=echo, args=(daemon.stderr,), daemon=True).start()
    return daemon


def echo(log: IO[str]) -> None:
    for line in log:
        print(f"   log | {line.rstrip()}", flush=True)


def arrive(core: Path, target: Path) -> None:
    """Write the file as kdumpd does: straight to its name, packet by packet, without a sync."""
    packets = -(-core.stat().st_size // PACKET)
    begin = time.monotonic()
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o660)
    with core.open("rb") as source, os.fdopen(fd, "wb", buffering=0) as out:
        for number in range(packets):
            out.write(source.read(PACKET))
            ahead = begin + SECONDS_OF_TRANSFER * number / packets - time.monotonic()
            if ahead > 0.01:
                time.sleep(ahead)


def show_status_while(arrival: threading.Thread, config: Path) -> None:
    while arrival.is_alive():
        for dump in status(config)["in_flight"]:
            percent = "?" if dump["per_cent"] is None else dump["per_cent"]
            rate = dump["rate"] / 1e6
            panic = dump["facts"].get("panic", "(not there yet)")
            print(f"   status | {dump['name']}: {percent} %, {rate:.1f} MB/s, {panic}", flush=True)
        arrival.join(1.5)


def show_message(message: dict[str, Any]) -> None:
    for line in (message["title"], *message["message"].splitlines()):
        print(f"   alert | {line}", flush=True)


def check(config: Path, place: Path) -> int:
    answer = status(config)
    if not answer["done"] or answer["done"][0]["verdict"] != "complete":
        say("The demo failed: the dump did not come through. See the log above.")
        return 1
    made = Path(answer["done"][0]["artifacts"]["zip"])
    say("7. Checking the zip")
    if shutil.which("unzip"):
        subprocess.run(["unzip", "-t", str(made)], check=True)
    with zipfile.ZipFile(made) as archive:
        bad = archive.testzip()
        record = json.loads(archive.read("dump.json"))
    if bad is not None:
        say(f"The demo failed: {bad} in the zip is damaged.")
        return 1
    say(f"   who:  {record['client']}")
    say(f"   why:  {record['panic']['line']}")
    say("Everything is still there to look at:")
    for label, path in (
        ("the dump", place / "PanicDumps"),
        ("the zip for Feedback", made),
        ("journal and state", place / "state"),
        ("configuration", config),
    ):
        say(f"   {label + ':':22}{path}")
    say(f"   try:   {PANICPIPE} show 1 --config {config}")
    say(f"   remove it all with:   rm -r {place}")
    return 0


def status(config: Path) -> dict[str, Any]:
    answer = subprocess.run(
        [PANICPIPE, "status", "--json", "--config", str(config)], capture_output=True, text=True
    )
    if answer.returncode != 0:
        return {"running": False, "in_flight": [], "done": [], "parked": []}
    value: dict[str, Any] = json.loads(answer.stdout)
    return value


def run_shown(*arguments: str) -> None:
    sys.stdout.flush()
    subprocess.run([PANICPIPE, *arguments], check=True)


def wait_for(condition: Any, daemon: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end or daemon.poll() is not None:
            raise SystemExit("The demo failed: the daemon did not do its work; see its log above.")
        time.sleep(0.2)


def stop(daemon: subprocess.Popen[str]) -> None:
    daemon.send_signal(signal.SIGTERM)
    try:
        daemon.wait(10)
    except subprocess.TimeoutExpired:
        daemon.kill()


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
