"""Servers in processes of their own, and what they cost as the kernel counts it."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench import messages

ROOT: Final = Path(__file__).resolve().parents[2]
_ADDRESS: Final = re.compile(r"on (127\.0\.0\.1:\d+)(?:, the page and HTTP on (http://\S+))?")
_START_SECONDS: Final = 60.0
STAGES: Final = ("-m", "tests.bench.stages")
_ANDON: Final = ("-m", "andon")
_PROC: Final = Path("/proc")


class BenchError(Exception):
    """A row can't be measured, and why."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. `ready_seconds` is from its start until it said that it is ready."""

    process: subprocess.Popen[str]
    folder: Path
    address: str
    metrics: str
    ready_seconds: float

    def cpu(self) -> float:
        """Seconds of CPU that all threads have used so far, those that have ended included."""
        try:
            return time.clock_gettime(~self.process.pid << 3 | 2)  # the clock that clock_getcpuclockid(3) would name
        except OSError as error:
            raise BenchError(f"the kernel does not tell the CPU time of a process here: {error}") from None

    def memory(self) -> int:
        """Resident memory, bytes."""
        try:
            pages = (_PROC / str(self.process.pid) / "statm").read_text().split()[1]
        except OSError as error:
            raise BenchError(f"the kernel does not tell the memory of a process here: {error}") from None
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    @property
    def database(self) -> Path:
        return self.folder / "andon.db"


def tokens_of(folder: Path, reviewers: int) -> dict[str, str]:
    """Plain tokens by principal: `service` submits, `reviewer-0` and so on review; for the server in `folder`."""
    return messages.write_tokens(folder / "andon-tokens.yaml", reviewers)


@contextmanager
def andon(
    folder: Path, loop: str, settings: Mapping[str, str] | None = None, module: Sequence[str] = _ANDON
) -> Iterator[Server]:
    """The real `andon serve` in a folder, with its tokens and the benchmark's policies. Killed at the end."""
    messages.write_policies(folder / "policies")
    flags = {
        "listen": "127.0.0.1:0",
        "http-listen": "127.0.0.1:0",
        "policies": "policies",
        "log-format": "json",
        "log-level": "warning",
        "event-loop": loop,
        "max-connection-age": "1d",
        "max-active-calls": "200000",
        # One principal makes all calls here; the limits of one are looked at, and bind nobody.
        "max-calls-per-second": "100000",
        "max-open-decisions-per-principal": "10000000",
        "max-waiters-per-principal": "10000000",
        **(settings or {}),
    }
    words = [word for key, value in flags.items() for word in (f"--{key}", value)]
    with _running([*module, "serve", *words], folder) as server:
        yield server


@contextmanager
def echo(folder: Path, loop: str) -> Iterator[Server]:
    """A bare grpc.aio server on the same kind of event loop. Killed at the end."""
    with _running(["-m", "tests.bench.echo", loop], folder) as server:
        yield server


@contextmanager
def _running(words: Sequence[str], folder: Path) -> Iterator[Server]:
    began = time.perf_counter()
    with (folder / "stderr.log").open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=folder, env=_environment(), stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        address, metrics = _announced(process, folder)
        yield Server(process, folder, address, metrics, time.perf_counter() - began)
    finally:
        stop(process)


def stop(process: subprocess.Popen[str], *, gently: bool = False) -> str:
    """Ends a process and returns what it said last. `gently` lets it end by itself first, for at most 30 s."""
    if gently and process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
    process.kill()
    said = process.stdout.read() if process.stdout and not process.stdout.closed else ""
    process.wait()
    if process.stdout:
        process.stdout.close()
    return said


def _announced(process: subprocess.Popen[str], folder: Path) -> tuple[str, str]:
    assert process.stdout is not None
    until = time.monotonic() + _START_SECONDS
    for line in process.stdout:
        if found := _ADDRESS.search(line):
            return found[1], f"{found[2]}metrics" if found[2] else ""
        if time.monotonic() > until:
            break
    words = (folder / "stderr.log").read_text(errors="replace")[-2_000:]
    raise BenchError(f"a server did not start: {words}")


def _environment() -> dict[str, str]:
    """Compiled modules are kept, as they are where a package is installed; none of the caller's settings count."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ANDON_")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    kept["PYTHONPYCACHEPREFIX"] = str(ROOT / "build" / "bench-pycache")
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH", "")]))
    return kept
