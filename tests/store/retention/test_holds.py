"""Retention and legal holds: what one is on stays, however old it is, until it is released."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from andon.retention import files
from andon.retention.run import Result
from andon.store.port import Store
from andon.store.postgres.session import Session
from andon.store.values import Admission
from tests.store.engines import SHARED
from tests.store.retention.retiring import OLD, Place, exported_ids, listed, passed, passing, retired

HOLD = {"id": "h1", "decision_id": "", "subject": "", "action": ""}
Wanted = dict[str, str]


async def placed(place: Place, **of: str) -> None:
    """Places a hold behind the server's back."""
    hold = {**HOLD, **of}
    await place.run(
        "INSERT INTO legal_hold (id, decision_id, subject, action, reason, principal, create_time) "
        "VALUES ($1, $2, $3, $4, 'a lawsuit', 'olga', 1)",
        *hold.values(),
    )


async def released(place: Place) -> None:
    """Releases all holds."""
    await place.run("UPDATE legal_hold SET release_time = 2")


async def about(store: Store, number: int, subject: str, action: str = "refund.issue") -> str:
    """Records a decision about a subject, and returns its id."""
    decision = passing(OLD, number, action)
    proposal = decision.proposal
    attributes = replace(proposal.attributes, subject=subject)
    await store.submit([Admission(replace(decision, proposal=replace(proposal, attributes=attributes)))])
    return decision.id


@pytest.mark.parametrize(
    ("hold", "staying"),
    [
        ({"decision_id": passing(OLD, 2).id}, [2]),
        ({"subject": "eve"}, [1, 4]),
        ({"action": "payment.out"}, [3]),
        ({"action": "payment.*"}, [3, 4]),
        ({"action": "*"}, [1, 2, 3, 4, 5]),
        ({"action": "pay*"}, [3, 4, 5]),
        ({"action": "payment"}, []),
        ({"subject": "Eve"}, []),
        ({"subject": "e%"}, []),
    ],
)
async def test_what_a_hold_is_on_stays_until_it_is_released(
    place: Place, store: Store, tmp_path: Path, hold: Wanted, staying: list[int]
) -> None:
    ids = [
        await about(store, 1, "eve"),
        await about(store, 2, "", "refund.issue"),
        await about(store, 3, "adam", "payment.out"),
        await about(store, 4, "eve", "payment.in"),
        await about(store, 5, "adam", "payments.all"),
    ]
    if hold.get("subject") == "eve":  # a hold has it as the column has it, which may be encrypted
        hold = {"subject": (await place.run("SELECT subject FROM decision WHERE id = $1", ids[0]))[0][0]}
    await placed(place, **hold)
    left = [ids[number - 1] for number in staying]
    (report,) = await retired(place, tmp_path)
    assert (report.census.on_hold, report.census.retirable) == (len(left), 5 - len(left))
    assert (report.result is Result.KEPT) == (len(left) == 5)
    assert await listed(store) == left
    assert exported_ids(tmp_path) == [id for id in ids if id not in left]
    await released(place)
    await retired(place, tmp_path)
    assert await listed(store) == []
    assert sorted(exported_ids(tmp_path)) == ids


async def test_a_hold_that_came_after_the_export_is_kept_to(
    place: Place, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await passed(store, OLD, 1), await passed(store, OLD, 2)]
    real: Callable[..., Any] = files.vouch

    def gone(*args: Any) -> Any:
        real(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(files, "vouch", gone)
        with pytest.raises(KeyboardInterrupt):
            await retired(place, tmp_path)
    await placed(place, decision_id=ids[0])
    (report,) = await retired(place, tmp_path)
    assert report.manifest is not None
    assert (report.manifest.decisions, await listed(store)) == (1, [ids[0]])


@pytest.mark.needs(SHARED)
async def test_a_hold_that_is_placed_while_a_month_is_cut_off_is_kept_to(
    place: Place, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await passed(store, OLD, 1), await passed(store, OLD, 2)]
    real = Session.append
    hurried = [ids[0]]

    async def append(self: Session, drafts: Any) -> Any:
        while hurried:
            await placed(place, decision_id=hurried.pop())  # all is removed by now, and nothing is committed
        return await real(self, drafts)

    monkeypatch.setattr(Session, "append", append)
    (report,) = await retired(place, tmp_path)
    assert report.manifest is not None
    assert (report.result, report.manifest.decisions) == (Result.RETIRED, 1)
    assert (await listed(store), exported_ids(tmp_path)[-1:]) == ([ids[0]], [ids[1]])
