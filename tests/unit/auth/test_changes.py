"""What the ledger says of who may call: differences, bounded, and never a whole hash."""

from __future__ import annotations

from pathlib import Path

import pytest

from andon.auth.authenticator import method_of
from andon.auth.changes import MOST_NAMED, difference, kept, read_kept, standing
from andon.auth.entries import TokenEntry
from andon.auth.identities import Identities
from andon.auth.tokens import TokenFile
from andon.domain.canonical import canonical
from andon.domain.errors import StoreUnavailable
from andon.domain.principal import Principal, Role
from andon.workers.access import KIND, Access
from tests.unit.usecases.world import World

LEAD = frozenset({Role.LEAD})


def entry(number: int, name: str = "", *, roles: frozenset[Role] = LEAD) -> TokenEntry:
    digest = f"{number:012x}" + "f" * 52
    return TokenEntry(digest, Principal(name or f"p{number}", roles, credential=digest))


def test_nothing_changes_by_being_kept() -> None:
    now = standing([entry(1), entry(2)], Identities())
    assert read_kept(kept(now)) == now
    assert read_kept(b"") == {}


def test_who_comes_goes_and_changes_is_named() -> None:
    before = standing([entry(1), entry(2), entry(3)], Identities())
    now = standing([entry(1), entry(2, roles=frozenset({Role.ADMIN})), entry(4)], Identities())
    body = difference(before, now)
    assert body["added"] == [
        {"credential": "token 000000000004", "principal": "p4", "roles": ["lead"], "actions": ["*"]}
    ]
    assert body["removed"] == [
        {"credential": "token 000000000003", "principal": "p3", "roles": ["lead"], "actions": ["*"]}
    ]
    assert [each["now"]["roles"] for each in body["changed"]] == [["admin"]]  # type: ignore[index,union-attr,call-overload]
    assert "unnamed" not in body


def test_a_big_change_is_bounded_and_the_digest_stands_for_all_of_it() -> None:
    many = standing([entry(number) for number in range(10_000)], Identities())
    body = difference({}, many)
    assert (len(body["added"]), body["unnamed"]) == (MOST_NAMED, 10_000 - MOST_NAMED)  # type: ignore[arg-type]
    assert len(canonical(body)) < 20_000
    assert body["digest"] != difference({}, standing([entry(1)], Identities()))["digest"]


class Tokens:
    """A token file whose entries the test sets."""

    fault = ""
    warnings = ()

    def __init__(self) -> None:
        self.entries: list[TokenEntry] = [entry(1)]

    def step(self) -> bool:
        return False

    def ended(self, since: int, now: int) -> bool:
        return False


async def recorded(world: World) -> int:
    return len([each for each in await world.store.ledger(0, 1_000) if each.kind == KIND])


async def test_a_change_is_recorded_once_also_by_several_servers_and_after_a_restart(world: World) -> None:
    tokens = Tokens()
    servers = [Access(world.context, lambda principal: principal, tokens) for _ in range(2)]
    for server in servers:
        await server.record()
    assert await recorded(world) == 1
    tokens.entries = [entry(2)]
    for server in servers:
        await server.changed()
        await server.step()
    assert await recorded(world) == 2
    await Access(world.context, lambda principal: principal, tokens).record()
    assert await recorded(world) == 2
    tokens.entries = [entry(1)]
    await Access(world.context, lambda principal: principal, tokens).record()
    assert await recorded(world) == 3


async def test_what_could_not_be_recorded_is_recorded_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    access = Access(world.context, lambda principal: principal, Tokens())

    async def down(*_: object) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "secret", down)
        with pytest.raises(StoreUnavailable):
            await access.changed()
    assert await recorded(world) == 0
    await access.step()
    assert await recorded(world) == 1


def test_every_call_comes_by_one_kind_of_credentials(tmp_path: Path) -> None:
    assert method_of({}, None) == "none"
    assert method_of({"authorization": "Basic x"}, None) == "none"
    assert method_of({"authorization": "bearer  andon_x"}, None) == "token"
    assert method_of({"authorization": "Bearer x.y.z"}, None) == "jwt"
    assert TokenFile.load(tmp_path / "none.yaml", optional=True).entries == ()
