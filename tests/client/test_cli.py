"""The commands: what they print, what they send, how they end."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import grpc
import pytest

from andon_client import Client, Proposal, cli
from andon_client._gen.andon.v1 import decision_pb2, decision_service_pb2, feedback_service_pb2, task_pb2
from andon_client.cli.card import _usual
from andon_client.cli.common import UsageError, default_token
from andon_client.cli.times import parse_moment
from andon_client.model import WaitEstimate
from tests.client.fake import START, Fault, State
from tests.client.fake_server import FakeServer

Andon: TypeAlias = "Callable[..., Awaitable[int]]"


SURE = ("--action", "a", "--confidence", "1")


@pytest.fixture
def andon(server: FakeServer, pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> Andon:
    """Runs one command against the server; answers its exit code."""
    for name in ("TOKEN", "TLS", "ROOT_CERTIFICATES"):
        monkeypatch.delenv(f"ANDON_{name}", raising=False)
    monkeypatch.setenv("ANDON_ADDRESS", server.address)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    parser = argparse.ArgumentParser()
    cli.add_parsers(parser.add_subparsers())

    async def run(*arguments: str, stdin: str = "") -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        options = parser.parse_args(arguments)
        code: int = await options.start(options)
        return code

    return run


def sample(sequence: int, confidence: float = 0.5) -> feedback_service_pb2.Sample:
    message = feedback_service_pb2.Sample(
        sequence=sequence, action="refund.issue", confidence=confidence, verdict=task_pb2.VERDICT_APPROVE
    )
    message.review_time.FromDatetime(START)
    message.input.update({"n": sequence})
    return message


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


async def test_submit_sends_all_flags(andon: Andon, state: State, capsys: pytest.CaptureFixture[str]) -> None:
    code = await andon(
        *("submit", "--action", "refund.issue", "--confidence", "0.9", "--input", '{"a": 1}'),
        *("--prediction", '{"amount": 40}', "--reasoning", "because", "--model", "refunds@3", "--amount", "40"),
        *("--currency", "EUR", "--subject", "customers/1", "--irreversible", "--high-value", "--extra", '{"x": "y"}'),
        *("--request-id", "r1", "--token", "secret", "--json"),
    )
    assert code == 0
    (sent,) = (request for method, request in state.calls if method == "Submit")
    assert sent.request_id == "r1"
    assert (sent.decision.model.name, sent.decision.model.version) == ("refunds", "3")
    assert sent.decision.attributes.irreversible
    assert sent.decision.attributes.high_value
    assert not sent.decision.attributes.regulated
    (printed,) = lines(capsys.readouterr().out)
    assert printed["passed"] is True
    assert printed["outcome"] == "AUTO_APPROVED"
    assert printed["prediction"] == {"amount": 40}
    assert printed["attributes"]["extra"] == {"x": "y"}
    assert state.metadata[0]["authorization"] == "Bearer secret"


async def test_submit_reads_json_from_a_pipe_and_flags_win(andon: Andon, state: State) -> None:
    fields = {"action": "refund.issue", "confidence": 0.2, "model": {"name": "m"}, "attributes": {"amount": 3}}
    assert await andon("submit", "--confidence", "0.9", stdin=json.dumps(fields)) == 0
    sent = state.calls[0][1].decision
    assert (sent.confidence, sent.model.name, sent.attributes.amount.value) == (0.9, "m", 3)


async def test_submit_reads_json_from_files(andon: Andon, state: State, tmp_path: Path) -> None:
    (tmp_path / "fields.json").write_text('{"action": "a", "confidence": 0.9}')
    (tmp_path / "input.json").write_text('{"from": "file"}')
    assert await andon("submit", "--from", str(tmp_path / "fields.json"), "--input", f"@{tmp_path / 'input.json'}") == 0
    assert state.calls[0][1].decision.input.fields["from"].string_value == "file"
    assert await andon("submit", "--from", str(tmp_path / "missing.json")) == 4


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (["--confidence", "0.5"], "{}", "--action is missing"),
        (["--action", "a"], "", "confidence must be stated"),
        (["--action", "a", "--confidence", "nan"], "", "confidence: must be a number"),
        (["--action", "a", "--confidence", "1", "--input", "{"], "", "--input is not JSON"),
        (["--action", "a", "--confidence", "1", "--input", "[]"], "", "must be a JSON object"),
        ([], '{"actoin": "a"}', "unknown field 'actoin'"),
        ([], "not json", "is not JSON"),
        (["--action", "a", "--confidence", "1", "--token", "a b"], "", "visible ASCII"),
        ([*SURE, "--input", '{"a": ' + "9" * 5_000 + "}"], "", "--input holds a number of too many digits"),
        ([*SURE, "--input", '{"a": ' + "9" * 4_000 + "}"], "", "input.a: a whole number of many digits"),
        ([*SURE, "--input", '{"a": ' * 100_000 + "1" + "}" * 100_000], "", "--input is nested too deeply"),
        ([*SURE, "--input", '{"a": ' * 700 + "1" + "}" * 700], "", "nested deeper than 32 levels"),
        ([*SURE, "--reasoning", "caf\udce9"], "", "reasoning is not text in UTF-8"),
        ([*SURE, "--model", "caf\udce9"], "", "model is not text in UTF-8"),
        ([], '{"action": "a", "confidence": 1, "subject": "\\ud800"}', "subject is not text in UTF-8"),
        ([], '{"action": "a", "confidence": 1, "reasoning": 5}', "reasoning must be text, not int"),
        ([], '{"action": "a", "confidence": 1, "model": {"name": 5}}', "model must be text, not int"),
        ([], '{"action": "a", "confidence": 1, "attributes": 5}', "attributes must be a JSON object"),
    ],
)
async def test_wrong_usage_is_one_line_and_sends_nothing(
    andon: Andon, state: State, capsys: pytest.CaptureFixture[str], arguments: list[str], stdin: str, said: str
) -> None:
    assert await andon("submit", *arguments, stdin=stdin) == 2
    error = capsys.readouterr().err
    assert error.startswith("andon: ")
    assert said in error
    assert error.count("\n") == 1
    assert not state.calls


async def test_exit_codes_tell_how_it_ended(andon: Andon, state: State, capsys: pytest.CaptureFixture[str]) -> None:
    held = ("submit", "--action", "a", "--confidence", "0.5")
    assert await andon(*held) == 3
    assert await andon("submit", "--action", "blocked.a", "--confidence", "1") == 1
    assert "never do this" in capsys.readouterr().out
    name = next(iter(state.decisions))
    assert await andon(*held, "--wait", "0.01") == 3
    assert await andon("wait", name, "--timeout", "0.01") == 3
    assert "PENDING" in capsys.readouterr().out
    await state.resolve(name, decision_pb2.OUTCOME_REJECTED, "no")
    assert await andon("wait", name) == 1
    await state.resolve(name, decision_pb2.OUTCOME_APPROVED)
    assert await andon("wait", name, "--json") == 0
    assert await andon("wait", "decisions/nobody") == 4
    assert capsys.readouterr().err == "andon: decisions/nobody does not exist\n"


async def test_another_takes_its_place_and_appeals_are_waited_for(
    andon: Andon, client: Client, state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    held = ("submit", "--action", "a", "--confidence", "0.5")
    assert await andon(*held) == 3
    old = next(iter(state.decisions))
    assert await andon(*held, "--supersedes", old) == 3
    assert [request.supersedes for method, request in state.calls if method == "Submit"] == ["", old]
    name = (await client.submit(action="b", confidence=0.5)).name
    await state.resolve(name, decision_pb2.OUTCOME_REJECTED, "no")
    assert await andon("appeal", name, "--comment", "look again") == 0
    assert await andon("wait", name, "--appeal", "1", "--timeout", "0") == 3
    end = state.decisions[name].appeals[0].resolution
    for outcome, code in ((decision_pb2.OUTCOME_APPROVED, 0), (decision_pb2.OUTCOME_EXPIRED, 1)):
        end.outcome = outcome
        capsys.readouterr()
        assert await andon("wait", name, "--appeal", "1") == code
        assert "look again" in capsys.readouterr().out


async def test_files_that_are_not_text_are_wrong_usage(
    andon: Andon, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "latin").write_bytes(b'{"a": "caf\xe9"}')
    assert await andon("submit", *SURE, "--input", f"@{tmp_path / 'latin'}") == 2
    assert capsys.readouterr().err.endswith("latin is not text in UTF-8\n")


async def test_submit_waits_for_the_answer(andon: Andon, state: State) -> None:
    running = asyncio.ensure_future(andon("submit", "--action", "a", "--confidence", "0.5", "--wait"))
    await state.called["Wait"].wait()
    await state.resolve(next(iter(state.decisions)), decision_pb2.OUTCOME_APPROVED)
    assert await running == 0


async def test_validating_explains_and_records_nothing(
    andon: Andon, state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await andon("submit", "--action", "a", "--confidence", "0.5", "--validate-only") == 0
    assert "auto-approved if confidence ≥ 0.85" in capsys.readouterr().out
    assert await andon("submit", "--action", "a", "--confidence", "0.5", "--validate-only", "--json") == 0
    assert lines(capsys.readouterr().out)[0]["rules"][0]["matched"] is True
    assert not state.decisions


async def test_errors_are_one_line(
    andon: Andon, state: State, server: FakeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    state.fail("ListDecisions", Fault(grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_MISSING", message="no token"))
    assert await andon("decisions") == 4
    assert capsys.readouterr().err == "andon: no token (give --token, or set ANDON_TOKEN)\n"
    state.fail("ListDecisions", Fault(grpc.StatusCode.INTERNAL, "INTERNAL", message="internal \x1b[31merror"))
    assert await andon("decisions") == 4
    assert capsys.readouterr().err == "andon: internal \\x1b[31merror (request id log-1)\n"
    await server.stop()
    assert await andon("decisions", "--address", "localhost:1") == 4
    assert capsys.readouterr().err.startswith("andon: no answer from localhost:1: ")


async def test_nothing_that_was_sent_steers_the_terminal(
    andon: Andon, client: Client, state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b]0;owned\x07\x9b2J\u202eelif\r\n"
    decision = await client.submit(
        action="a", prediction={evil: evil}, reasoning=evil, subject=evil, confidence=0.9, model=(evil, evil)
    )
    await state.resolve(decision.name, decision_pb2.OUTCOME_APPROVED, evil)
    state.decisions[decision.name].submitter = evil
    for command in (["wait", decision.name], ["wait", decision.name, "--json"], ["decisions"]):
        await andon(*command)
        printed = capsys.readouterr().out
        assert not set("\x1b\x07\x9b\u202e\r") & set(printed)
        assert "2J" in printed or command == ["decisions"]


async def test_lists_and_tables(andon: Andon, client: Client, state: State, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(5):
        await client.submit(Proposal(action="refund.issue", confidence=0.5))
    assert await andon("decisions", "--limit", "3", "--state", "pending", "--action", "refund.*", "--json") == 0
    assert len(lines(capsys.readouterr().out)) == 3
    sent = next(request for method, request in state.calls if method == "ListDecisions")
    assert sent.filter.state == decision_pb2.DECISION_STATE_PENDING
    assert sent.filter.action == "refund.*"
    assert not sent.filter.HasField("start_time")
    state.rates.append(
        feedback_service_pb2.OverrideRate(action="refund.issue", rule="big", reviews=4, overrides=1, rate=0.25)
    )
    assert await andon("overrides", "--by", "rule", "--since", "7d") == 0
    printed = capsys.readouterr().out
    assert "RULE" in printed
    assert "25.0%" in printed
    sent = next(request for method, request in state.calls if method == "ListOverrideRates")
    assert sent.HasField("start_time")
    assert await andon("overrides", "--since", "yesterday") == 2


async def test_decisions_are_looked_for_by_text_and_time(andon: Andon, client: Client, state: State) -> None:
    flags = ("--text", "carrier lost", "--model", "refunds@7", "--rule", "big", "--resolved-by", "rita")
    times = ("--since", "2026-11-01", "--until", "2026-11-08T00:00:00Z")
    assert await andon("decisions", *flags, *times) == 0
    sent = next(request for method, request in state.calls if method == "ListDecisions").filter
    assert (sent.text, sent.model, sent.rule, sent.resolved_by) == ("carrier lost", "refunds@7", "big", "rita")
    assert sent.start_time.ToDatetime() == datetime(2026, 11, 1)  # as protobuf gives it
    assert sent.end_time.ToDatetime() == datetime(2026, 11, 8)
    assert await andon("decisions", "--until", "tomorrow") == 2
    with pytest.raises(ValueError, match="time zone"):
        await anext(client.decisions(since=datetime(2026, 11, 1)))  # what is refused


async def test_history_is_told_as_it_comes(client: Client, state: State) -> None:
    event = decision_service_pb2.DecisionEvent
    details = {"route": "REVIEW"}
    submitted = decision_service_pb2.DECISION_EVENT_TYPE_SUBMITTED
    state.events[:] = [event(type=submitted, actor="service"), event(type=99, sequence=7)]  # type: ignore[arg-type]  # newer
    state.events[0].details.update(details)
    told = [one async for one in client.history("decisions/1")]
    assert [(one.type, one.actor, one.sequence) for one in told] == [("SUBMITTED", "service", 0), ("UNKNOWN", "", 7)]
    assert told[0].details == details


async def test_export_goes_on_from_its_cursor(
    andon: Andon, state: State, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output, cursor = tmp_path / "samples.jsonl", tmp_path / "cursor"
    command = ("export", "--output", str(output), "--cursor", str(cursor))
    state.samples += [sample(n) for n in range(1, 6)]
    state.fail("ListSamples", Fault(grpc.StatusCode.INTERNAL, "INTERNAL"))
    assert await andon(*command) == 4
    assert await andon(*command) == 0
    assert capsys.readouterr().err.endswith("andon: 5 samples; go on with --after 5\n")
    state.samples += [sample(6), sample(7)]
    assert await andon(*command) == 0
    assert [line["sequence"] for line in lines(output.read_text())] == [1, 2, 3, 4, 5, 6, 7]
    assert json.loads(cursor.read_text()) == {"after": 7}
    assert sorted(os.listdir(tmp_path)) == ["cursor", "samples.jsonl"]


async def test_export_mends_a_line_that_was_cut_off(andon: Andon, state: State, tmp_path: Path) -> None:
    output, cursor = tmp_path / "samples.jsonl", tmp_path / "cursor"
    state.samples += [sample(n) for n in range(1, 5)]
    assert await andon("export", "--output", str(output), "--cursor", str(cursor)) == 0
    whole = output.read_text()
    # Killed within line 3, with a cursor from before line 2.
    output.write_text("".join(whole.splitlines(keepends=True)[:2]) + '{"sequence":3,"deci')
    cursor.write_text('{"after": 1}')
    assert await andon("export", "--output", str(output), "--cursor", str(cursor)) == 0
    assert output.read_text() == whole


async def test_export_by_uncertainty_moves_its_cursor_at_the_end(
    andon: Andon, state: State, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state.samples += [sample(1, 0.9), sample(2, 0.1), sample(3, 0.5)]
    cursor = tmp_path / "cursor"
    assert await andon("export", "--order", "uncertainty", "--cursor", str(cursor)) == 0
    printed = capsys.readouterr()
    assert [line["sequence"] for line in lines(printed.out)] == [2, 3, 1]
    assert lines(printed.out)[0]["review_time"] == "2026-11-01T00:00:00Z"
    assert json.loads(cursor.read_text()) == {"after": 3}
    cursor.write_text("nonsense")
    assert await andon("export", "--cursor", str(cursor)) == 2


@pytest.mark.parametrize("flags", [[], ["--json"]])
async def test_tail_shows_what_stands_and_what_changes(
    andon: Andon, client: Client, state: State, capsys: pytest.CaptureFixture[str], flags: list[str]
) -> None:
    decision = await client.submit(Proposal(action="refund.issue", confidence=0.5))
    running = asyncio.ensure_future(andon("tail", *flags))
    await state.until(lambda: bool(state.streams))
    state.remove(decision.task)
    printed = ""
    while printed.count(decision.task) < 2:
        await asyncio.sleep(0)
        printed += capsys.readouterr().out
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def test_tokens_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANDON_TOKEN", raising=False)
    monkeypatch.setenv("ANDON_TOKEN_REVIEWER", "of the role")
    assert default_token("reviewer") == "of the role"
    assert default_token("lead") == ""
    monkeypatch.setenv("ANDON_TOKEN", "of all")
    assert default_token("reviewer") == "of all"


def test_since_takes_spans_and_times() -> None:
    now = datetime(2026, 11, 8, tzinfo=UTC)
    assert parse_moment("--since", "7d", now) == datetime(2026, 11, 1, tzinfo=UTC)
    assert parse_moment("--since", "2026-11-01", now) == datetime(2026, 11, 1, tzinfo=UTC)
    assert parse_moment("--since", "2026-11-01T02:00:00+02:00", now) == datetime(2026, 11, 1, tzinfo=UTC)
    for wrong in ("soon", "7w", "99999999999d"):
        with pytest.raises(UsageError):
            parse_moment("--since", wrong, now)


async def test_the_module_runs_as_a_program(server: FakeServer) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "andon_client", "submit", "--address", server.address),
        *("--action", "blocked.a", "--confidence", "1"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, error = await process.communicate()
    assert process.returncode == 1
    assert b"BLOCKED" in output
    assert not error


async def test_one_sample_is_one_sample(andon: Andon, state: State, capsys: pytest.CaptureFixture[str]) -> None:
    state.samples.append(sample(1))
    assert await andon("export") == 0
    assert capsys.readouterr().err == "andon: 1 sample; go on with --after 1\n"


@pytest.mark.parametrize(
    ("p50", "p90", "said"),
    [
        (0.0, 0.1, "under a second for nine in ten"),
        (0.2, 9.0, "under a second; nine in ten within 9 s"),
        (60.0, 3_660.0, "1 min; nine in ten within 1 h 1 min"),
    ],
)
def test_the_usual_wait_is_told_in_words(p50: float, p90: float, said: str) -> None:
    wait = WaitEstimate(timedelta(seconds=p50), timedelta(seconds=p90))
    assert _usual(wait) == said


def test_every_flag_says_what_it_means() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    cli.add_parsers(commands)
    assert not [
        (name, action.dest)
        for name, command in commands.choices.items()
        for action in command._actions
        if not action.help
    ]
