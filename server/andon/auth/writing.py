"""Writes entries of the token file as people would."""

from __future__ import annotations

import json
import re
from typing import Final

from andon.auth.entries import TokenEntry
from andon.auth.rights import ALL, RIGHTS, in_words

HEAD: Final = """\
# Who may call. `sha256` is that of the whole token, in hexadecimal. `andon token` makes, lists, rotates and revokes.
# Roles: submitter, reviewer, lead, auditor, policy_owner, admin. Reviewers and leads have `skills` and `queues`, `*`
# for all. `groups` are the teams one is in, `actions` what the token covers (all unless said), `expire_time` its end.
# A change is in force within a moment.
"""
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9._@+-]*")
_WORDS: Final = frozenset({"null", "true", "false"})


def written(entry: TokenEntry) -> str:
    """One entry, with the blank line before it."""
    principal = entry.principal
    lines = [f"\n- principal: {_word(principal.name)}\n", f"  sha256: {entry.digest}\n"]
    for key in RIGHTS:
        words = getattr(principal, key)
        if words and not (key == "actions" and words == ALL):
            lines.append(f"  {key}: [{', '.join(map(_word, sorted(words)))}]\n")
    if principal.expire_time is not None:
        lines.append(f"  expire_time: {in_words(principal.expire_time)}\n")
    if entry.note:
        lines.append(f"  note: {json.dumps(entry.note, ensure_ascii=False)}\n")
    return "".join(lines)


def _word(word: str) -> str:
    return word if _PLAIN.fullmatch(word) and word not in _WORDS else json.dumps(word)
