"""What the policy tests share: folders of policies, decisions and a coin that falls as told."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from google.protobuf import json_format

from andon.policy.faults import PolicyFault, PolicyFaults
from andon.policy.load import CompiledSet, load_policies
from andon.rpc.facts import decision_environment
from andon_client._gen.andon.v1 import decision_pb2

ENVIRONMENT: Final = decision_environment()
NAME: Final = "decisions/0195d3a0-0000-7000-8000-000000000001"


class Coin:
    """Falls the same way every time, and remembers what it was asked."""

    source = "test"

    def __init__(self, value: float = 0.999) -> None:
        self.value = value
        self.asked: list[tuple[str, str]] = []

    def draw(self, decision_name: str, rule: str) -> float:
        self.asked.append((decision_name, rule))
        return self.value


def write(folder: Path, **files: str) -> Path:
    """Writes `refunds="..."` to `refunds.yaml`."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def load(folder: Path, **files: str) -> CompiledSet:
    """Compiles policies written to a folder."""
    return load_policies(write(folder, **files), ENVIRONMENT)


def faults(folder: Path, **files: str) -> list[PolicyFault]:
    """The faults of a folder; none where it loads."""
    try:
        load(folder, **files)
    except PolicyFaults as error:
        return list(error.faults)
    return []


def policy(*rules: str, head: str = "", name: str = "refunds", actions: str = '["refund.*"]') -> str:
    """A policy file; each rule is one line of flow YAML without its braces."""
    listed = "\n".join(f"  - {{{rule}}}" for rule in rules)
    return f"policy: {name}\nactions: {actions}\n{head}\n" + (f"rules:\n{listed}\n" if rules else "")


def rule(name: str, when: str, route: str = "review", more: str = "") -> str:
    """One rule for `policy`."""
    return f"id: {name}, when: '{when}', route: {route}, reason: because {name}" + (f", {more}" if more else "")


def decision(
    confidence: float | None = 0.9, action: str = "refund.issue", **attributes: object
) -> decision_pb2.Decision:
    """A decision with attributes as in JSON."""
    value = {"action": action, "attributes": attributes} | ({} if confidence is None else {"confidence": confidence})
    return json_format.ParseDict(value, decision_pb2.Decision())


def reasons(policies: CompiledSet, facts: decision_pb2.Decision, coin: Coin | None = None) -> list[str]:
    """The ids of the rules that matched."""
    ruling = policies.evaluate(facts.action, facts, NAME, coin or Coin())
    return [reason.rule for reason in ruling.routing.reasons]
