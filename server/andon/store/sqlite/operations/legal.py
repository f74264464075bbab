"""Legal holds."""

from __future__ import annotations

from dataclasses import dataclass

from andon.domain.errors import DecisionNotFound, LegalHoldNotFound
from andon.domain.hold import LegalHold
from andon.store import erasure
from andon.store.privacy import Release
from andon.store.sealing import Sealing
from andon.store.sqlite.writer import Writer


@dataclass(frozen=True, slots=True)
class Place:
    """Places a hold, unless the same one is in force."""

    hold: LegalHold
    sealing: Sealing
    rows: int = 2

    def apply(self, writer: Writer) -> LegalHold:
        if (id := self.hold.decision_id) and writer.row("decision_outcome", {"decision_id": id}) is None:
            raise DecisionNotFound(name=f"decisions/{id}")
        values = erasure.hold_values(self.hold, self.sealing)
        if (known := erasure.same(self.hold, writer.rows("hold_in_force", values))) is not None:
            return known
        writer.append(erasure.held(self.hold))
        if self.hold.subject and len(names := self.sealing.subjects(self.hold.subject)) > 1:
            renamed = {"before": names[0], "after": names[-1]}  # older than the encryption
            writer.change("rename_subject", renamed)
            writer.change("rename_former_subject", renamed)
        return erasure.hold_of(writer.rows("insert_hold", values)[0])


@dataclass(frozen=True, slots=True)
class Free:
    """Ends a hold, unless it has ended."""

    release: Release
    rows: int = 2

    def apply(self, writer: Writer) -> LegalHold:
        values = {"hold_id": self.release.hold_id, "now": self.release.now}
        if (row := writer.row("release_if_in_force", values)) is not None:
            hold = erasure.hold_of(row)
            writer.append(erasure.freed(hold, self.release))
            return hold
        if (row := writer.row("hold_by_id", values)) is None:
            raise LegalHoldNotFound(name=f"legalHolds/{self.release.hold_id}")
        return erasure.hold_of(row)
