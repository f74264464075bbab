"""The page's own tests, beside all others: one run tells everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

WEB: Final = Path(__file__).resolve().parents[2] / "clients/web"


# One test here is a thousand there.
@pytest.mark.timeout(600)
@pytest.mark.skipif(not (WEB / "node_modules").is_dir(), reason="the page's packages are not installed (make web)")
def test_the_page_passes_its_own_tests() -> None:
    command = [sys.executable, str(WEB / "run.py"), "test"]
    ran = subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert ran.returncode == 0, ran.stdout
