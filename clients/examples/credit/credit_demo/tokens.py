"""Who takes part: one token for each, made anew for every run."""

from __future__ import annotations

import hashlib
import json
import secrets
from pathlib import Path
from typing import Any, Final

CALLER: Final = "credit-service"
AUDITOR: Final = "auditor"
GUEST: Final = "you"
REVIEWERS: Final = ("anna", "bilal", "chiara", "david")
_SENIORS: Final = frozenset({"chiara", "david"})


def write_tokens(path: Path) -> dict[str, str]:
    """Writes the server's token file, which holds hashes alone, and returns the tokens by principal."""
    people: dict[str, dict[str, Any]] = {
        CALLER: {"roles": ["submitter"]},
        AUDITOR: {"roles": ["auditor"]},
        GUEST: {"roles": ["reviewer", "lead"], "skills": ["*"], "queues": ["*"]},
    }
    for name in REVIEWERS:
        senior = name in _SENIORS
        skills, queues = ["credit", *["large-credit"] * senior], ["credit", *["credit-senior"] * senior]
        people[name] = {"roles": ["reviewer"], "skills": skills, "queues": queues}
    tokens = {name: f"andon_{secrets.token_urlsafe(32)}" for name in people}
    entries = [
        {"principal": name, "sha256": hashlib.sha256(tokens[name].encode()).hexdigest(), **person}
        for name, person in people.items()
    ]
    path.touch(mode=0o600)
    path.write_text(json.dumps(entries, indent=2) + "\n", "utf-8")  # JSON is YAML
    return tokens
