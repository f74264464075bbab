"""A task as a document: what will happen first, then why it was held, then everything behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from rich.text import Text

from andon_client.masked import is_masked
from andon_client.model import Decision
from andon_client.task import Task
from andon_client.terminal import words
from andon_client.terminal.asked import asked, contested
from andon_client.terminal.fields import Fields, fields_of
from andon_client.terminal.formats import amount_text, moment_text, share_text
from andon_client.terminal.lines import Line, beside, heading, join, plain
from andon_client.terminal.table import large, rows
from andon_client.terminal.visible import drawn, one_line


@dataclass(slots=True)
class Story:
    """What came before. A text stands for what could not be read, or is not there yet."""

    earlier: Sequence[Decision] | str = "reading …"
    moments: Sequence[words.Moment] | str = "reading …"
    asked: bool = False
    """Whether it is being read, or has been."""


@dataclass(slots=True)
class Document:
    """One task on the screen."""

    task: Task
    story: Story = field(default_factory=Story)
    whole: bool = True
    """False for a waiting task of which the stream told no payload."""

    @property
    def fields(self) -> Fields:
        """Its fields."""
        return fields_of(self.task)

    def decision(self, opened: Collection[str]) -> list[Line]:
        """What is to be judged: effect, decisive fields, reasons, proposal."""
        fields = self.fields
        return [
            *self._effect(),
            *large(fields.decisive, opened),
            *self._held(),
            *self._proposal(fields, opened),
        ]

    def evidence(self, opened: Collection[str]) -> list[Line]:
        """What it rests on: input, facts, what came before, what happened to it."""
        fields = self.fields
        shown = rows(fields.input, opened) or [plain("nothing", "dim", indent=2)]
        seen = shown if self.whole else [plain("Press Enter to read it.", "dim", indent=2)]
        facts = rows(fields.attributes, opened)
        return [
            *heading("It saw"),
            *seen,
            *(heading("Facts") + facts if facts else []),
            *self._earlier(),
            *self._timeline(),
            *self._origin(),
        ]

    def _effect(self) -> Iterator[Line]:
        yield beside("▌ ", drawn(words.effect(self.task), "bold"))
        for text in contested(self.task):
            yield beside("▌ ", drawn(text))
        if text := asked(self.task):
            yield beside("▌ ", drawn(text, "dim"))
        if self.task.decision.attributes.irreversible:
            yield beside("▌ ", Text(f" {words.IRREVERSIBLE} ", style="bold red reverse"))

    def _held(self) -> Iterator[Line]:
        yield from heading("Why it was held")
        for text, rule in words.held_because(self.task.decision):
            named = Text(f"  {one_line(rule)}" if rule else "", style="dim")
            yield beside("  • ", join(drawn(text), named))
        for text in words.facts(self.task):
            yield beside("    ", drawn(text))

    def _proposal(self, fields: Fields, opened: Collection[str]) -> Iterator[Line]:
        decision = self.task.decision
        yield from heading("The AI proposes")
        if not self.whole:
            yield plain("Press Enter to read it.", "dim", indent=2)
        yield from rows(fields.prediction, opened)
        said = "unknown" if decision.confidence is None else share_text(decision.confidence)
        yield beside(Text("  confidence  ", style="dim"), Text(said, style="bold"))
        model = " ".join(part for part in (decision.model.name, decision.model.version) if part)
        yield beside(Text("  model       ", style="dim"), drawn(model or "unknown"))
        yield from rows(fields.reasoning, opened)
        if self.whole and not decision.reasoning:
            yield plain("gives no reasoning", "dim", indent=2)

    def _earlier(self) -> Iterator[Line]:
        decision = self.task.decision
        subject = decision.attributes.subject
        kept = is_masked("attributes.subject", subject, decision.masked_fields)
        yield from heading(f"Earlier on {one_line(subject)}" if subject and not kept else "Earlier")
        earlier = self.story.earlier
        if not subject:
            earlier = "The decision names no subject."
        if isinstance(earlier, str):
            yield beside("  ", drawn(earlier, "dim"))
            return
        for decision in earlier:
            yield from _decision(decision)
        if not earlier:
            yield plain("Nothing came before.", "dim", indent=2)

    def _timeline(self) -> Iterator[Line]:
        yield from heading("What happened to it")
        moments = self.story.moments
        if isinstance(moments, str):
            yield beside("  ", drawn(moments, "dim"))
            return
        for moment in moments:
            yield beside("  ", join(Text(f"{moment_text(moment.time)}  ", style="dim"), drawn(moment.text)))
            if moment.comment:
                yield beside("    “", drawn(f"{moment.comment}”"))

    def _origin(self) -> Iterator[Line]:
        decision = self.task.decision
        pairs = {
            "action": decision.action,
            "submitter": decision.submitter,
            "acts for": decision.on_behalf_of,
            "queue": self.task.queue,
            "skills": ", ".join(self.task.skills),
            "group": self.task.group,
            "escalated": f"{self.task.escalations} ×" if self.task.escalations else "",
            "policy": decision.routing.policy,
            "revision": decision.routing.policy_revision,
            "task": self.task.name,
            "decision": decision.name,
        }
        yield from heading("Where it comes from")
        for name, value in pairs.items():
            if value:
                yield beside(Text(f"  {name:<10}", style="dim"), drawn(value))


def _decision(decision: Decision) -> Iterator[Line]:
    when = f"{moment_text(decision.create_time)}  " if decision.create_time else ""
    facts = decision.attributes
    amount = "" if facts.amount is None else f"  {amount_text(facts.amount, facts.currency)}"
    outcome = words.outcome_words(decision.outcome)
    who = decision.resolution.resolved_by if decision.resolution else ""
    did = drawn(f"  {decision.action}{amount}")
    said = drawn(f"  by {who}" if who else "", "dim")
    yield beside("  ", join(Text(when, style="dim"), Text(outcome, style="bold"), did, said))
    if decision.comment:
        yield beside("    “", drawn(f"{decision.comment}”"))
