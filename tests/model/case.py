"""What both models know of one decision: its ends, the appeals against them, what time says, who is asked no more."""

from __future__ import annotations

from dataclasses import dataclass, field

from andon.domain.appeal import Appeal
from andon.domain.decision import Decision, Outcome, Resolution
from andon.domain.plan import TimeoutDefault
from andon.domain.review import OUTCOMES, Verdict
from andon.domain.task import Task
from andon.store.ledger import DEADLINE
from andon.store.values import AppealWish, VerdictGiven


@dataclass
class Case:
    """One decision. Level 0 is the decision itself, each appeal one more; the end of a level that is open is None."""

    decision: Decision
    ends: list[Resolution | None] = field(default_factory=lambda: [None])
    appeals: list[AppealWish] = field(default_factory=list)
    said: list[tuple[int, Verdict]] = field(default_factory=list)
    barred: set[str] = field(default_factory=set)

    @property
    def open(self) -> bool:
        """Whether the decision has not ended."""
        return self.ends[0] is None

    def say(self, level: int, given: VerdictGiven) -> None:
        """A verdict on one of its levels. Whoever gave it is not asked again, on no level."""
        self.said.append((level, given.review.verdict))
        self.barred.add(given.hold.holder)

    def end(self, level: int, resolution: Resolution) -> None:
        """One of its levels has ended, once."""
        assert self.ends[level] is None
        self.ends[level] = resolution

    def not_appealable(self, level: int) -> str:
        """Why the appeal of that level is refused; empty where it is not."""
        if (end := self.ends[0]) is None:
            return "it has not ended"
        if end.outcome is Outcome.CANCELLED:
            return "it was cancelled"
        if self.ends[-1] is None:
            return "an appeal is open"
        return "" if level == len(self.ends) else "it has been appealed meanwhile"

    def appeal(self, wish: AppealWish) -> None:
        """Its end is contested. Whoever does that is not asked."""
        assert not self.not_appealable(wish.level)
        self.appeals.append(wish)
        self.ends.append(None)
        self.barred.add(wish.appellant)

    def contested(self) -> list[Appeal]:
        """The appeals, with their ends."""
        return [
            Appeal(wish.decision_id, wish.level, wish.appellant, wish.comment, wish.now, wish.tasks[0].id, end)
            for wish, end in zip(self.appeals, self.ends[1:], strict=True)
        ]

    def missed(self, task: Task, now: int, revision: str) -> Resolution:
        """How a missed deadline of the task ends its level, under policies of that revision."""
        default = None if task.plan is None else task.plan.on_timeout
        against = any(level == task.level and verdict is not Verdict.APPROVE for level, verdict in self.said)
        rerouted = revision != self.decision.routing.revision
        if default and (against or rerouted or self.decision.proposal.attributes.irreversible):
            default = TimeoutDefault.REJECT
        return Resolution(Outcome.EXPIRED, DEADLINE, now, timeout_default=default)


def judged(given: VerdictGiven) -> Resolution:
    """How a verdict ends what it is about."""
    review = given.review
    outcome = OUTCOMES[review.verdict]
    return Resolution(outcome, review.reviewer, review.time, review.corrected_prediction, review.comment)
