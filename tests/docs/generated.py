"""The tables that are made from the code; `python -m tests.docs.generated` writes them into the documents."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from andon.__main__ import _parser
from andon.domain.principal import Role
from andon.policy.schema import policy_schema
from andon.rpc.errors import CODES, RETRY_DELAYS
from andon.usecases.access import ROLES, WHOLE
from andon_client.evidence.laws import known_sources
from tests.docs.markdown import ROOT, between, read

_REASON: Final = re.compile(r"((?:  //.*\n)+)  ERROR_REASON_(\w+) = \d+;")
_TO_DO: Final = {
    "FIELD_INVALID": "Mend the fields that BadRequest names.",
    "PAYLOAD_TOO_LARGE": "Send less; refer to large things by name. Settings `max_payload_size`, `max_message_size`.",
    "PAYLOAD_TOO_DEEP": "Flatten it. Setting `max_payload_depth`.",
    "PAGE_TOKEN_INVALID": "Begin the list anew.",
    "CORRECTION_INVALID": "Mend the correction at the paths that are named. The lease stays yours.",
    "COMMENT_REQUIRED": "Ask the reviewer for a comment. The lease stays theirs.",
    "CREDENTIALS_MISSING": "Send `authorization: Bearer TOKEN`.",
    "CREDENTIALS_INVALID": "Check the token and its end; operators: that the token file has its hash, or for a signed"
    " one see why in the log.",
    "ROLE_REQUIRED": "Use a token with one of the roles named.",
    "ACTION_NOT_ALLOWED": "Use credentials that cover the action, or all of them where `action` is `*`.",
    "DELEGATED": "Let a person judge it by credentials of their own.",
    "SELF_REVIEW": "Let somebody else judge it.",
    "QUEUE_NOT_ALLOWED": "Ask for a queue of the caller's entry in the token file.",
    "SKILLS_REQUIRED": "Let somebody with the skills named judge it.",
    "CONFLICT_OF_INTEREST": "Let somebody else judge it, whom nothing ties to it.",
    "DECISION_NOT_FOUND": "Check the name and whose token it is.",
    "TASK_NOT_FOUND": "Check the name and whose token it is.",
    "DELIVERY_NOT_FOUND": "List the deliveries anew.",
    "LEGAL_HOLD_NOT_FOUND": "List the legal holds anew.",
    "CHECKPOINT_NOT_FOUND": "Give the size of a checkpoint that this ledger signed, or none.",
    "REQUEST_ID_REUSED": "Use a new id for a new request; repeat an old one unchanged.",
    "DECISION_RESOLVED": "Read its resolution; it is final.",
    "TASK_CLOSED": "Take the next task.",
    "NO_ESCALATION": "Judge it, or give it back.",
    "NO_MORE_TIME": "Judge it, escalate it or give it back.",
    "NOT_APPEALABLE": "Read `why`; the decision's end stands.",
    "VERDICT_GIVEN": "Supersede it, or wait for its end.",
    "POLICY_STRICTER": "Read the decision anew.",
    "FIELDS_NOT_OPENED": "Let the reviewer open the fields named. The lease stays theirs.",
    "ALREADY_REDEEMED": "Let the effect not happen: whoever redeemed it may have.",
    "NOT_REDEEMABLE": "Read `why`; let the effect not happen.",
    "ENTRY_NOT_SEALED": "Ask again after the next checkpoint, in `checkpoint_interval` at the latest.",
    "ENTRY_UNPROVED": "Tell the operator: `andon ledger verify` says what was changed.",
    "NOT_RESOLVED": "Wait for its end.",
    "RECEIPT_UNBACKED": "Let the effect not happen, and tell the operator: the database was changed behind the server.",
    "LEASE_LOST": "Take the task anew from the stream.",
    "PAYLOAD_CHANGED": "Show the reviewer the decision as it is, and judge that.",
    "TOO_MANY_CALLS": "Repeat after the delay. Setting `max_active_calls`.",
    "QUEUE_FULL": "Repeat after the delay, add reviewers. Setting `max_open_tasks`.",
    "TOO_MANY_WAITERS": "Call `Wait` after the delay. Setting `max_waiters`.",
    "TOO_MANY_STREAMS": "Repeat after the delay. Setting `max_streams`.",
    "STREAM_TOO_SLOW": "Open a new stream after the delay and read faster. Setting `stream_buffer`.",
    "RATE_EXCEEDED": "Repeat after the delay, or put many into a `BatchSubmit`. Setting `max_calls_per_second`.",
    "QUOTA_EXCEEDED": "Repeat after the delay; for `waiters` call `Wait`. Settings `max_…_per_principal`.",
    "DRAINING": "Repeat after the delay, with the same request id.",
    "STORE_UNAVAILABLE": "Repeat after the delay, with the same request id; operators: see the log.",
    "ISSUER_UNAVAILABLE": "Repeat after the delay; operators: see why in the log.",
    "METHOD_UNKNOWN": "Compare the contract's version with the server's.",
    "INTERNAL": "Look for the request id in the server's log, and report it.",
}
_TYPES: Final = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true, false",
    "array": "list",
    "object": "section",
}
_CONNECTION: Final = ("--address", "--token", "--tls", "--no-tls", "--root-certificates")


def reasons() -> Mapping[str, str]:
    """Every error reason of the contract that is sent, with its comment."""
    found = _REASON.findall(read("proto/andon/v1/error.proto"))
    return {
        name: " ".join(line.strip(" /") for line in comment.splitlines())
        for comment, name in found
        if name != "UNSPECIFIED"
    }


def error_table() -> str:
    """The table of docs/errors.md."""
    lines = ["| Reason | Code | When | Repeat after | What to do |", "|---|---|---|---|---|"]
    for name, comment in reasons().items():
        code, _, when = comment.partition(". ")
        delay = f"{RETRY_DELAYS[name] / 1_000_000:g} s" if name in RETRY_DELAYS else ""
        delay = "as told" if name == "RATE_EXCEEDED" else delay
        assert code.split(",")[0] == CODES[name].name, name
        lines.append(f"| `{name}` | `{CODES[name].name}` | {when} | {delay} | {_TO_DO[name]} |")
    return "\n".join(lines) + "\n"


def policy_table() -> str:
    """The table of docs/policies.md: every key of a policy file."""
    lines = ["| Key | Value | Default | Meaning |", "|---|---|---|---|"]
    lines += [f"| `{key}` | {value} | {default} | {doc} |" for key, value, default, doc in _keys(policy_schema(), "")]
    return "\n".join(lines) + "\n"


def role_table() -> str:
    """The table of docs/identity.md: every call by every role."""
    lines = [f"| Call | {' | '.join(f'`{role}`' for role in Role)} |", "|---|" + "---|" * len(Role)]
    for method, allowed in ROLES.items():
        service, name = method.removeprefix("/andon.v1.").split("/")
        marks = ("yes" if role in allowed else "" for role in Role)
        whole = " \\*" if method in WHOLE else ""
        lines.append(f"| `{service}.{name}`{whole} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def law_table() -> str:
    """The tables of docs/evidence.md: what `andon evidence` says of laws and standards."""
    parts = []
    for source in known_sources():
        rows = "\n".join(f"| {law.place} | {law.asks} | {_plain(law.serves)} | {law.lacks} |" for law in source.laws)
        heads = "| Point | Asks for, in short | Served by | Not shown |\n|---|---|---|---|"
        parts.append(f"### {source.title}\n\n{source.about}\n\n{heads}\n{rows}\n")
    return "\n".join(parts)


def _plain(serves: str) -> str:
    """What is filled in for each decision, in words."""
    return re.sub(r"\{(\w+)\}", lambda match: _FILLED[match[1]], serves)


_FILLED: Final = {
    "judged": "Who gave a verdict, or that nobody did.",
    "appealed": "Whether it was contested.",
    "count": "how many",
    "screen": "and, where the client told it, the hash of what was on the screen",
    "deadline": "Section 4: the deadline, and what it led to.",
    "irreversible": "irreversible or not",
}


def _keys(schema: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, str, str]]:
    required = schema.get("required", ())
    for name, about in schema["properties"].items():
        default = "required" if name in required else _DEFAULTS.get(prefix + name, "none")
        yield prefix + name, _value(about), default, about.get("description", "")
        inner = about.get("items", about)
        told = name == "quorum" and prefix  # its own keys stand once, at the policy's
        if "properties" in inner and not told:
            yield from _keys(inner, f"{prefix}{name}[]." if "items" in about else f"{prefix}{name}.")
        for choice in about.get("anyOf", ()):
            if "properties" in choice:
                yield from _keys(choice, f"{prefix}{name}.")


_DEFAULTS: Final = {
    "queue": "`default`",
    "confidence.route": "`review`",
    "confidence.reason": "the two numbers",
    "defaults.priority": "computed",
    "defaults.deadline": "`24h`",
    "defaults.on_deadline": "`expire`",
    "presentation.effect": "made from action and attributes",
    "presentation.fields[].label": "its name",
    "presentation.fields[].format": "as its JSON type",
    "presentation.fields[].decisive": "false",
    "presentation.fields[].upsetting": "false",
    "defaults.on_deadline.escalate.then": "`expire`",
    "defaults.more_time.times": "1",
    "quorum": "1",
    "quorum.blind": "true",
    "quorum.extra": "1",
    "quorum.tie_break": "rejected",
    "appeals.levels": "1",
    "appeals.queue": "the policy's",
    "appeals.deadline": "`24h`",
    "appeals.within": "`30d`",
    "receipt.expires": "`24h`",
    "receipt.reviewers": "`named`",
    "redeem": "as often as one likes",
    "appeals.quorum": "1",
    "rules[].when": "always",
    "rules[].queue": "the policy's",
    "rules[].priority": "as `defaults`",
    "rules[].deadline": "as `defaults`",
}


def _value(about: Mapping[str, Any]) -> str:
    if "enum" in about:
        return ", ".join(f"`{word}`" for word in about["enum"])
    if "anyOf" in about:
        words = [f"`{word}`" for choice in about["anyOf"] for word in choice.get("enum", ())]
        return f"{', '.join(words)} or a section"
    if "smhd" in str(about.get("pattern", "")):
        return "time span"
    kinds = about["type"] if isinstance(about.get("type"), list) else [about.get("type", "object")]
    return " or ".join(_TYPES[kind] for kind in kinds)


@dataclass(frozen=True)
class Documented:
    """A command, what it is for, and its parser."""

    name: str
    purpose: str
    parser: argparse.ArgumentParser


def parsers() -> Iterator[Documented]:
    """Every command, `policy check` and the like included."""
    yield from _below(Documented("", "", _parser("")))


def _below(command: Documented) -> Iterator[Documented]:
    for action in command.parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            purposes = {choice.dest: choice.help for choice in action._choices_actions}
            for name, parser in action.choices.items():
                purpose = parser.description or purposes[name] or ""
                inner = Documented(f"{command.name} {name}".strip(), " ".join(purpose.split()), parser)
                below = list(_below(inner))
                yield from below if below and _needs_more(parser) else [inner, *below]


def _needs_more(parser: argparse.ArgumentParser) -> bool:
    """Whether a command does nothing by itself."""
    return any(isinstance(action, argparse._SubParsersAction) and action.required for action in parser._actions)


def command_sections() -> str:
    """The body of docs/commands.md: each command, what it does and its flags. Settings have a document of their own."""
    parts = []
    for command in parsers():
        shown = [action for action in command.parser._actions if _is_shown(action)]
        parts.append(f"## andon {command.name}\n\n{_sentence(command.purpose)}\n")
        if shown:
            lines = [f"| {_spelt(action)} | {_sentence(action.help or '')} |" for action in shown]
            parts.append("\n".join(["| Argument | Meaning |", "|---|---|", *lines]) + "\n")
    return "\n".join(parts)


def _is_shown(action: argparse.Action) -> bool:
    return (
        action.dest != "help"
        and not action.dest.startswith("set_")
        and not set(action.option_strings) & set(_CONNECTION)
    )


def _spelt(action: argparse.Action) -> str:
    value = action.metavar or (str(action.dest).upper() if action.nargs != 0 else "")
    if action.choices:
        value = "\\|".join(str(choice).lower() for choice in action.choices)
    word = f"[{value}]" if action.nargs == "?" else str(value)
    return f"`{' '.join(filter(None, [', '.join(action.option_strings), word]))}`"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


TABLES: Final = {
    "docs/errors.md": ("errors", error_table),
    "docs/policies.md": ("keys", policy_table),
    "docs/commands.md": ("commands", command_sections),
    "docs/identity.md": ("roles", role_table),
    "docs/evidence.md": ("laws", law_table),
}


def main() -> None:
    """Writes every table anew."""
    for name, (marker, make) in TABLES.items():
        text = read(name)
        head, tail = text.split(f"<!-- {marker} -->\n")[0], text.split(f"\n<!-- /{marker} -->")[1]
        body = f"<!-- {marker} -->\n\n{make()}\n<!-- /{marker} -->"
        (ROOT / name).write_text(head + body + tail, encoding="utf-8")
        print(json.dumps({"written": name, "lines": between(read(name), marker).count("\n")}))


if __name__ == "__main__":
    main()
