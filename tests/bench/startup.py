"""From the command to the first answer."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.bench import harness
from tests.bench.bench import Bench
from tests.bench.figures import paired, spread
from tests.bench.report import Row

_BARE = "import grpc.aio, google.protobuf.struct_pb2, sqlite3"


async def measure(bench: Bench) -> list[Row]:
    """Start to ready on a new database, against a Python that only imports gRPC."""
    ours, bare = [], []
    with bench.temporary() as folder:
        harness.tokens_of(folder, 1)
        with harness.andon(folder, bench.loop):
            pass  # compiled modules are there from now on
        for _ in range(bench.sizes.starts):
            bare.append(_bare())
            folder.joinpath("andon.db").unlink(missing_ok=True)
            with harness.andon(folder, bench.loop) as server:
                ours.append(server.ready_seconds)
    ratio, middle = paired(ours, bare), spread(ours).value
    return [
        Row(
            key="start",
            what="start-up to ready, new database",
            target="(none)",
            measured=f"{middle:.2f} s against {spread(bare).value:.2f} s",
            how=f"Process start to the ready line / a Python that imports grpc.aio and ends; {len(ours)} of each.",
            ratio=ratio,
            raw={"ready_seconds": ours, "bare_seconds": bare},
        )
    ]


def _bare() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", _BARE], check=True)
    return time.perf_counter() - began
