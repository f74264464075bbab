"""Erasing personal data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from andon.domain.canonical import canonical
from andon.store import erasure
from andon.store.codec import Row
from andon.store.privacy import Erasure, Target
from andon.store.sealing import Sealing
from andon.store.sqlite.search import DIALECT
from andon.store.sqlite.statements import sql
from andon.store.sqlite.writer import Writer


@dataclass(frozen=True, slots=True)
class Erase:
    """Erases the next decisions that may be, `limit` at most; gives how many."""

    wish: Erasure
    limit: int
    sealing: Sealing

    @property
    def rows(self) -> int:
        return 8 * self.limit

    def apply(self, writer: Writer) -> int:
        target = self.wish.target
        values = erasure.target_values(target, self.sealing, DIALECT) | {"limit": self.limit}
        statement = sql("erasable", filter=erasure.target_filter(target, sql))
        found = writer.run(statement, values)
        if found:
            self._erase_before(writer, [row for row in found if not self._is_whole(row)])
            _erase(writer, self.wish, [row for row in found if self._is_whole(row)])
            return len(found)
        return _erase_retired(writer, self.wish)

    def _is_whole(self, row: Row) -> bool:
        return erasure.is_whole(self.wish.target, self.sealing, row[3])

    def _erase_before(self, writer: Writer, found: Sequence[Row]) -> None:
        """Erases what decisions about somebody else proposed about the subject before."""
        subjects = self.sealing.subjects(self.wish.target.subject)
        for sequence, id, *_ in found:
            _forget_requests(writer, [sequence])
            gone = _empty_proposals(writer, {"sequences": canonical([sequence])}, subjects)
            words = _erase_words_until(writer, id, gone)
            writer.append(erasure.erased_before(self.wish, id, gone, words))


@dataclass(frozen=True, slots=True)
class Forget:
    """Has released holds on a subject forget it where nothing is left of it, and destroys its key; gives whether."""

    target: Target
    sealing: Sealing
    rows: int = 2

    def apply(self, writer: Writer) -> bool:
        if self.target.decision_id:
            return False
        writer.change("forget_subject_of_holds", erasure.target_values(self.target, self.sealing, DIALECT))
        subject = {"subject": self.sealing.subjects(self.target.subject)[-1]}
        if (row := writer.row("destroy_key_if_unused", subject)) is None:
            return False
        return writer.change("keep_destroyed_key", {"id": row[0], "proof": self.sealing.destroyed(row[0])}) == 1


def _erase(writer: Writer, wish: Erasure, found: Sequence[Row]) -> None:
    """Erases decisions."""
    ids = [id for _, id, *_ in found]
    gone = _erase_words(writer, ids)
    _empty(writer, found, wish.now)
    _record(writer, wish, ids, gone)


def _empty(writer: Writer, found: Sequence[Row], now: int) -> None:
    values = {"sequences": canonical([sequence for sequence, *_ in found])}
    for sequence, id, attributes, _ in found:
        change = {"sequence": sequence, "attributes": erasure.attributes_left(attributes), "now": now}
        writer.change("erase_decision", change | {"decision_id": id})
    for task_id, shown, id in writer.rows("shown_to_erase", values):
        change = {"task_id": task_id, "shown": erasure.shown_left(shown), "decision_id": id}
        writer.change("erase_shown", change)
    for statement in ("erase_reviews", "erase_appeals", "erase_notes"):
        writer.change(statement, values)
    _forget_requests(writer, [sequence for sequence, *_ in found])
    _empty_proposals(writer, values)


def _forget_requests(writer: Writer, sequences: Sequence[int]) -> None:
    """Removes by what repeated calls would be known, for it was made of words: such a one is refused from now on."""
    for statement in ("forget_requests", "forget_cancellations"):
        writer.change(statement, {"sequences": canonical(list(sequences))})


def _empty_proposals(writer: Writer, values: Mapping[str, str], subjects: Sequence[str] | None = None) -> list[int]:
    """Empties earlier proposals, all or those about these subjects; gives which amendments had replaced them."""
    gone = erasure.proposals_gone(writer.rows("proposals_to_erase", values), subjects)
    for sequence, amendment, body, id in gone:
        change = {"sequence": sequence, "amendment": amendment, "body": body, "decision_id": id}
        writer.change("erase_earlier_proposal", change)
    return [each.amendment for each in gone]


def _erase_retired(writer: Writer, wish: Erasure) -> int:
    """Erases the words that the ledger has of a decision that retention has removed; gives how many such there are."""
    id = wish.target.decision_id
    if not id or writer.row("decision_outcome", {"decision_id": id}) is not None:
        return 0
    if gone := _erase_words(writer, [id]):
        _record(writer, wish, [id], gone)
    return len(gone)


def _erase_words(writer: Writer, ids: Sequence[str]) -> dict[str, list[int]]:
    """Removes the words that the ledger has of decisions; gives beside which entries they stood."""
    writer.flush()  # entries of others in the same transaction
    return erasure.gone_of(writer.rows("erase_words", {"ids": canonical(ids)}))


def _erase_words_until(writer: Writer, id: str, amendments: Sequence[int]) -> list[int]:
    """Removes what people wrote about a decision until these amendments; gives beside which entries it stood."""
    writer.flush()
    about = {"decision_id": id}
    spans = erasure.between(amendments, writer.rows("amended_entries", about))
    return sorted(place for span in spans for (place,) in writer.rows("erase_words_between", about | span))


def _record(writer: Writer, wish: Erasure, ids: Sequence[str], gone: Mapping[str, Sequence[int]]) -> None:
    for id in ids:
        writer.append(erasure.erased(wish, id, gone.get(id, ())))
