"""Statements are planned once, perhaps while a table is empty: the plan must be good for a full one, too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from andon.store.erasure import target_filter
from andon.store.postgres import open_postgres
from andon.store.postgres.session import Session
from andon.store.postgres.statements import prepared, sql
from andon.store.privacy import Target
from tests.postgres import Databases

# What looks at all that is open, or at all there is, from one end of an index.
ORDERED = {
    "first_withheld", "last_decision", "last_sample", "leased_positions", "list_deliveries", "next_due",
    "open_decisions", "queue_depths",
}  # fmt: skip
WHOLE = {
    "closed_positions": "closed tasks are listed in an order that no index has",
    "submissions_of_decisions": "of retention, for entries that are not where they should be",
    "remove_deliveries": "of retention, which plans by itself",
    "count_sealed": "of `andon encryption status`, which counts all there is",
}
# What these never run without.
SUBJECTS = target_filter(Target(subject="somebody"), sql)
FILTERS = {"erasable": SUBJECTS, "still_erasable": SUBJECTS, "survey": SUBJECTS}
LONG = (
    "decision", "task", "review", "request", "ledger", "delivery", "appeal", "redemption", "barred", "earlier_proposal",
    "subject_key", "destroyed_key",
)  # fmt: skip


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """A database that was never used: what was learnt of another test's rows would change the plans."""
    with databases.empty() as url:
        yield url


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's nodes, from the top."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def reads_whole(node: dict[str, Any]) -> bool:
    """Whether a node reads a long table without anything to look for."""
    table = str(node.get("Relation Name", ""))
    looks = "Index Cond" in node or node["Node Type"] in ("ModifyTable", "Bitmap Heap Scan")
    return table.startswith(LONG) and not looks


async def plan_of(session: Session, name: str) -> dict[str, Any]:
    """How a statement is run, by a plan made for any values on a connection of ours."""
    connection, text = session.connection, prepared(sql(name, filter=FILTERS.get(name, ""), order="1")).text
    types = [parameter.name for parameter in (await connection.prepare(text)).get_parameters()]
    values = ", ".join(f"NULL::{each}" for each in types)
    await connection.execute(f"PREPARE asked AS {text}")
    found = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked{f'({values})' if types else ''}")
    await connection.execute("DEALLOCATE asked")
    plan: dict[str, Any] = json.loads(found)[0]["Plan"]
    return plan


async def test_no_plan_made_on_an_empty_store_reads_or_joins_long_tables_whole(url: str) -> None:
    store = await open_postgres(url)
    faults = {}
    for name in sorted(set(sql.names()) - ORDERED - WHOLE.keys()):
        found = list(nodes(await store._pool.read(plan_of, name)))
        joins = [node["Node Type"] for node in found if node["Node Type"] in ("Hash Join", "Merge Join")]
        whole = [f"{node['Node Type']} on {node['Relation Name']}" for node in found if reads_whole(node)]
        if joins or whole:
            faults[name] = joins + whole
    await store.close()
    assert not faults, "\n".join(f"{name}: {found}" for name, found in faults.items())


async def test_what_reads_a_table_whole_is_found(url: str) -> None:
    store = await open_postgres(url)
    for name in WHOLE:
        assert any(map(reads_whole, nodes(await store._pool.read(plan_of, name)))), name
    await store.close()
