"""`make bench`: measures, prints the table, writes bench.json. See `--help`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    # This folder would shadow other modules; what is imported is `tests.bench` below the root.
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    from tests.bench.command import main

    raise SystemExit(main())
