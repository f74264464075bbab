"""Looks what is pinned up in the databases of known vulnerabilities. Run by `make lint-security`.

Where a database can't be asked it says so, and fails only where AUDIT_REQUIRED is set, as for a release: a machine
without a network still lints.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
WEB: Final = HERE.parent / "clients/web"
PATIENCE: Final = 40
"""How long a database may take to answer (s)."""


def main() -> int:
    """Asks for Python's packages and for the page's. 1 where one of them is known to be vulnerable."""
    found, unasked = [], []
    for what, ask in (("Python's packages", python), ("the page's packages", node)):
        try:
            found += ask()
        except (OSError, ValueError, LookupError, subprocess.TimeoutExpired) as error:
            unasked.append(f"{what} were not looked up: {str(error)[:200]}")
    for line in (*unasked, *found):
        print(f"andon: {line}", file=sys.stderr)
    return 1 if found or (unasked and os.environ.get("AUDIT_REQUIRED")) else 0


def python() -> list[str]:
    """A line for each vulnerability of what requirements/*.txt pin. Raises LookupError where nothing is known."""
    files = [word for path in sorted(HERE.glob("*.txt")) for word in ("-r", str(path))]
    told = _json([sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--format", "json", *files])
    packages = told["dependencies"]
    if all("skip_reason" in package for package in packages):
        raise LookupError("the package index keeps no advisories")
    return [
        f"{package['name']} {package['version']}: {fault['id']}; mended in {', '.join(fault['fix_versions']) or 'none'}"
        for package in packages
        for fault in package.get("vulns", ())
    ]


def node() -> list[str]:
    """A line for each vulnerable package of the page. Raises LookupError where nobody could be asked."""
    if (npm := shutil.which("npm")) is None:
        raise LookupError("npm is not installed")
    told = _json([npm, "audit", "--json", "--package-lock-only"])
    if "vulnerabilities" not in told:
        raise LookupError(str(told.get("message") or told.get("error") or "no answer"))
    return [f"{name}: {fault['severity']}, in {fault['range']}" for name, fault in told["vulnerabilities"].items()]


def _json(command: list[str]) -> Any:
    """What a tool says; it ends with 1 where it has found something, so only what it says counts."""
    done = subprocess.run(command, cwd=WEB, check=False, capture_output=True, text=True, timeout=PATIENCE)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise LookupError(done.stderr.strip().rpartition("\n")[2] or "no answer") from None


if __name__ == "__main__":
    raise SystemExit(main())
