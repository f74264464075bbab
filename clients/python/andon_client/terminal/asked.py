"""Whose verdicts a decision needs, what this one counts for, and what an appeal contests, in words."""

from __future__ import annotations

import re
from typing import Final

from andon_client.task import Quorum, SeatRole, Task

RECORDED: Final = "recorded; waiting for others"
_ROLES: Final = {
    SeatRole.EXTRA: "verdicts differed: yours is asked in addition",
    SeatRole.TIE_BREAK: "verdicts differed: yours decides",
}


def asked(task: Task) -> str:
    """In one line: how many verdicts are needed, what this one counts for, what is hidden; empty where one ends it."""
    quorum = task.quorum
    if quorum is None:
        return ""
    own = _ROLES.get(quorum.role, f"yours counts for {task.group}" if task.group else "")
    veto = f"a rejection by {' or '.join(quorum.veto)} ends it" if quorum.veto else ""
    hidden = "others' verdicts stay hidden until yours is given" if quorum.blind else ""
    return " · ".join(part for part in (_needed(quorum), own, veto, hidden) if part)


def contested(task: Task) -> list[str]:
    """What an appeal is about: its level, why, and how the decision had ended; empty for other tasks."""
    if not task.level:
        return []
    said = [f"Appeal, level {task.level}{f': {task.note}' if task.note else ''}"]
    if (ended := task.decision.resolution) is not None:
        comment = f": {ended.comment}" if ended.comment else ""
        said.append(f"It had ended: {str(ended.outcome).lower()} by {ended.resolved_by}{comment}")
    return said


def _needed(quorum: Quorum) -> str:
    """`1 of risk and 1 of legal` needs two."""
    terms = [re.match(r"\d+", term) for term in quorum.expression.split(" and ")]
    need = sum(int(found[0]) for found in terms if found)
    count = f"{need} {'verdict' if need == 1 else 'verdicts'} needed"
    return count if quorum.expression == str(need) else f"{count} ({quorum.expression})"
