"""Andon on real decisions: 500 credit applications, a model, a policy, callers, reviewers, and what came of it."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    try:
        from credit_demo.command import main

        sys.exit(main())
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        sys.exit(130)
