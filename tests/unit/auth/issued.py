"""An identity file, with an issuer that gives the keys the test says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from andon.auth.authenticator import KeysWanted
from andon.auth.fetching import FetchError
from andon.auth.identities import Issuer
from andon.auth.signed import IdentityFile
from andon.domain.errors import AndonError, CredentialsInvalid
from andon.domain.principal import Principal
from tests.clock import FakeClock
from tests.unit.auth.issuing import URL, ec_key, public, rsa_key

FILE = f"""
issuers:
  - issuer: {URL}
    audience: [andon, other]
    map:
      - {{claim: groups, value: refund-team, roles: [reviewer], queues: [refunds], skills: [german]}}
      - {{claim: groups, value: leads, roles: [lead], queues: ["*"], actions: ["refund.*"]}}
      - {{claim: scope, value: "andon:submit", roles: [submitter], actions: [refund.issue]}}
      - {{claim: realm_access.roles, value: audit, roles: [auditor]}}
      - {{claim: "https://example.com/team", value: berlin, groups: [berlin]}}
      - {{claim: staff, value: true, groups: [staff]}}
certificates:
  - {{name: "URI:spiffe://example.com/refunds", principal: refunds, roles: [submitter], actions: ["refund.*"]}}
  - {{name: "CN=audit,O=Example", principal: audit, roles: [auditor]}}
"""


class Issued:
    """An identity file and what its issuer gives when it is asked."""

    def __init__(self, folder: Path, text: str = FILE) -> None:
        self.keys: list[dict[str, Any]] = [public(ec_key(), kid="one"), public(rsa_key(), kid="rsa")]
        self.fault = ""
        self.asked = 0
        self.clock = FakeClock()
        self.path = folder / "identity.yaml"
        self.write(text)
        self.file = IdentityFile(self.path, self.clock, self.fetch)

    def write(self, text: str) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text)
        fresh.chmod(0o600)
        fresh.replace(self.path)

    async def fetch(self, issuer: Issuer) -> str:
        self.asked += 1
        if self.fault:
            raise FetchError(self.fault)
        return json.dumps({"keys": self.keys})

    async def take(self, text: str) -> Principal:
        """Whose token it is, as the pipeline finds out."""
        try:
            return self.file.authenticate(text)
        except KeysWanted as wanted:
            await wanted.wait()
            return self.file.authenticate(text)

    async def refusal(self, text: str) -> type[AndonError]:
        with pytest.raises(AndonError) as caught:
            await self.take(text)
        assert "invalid" not in str(caught.value)
        return CredentialsInvalid if isinstance(caught.value, CredentialsInvalid) else type(caught.value)
