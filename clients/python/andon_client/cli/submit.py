"""`andon submit`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from andon_client._json import MAX_DEPTH
from andon_client.cli.card import decision_text, explanation_text
from andon_client.cli.common import Exit, UsageError, add_command, exit_code
from andon_client.cli.text import print_json
from andon_client.client import Client
from andon_client.errors import StillPending
from andon_client.model import Decision
from andon_client.proposal import Proposal, as_proposal

_OBJECTS: Final = ("input", "prediction", "extra")
_TEXTS: Final = ("action", "reasoning", "currency", "subject", "on_behalf_of", "request_id")
_FLAGS: Final = {
    "irreversible": "the effect can't be undone",
    "anomalous": "the input lies outside of what the model was trained on",
    "regulated": "a regulation asks for a person, such as GDPR Art. 22",
    "high_value": "the caller's own mark for high value",
}
_NUMBERS: Final = ("confidence", "amount")
_KNOWN: Final = frozenset({*_OBJECTS, *_TEXTS, *_FLAGS, *_NUMBERS, "model"})


def add(subparsers: Any) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "submit", submit, role="submitter", help="submit a decision", patient=True)
    parser.add_argument("--from", dest="source", metavar="FILE", help="JSON object with the fields; - is stdin")
    parser.add_argument("--action", help="what the AI is about to do, such as refund.issue")
    parser.add_argument("--confidence", type=float, metavar="0..1", help="how sure the AI is")
    for name, text in (("input", "what the AI saw"), ("prediction", "what it proposes"), ("extra", "free attributes")):
        parser.add_argument(f"--{name}", metavar="JSON", help=f"{text}: a JSON object, or @FILE")
    parser.add_argument("--reasoning", metavar="TEXT", help="why the AI proposes it")
    parser.add_argument("--model", metavar="NAME[@VERSION]", help="which model proposed it")
    parser.add_argument("--amount", type=float, help="the value at stake")
    parser.add_argument("--currency", metavar="CODE", help="currency of the amount, such as EUR")
    parser.add_argument("--subject", help="whom or what it is about")
    parser.add_argument("--on-behalf-of", metavar="NAME", help="whom the caller acts for, who can't judge it either")
    for name, meaning in _FLAGS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", action="store_true", default=None, help=meaning)
    parser.add_argument("--supersedes", metavar="NAME", default="", help="the open decision whose place it takes")
    parser.add_argument("--request-id", metavar="ID", help="makes the command safe to repeat")
    parser.add_argument(
        "--wait", type=float, nargs="?", const=float("inf"), metavar="SECONDS", help="block until it has ended"
    )
    parser.add_argument("--validate-only", action="store_true", help="explain the route and record nothing")
    parser.add_argument("--json", action="store_true", help="print JSON")


async def submit(options: argparse.Namespace, client: Client) -> int:
    """Submit a decision; with --wait, block until it has ended. Fields come from flags, or as JSON from --from FILE or
    a pipe. Exit code 0: passed, 1: refused, 3: pending."""
    proposal = _proposal(options)
    if options.validate_only:
        explanation = await client.explain(proposal)
        print_json(explanation) if options.json else print(explanation_text(explanation))
        return Exit.OK
    decision = await client.submit(proposal, supersedes=options.supersedes)
    if options.wait is not None and decision.pending:
        decision = await _wait(client, decision, options.wait)
    print_json(decision) if options.json else print(decision_text(decision))
    return exit_code(decision)


async def _wait(client: Client, decision: Decision, seconds: float) -> Decision:
    try:
        return await client.wait(decision, timeout=None if seconds == float("inf") else seconds)
    except StillPending as error:
        return error.decision


def _proposal(options: argparse.Namespace) -> Proposal:
    fields = _from_json(options)
    for name in (*_TEXTS, *_FLAGS, *_NUMBERS):
        if (given := getattr(options, name)) is not None:
            fields[name] = given
    for name in _OBJECTS:
        if (text := getattr(options, name)) is not None:
            fields[name] = _object(f"--{name}", _file_or_text(text))
    if options.model:
        name, _, version = options.model.partition("@")
        fields["model"] = (name, version)
    for name in _TEXTS:
        _require_text(name, fields.get(name, ""))
    for word in fields.get("model", ()):
        _require_text("model", word)
    if not fields.get("action"):
        raise UsageError("--action is missing: what is the AI about to do?")
    try:
        proposal = as_proposal(None, fields)  # type: ignore[arg-type]  # checked field by field by the proposal itself
        proposal.to_message()
    except TypeError as error:
        raise UsageError(str(error)) from None
    return proposal


def _from_json(options: argparse.Namespace) -> dict[str, Any]:
    piped = options.source is None and options.action is None and not sys.stdin.isatty()
    if options.source is None and not piped:
        return {}
    fields = _object("the JSON given", _read(None if piped or options.source == "-" else options.source))
    if not isinstance(attributes := fields.pop("attributes", {}), dict):
        raise UsageError("attributes must be a JSON object, such as {}")
    fields.update(attributes)
    unknown = sorted(fields.keys() - _KNOWN)
    if unknown:
        raise UsageError(f"unknown field {unknown[0]!r}; known are {', '.join(sorted(_KNOWN))}")
    if isinstance(model := fields.pop("model", ""), dict):
        fields["model"] = (model.get("name", ""), model.get("version", ""))
    elif model:
        fields["model"] = (model, "")
    return fields


def _file_or_text(text: str) -> str:
    return _read(text[1:]) if text.startswith("@") else text


def _read(path: str | None) -> str:
    """The text of a file; of stdin where there is none."""
    try:
        return sys.stdin.read() if path is None else Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{path or 'stdin'} is not text in UTF-8") from None


def _require_text(what: str, given: object) -> None:
    """The shell hands on bytes that are not UTF-8 as halves of surrogate pairs."""
    try:
        str(given).encode()
    except UnicodeEncodeError:
        raise UsageError(f"{what} is not text in UTF-8") from None
    if not isinstance(given, str):
        raise UsageError(f"{what} must be text, not {type(given).__name__}")


def _object(what: str, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"{what} is not JSON: {error}") from None
    except ValueError:
        raise UsageError(f"{what} holds a number of too many digits; send it as a string") from None
    except RecursionError:
        raise UsageError(f"{what} is nested too deeply; at most {MAX_DEPTH} levels are allowed") from None
    if not isinstance(value, dict):
        raise UsageError(f"{what} must be a JSON object, such as {{}}")
    return value
