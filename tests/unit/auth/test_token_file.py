"""What a token covers and when it ends, as the token file says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from andon.auth.rights import in_words, moment
from andon.auth.tokens import TokenFile, TokenFileError, fingerprint
from andon.domain.clock import SECOND
from andon.domain.errors import CredentialsInvalid
from tests.clock import START, FakeClock

TOKEN = "andon_" + "A" * 43
ENTRY = f"- principal: svc\n  sha256: {fingerprint(TOKEN)}\n  roles: [submitter]\n"


def written(folder: Path, more: str) -> Path:
    path = folder / "tokens.yaml"
    path.write_text(f"{ENTRY}  {more}\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-09-21", 1_789_948_800),
        ("2026-09-21T14:13:20Z", 1_790_000_000),
        ("2026-09-21T16:13:20+02:00", 1_790_000_000),
        ("2026-09-21t14:13z", 1_789_999_980),
        ("2026-09-21 14:13:20.5Z", 1_790_000_000.5),
    ],
)
def test_a_time_is_iso_8601_with_its_zone(text: str, seconds: float) -> None:
    assert moment(text) == seconds * SECOND


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-21T14:13:20",
        "2026-02-30",
        "20260921",
        "2026-W39-1",
        "tomorrow",
        "",
        20260921,
        None,
        "2026-09-21T25:00Z",
    ],
)
def test_what_is_no_time_is_none(text: object) -> None:
    assert moment(text) is None


def test_a_time_is_written_as_it_is_read() -> None:
    assert in_words(START) == "2026-09-21T14:13:20Z"
    assert moment(in_words(START)) == START


def test_a_token_ends_when_it_says(tmp_path: Path) -> None:
    clock = FakeClock()
    file = TokenFile.load(written(tmp_path, "expire_time: 2026-09-21T14:13:21Z"), clock)
    svc = file.authenticate(TOKEN)
    assert svc.expire_time == START + SECOND
    clock.advance(SECOND - 1)
    assert file.current(svc) == svc
    assert not file.ended(START, clock.now())
    before = clock.now()
    clock.advance(1)
    assert file.ended(before, clock.now())
    assert not file.ended(clock.now(), clock.now() + SECOND)
    assert file.current(svc) is None
    with pytest.raises(CredentialsInvalid):
        file.authenticate(TOKEN)


def test_a_token_covers_the_actions_it_names(tmp_path: Path) -> None:
    svc = TokenFile.load(written(tmp_path, 'actions: ["refund.*", credit.grant]')).authenticate(TOKEN)
    covered = ("refund.issue", "refund.issue.late", "credit.grant")
    assert all(map(svc.covers, covered))
    assert not any(map(svc.covers, ("refund", "credit", "credit.grant.more", "refunds.issue")))
    everything = TokenFile.load(written(tmp_path, "note: all of it")).authenticate(TOKEN)
    assert everything.covers("whatever")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("actions: []", "4:12: `actions` must be a list of words"),
        ("actions: refund", "4:12: `actions` must be a list of words"),
        ("actions: [refund*]", "4:13: is no action\n  instead: an action such as refund.issue"),
        ('actions: ["*", "*.refund"]', "4:18: is no action"),
        ("expire_time: soon", "4:16: is no time\n  instead: 2027-01-31"),
        ("expire_time: 2026-09-21T14:13:20", "4:16: is no time"),
        ("expire_tme: 2026-09-21", "4:3: unknown key `expire_tme`\n  instead: expire_time"),
        ("note: [x]", "4:9: is no note"),
        ('note: "a\\nb"', "4:9: is no note"),
        (f"note: {'x' * 201}", "4:9: is no note"),
    ],
)
def test_a_fault_is_told_at_its_line(tmp_path: Path, more: str, expected: str) -> None:
    with pytest.raises(TokenFileError) as caught:
        TokenFile.load(written(tmp_path, more))
    assert f"tokens.yaml:{expected}" in str(caught.value)


def test_a_file_that_may_be_missing_is_taken_once_it_is_there(tmp_path: Path) -> None:
    file = TokenFile.load(tmp_path / "tokens.yaml", optional=True)
    with pytest.raises(CredentialsInvalid):
        file.authenticate(TOKEN)
    assert not file.step()
    written(tmp_path, "note: here")
    assert file.step()
    assert file.authenticate(TOKEN).name == "svc"
