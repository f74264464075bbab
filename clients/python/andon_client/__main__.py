"""`python -m andon_client`: the client's commands."""

from __future__ import annotations

from andon_client.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
