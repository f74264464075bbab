"""Whether somebody takes work."""

from __future__ import annotations

from dataclasses import dataclass

from andon.store import drafts
from andon.store.sqlite.writer import Writer
from andon.store.values import Absence


@dataclass(frozen=True, slots=True)
class SetAbsence:
    """Sends a reviewer away, or back to work. Gives whether that is news."""

    principal: str
    absence: Absence | None
    now: int
    rows: int = 2

    def apply(self, writer: Writer) -> bool:
        before = writer.row("absence_of", {"principal": self.principal, "now": self.now})
        if self.absence is None:  # what has run out goes as well, or a clock that is set back would bring it back
            writer.change("come_back", {"principal": self.principal})
        if self.absence == (None if before is None else Absence(*before)):
            return False
        if self.absence is not None:
            writer.change("go_away", {"principal": self.principal, "until": self.absence.until})
        writer.append(drafts.availability(self.principal, self.absence, self.now))
        return True
