"""What random histories are made of."""

from __future__ import annotations

from hypothesis import strategies as st

from andon.domain.clock import HOUR, MINUTE, SECOND
from andon.domain.plan import MoreTime, Rung, TimeoutDefault, WorkPlan
from andon.domain.priority import Priority
from andon.domain.review import Verdict
from andon.domain.task import Escalation
from tests.builders import make_routing

# Weighted so that most tasks are handed out and judged in time, and the rest is not.
queues = st.sampled_from(["a", "b"])
reviewers = st.sampled_from(["rita", "ben", "lena", "mona"])
submitters = st.sampled_from(["service", "service", "service", "rita"])
skills: st.SearchStrategy[tuple[str, ...]] = st.sampled_from([(), (), ("law",), ("law", "tax")])
served = st.sampled_from([{"*"}, {"*"}, {"a"}, {"a", "b"}]).map(frozenset)
able = st.sampled_from([{"*"}, {"*"}, {"law"}, {"law", "tax"}]).map(frozenset)
leases = st.sampled_from([MINUTE, 2 * MINUTE, 10 * MINUTE])
deadlines = st.sampled_from([2 * MINUTE, 10 * MINUTE, 30 * MINUTE])
pauses = st.sampled_from([SECOND, SECOND, MINUTE, 5 * MINUTE])
jumps = st.sampled_from([-HOUR, -5 * MINUTE, -MINUTE, 10 * MINUTE])
plans = st.none() | st.builds(Escalation, queues, deadlines, skills)
rungs = (
    Rung(20, notify=True),
    Rung(40, skills=()),
    Rung(60, priority=Priority.HIGH, queue="b"),
    Rung(80, skills=("law",)),
)
WORKS = (
    None,
    WorkPlan(more_time=MoreTime(MINUTE)),
    WorkPlan(ladder=rungs, more_time=MoreTime(5 * MINUTE, 2)),
    WorkPlan(on_timeout=TimeoutDefault.REJECT),
    WorkPlan(on_timeout=TimeoutDefault.APPROVE),
    WorkPlan(ladder=rungs, on_timeout=TimeoutDefault.APPROVE),
)
works = st.sampled_from(WORKS)
IN_FORCE = make_routing().revision
# Of the policies in force when a deadline is missed, and of those by which a decision was routed.
revisions = st.sampled_from([IN_FORCE, IN_FORCE, IN_FORCE, "e" * 64])
irreversible = st.sampled_from([False, False, False, True])
verdicts = st.sampled_from(Verdict)
picks = st.integers(0, 1 << 30)
