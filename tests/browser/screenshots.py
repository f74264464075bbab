"""`make screenshots`: docs/images/*.png, from the demo's policy and real applications after a day of made-up work."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    # This folder would shadow other modules; what is imported is `tests.browser` below the root.
    ROOT = Path(__file__).resolve().parents[2]
    sys.path[:1] = [str(ROOT), str(ROOT / "clients/examples/credit")]
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    from tests.browser.camera import main

    raise SystemExit(main(ROOT / "docs/images"))
