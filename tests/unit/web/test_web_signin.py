"""With whom people may sign in at the page: what the HTTP door says of it, and lets the page ask."""

from __future__ import annotations

import json
from pathlib import Path

from andon.auth.identities import Identities, read_identities
from tests.unit.web.plain import get, opened

PATH = "/.well-known/andon.json"
IDENTITIES = """\
issuers:
  - issuer: https://id.example.com/realms/main
    audience: [andon, other]
    client_id: andon-page
    label: Example
    scopes: [openid, offline_access]
    origins: ["https://tokens.example.com"]
    map: [{claim: groups, value: reviewers, roles: [reviewer]}]
  - issuer: https://robots.example.com
    audience: andon
    map: [{claim: groups, value: robots, roles: [submitter]}]
  - issuer: https://id.example.com/realms/second
    audience: andon
    client_id: page
    map: [{claim: groups, value: reviewers, roles: [reviewer]}]
"""


def connects(policy: str) -> str:
    """Whom a content security policy lets a page ask."""
    (found,) = (part for part in policy.split("; ") if part.startswith("connect-src "))
    return found.removeprefix("connect-src ")


def identities(folder: Path) -> Identities:
    file = folder / "identity.yaml"
    file.write_text(IDENTITIES)
    return read_identities(file)


async def test_the_issuers_of_the_page_are_told_to_everybody_and_nothing_else_of_the_file(tmp_path: Path) -> None:
    async with opened() as door:
        door.identities = identities(tmp_path)
        status, headers, body = await get(door.port, PATH)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert (headers["cache-control"], headers["access-control-allow-origin"]) == ("no-store", "*")
    first, second = json.loads(body)["issuers"]
    assert first == {
        "issuer": "https://id.example.com/realms/main",
        "client_id": "andon-page",
        "name": "Example",
        "scopes": ["openid", "offline_access"],
        "audience": ["andon", "other"],
    }
    assert (second["name"], second["scopes"]) == ("id.example.com", ["openid"])


async def test_the_page_may_ask_those_issuers_and_follows_the_file(tmp_path: Path) -> None:
    async with opened() as door:
        before = await get(door.port, "/")
        assert json.loads((await get(door.port, PATH)).body) == {"issuers": []}
        door.identities = identities(tmp_path)
        after = await get(door.port, "/")
        door.identities = Identities()
        gone = await get(door.port, "/")
    assert connects(before.headers["content-security-policy"]) == "'self'"
    assert connects(after.headers["content-security-policy"]) == (
        "'self' https://id.example.com https://tokens.example.com"
    )
    assert gone.headers["content-security-policy"] == before.headers["content-security-policy"]
