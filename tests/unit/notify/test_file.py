"""The notifications file: what it may say, every fault at its place, and changes without a restart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from andon.domain.clock import HOUR, MINUTE
from andon.notify.file import NotificationFaults, NotificationFile
from andon.notify.subscriptions import Notifications
from tests.unit.notify.receiver import OLDER, SECRET

GOOD: Final = f"""
webhooks:
- name: refunds
  url: https://refunds.example.com/hooks/secret-path
  secret: {SECRET}
  events: [decision.resolved, decision.held]
  actions: [refund.*]
  submitters: [refund-service]
- name: billing
  url: http://127.0.0.1:9000/
  secret_env: BILLING_SECRET
  events: [retrain.due]
people:
- name: on-call
  urls_file: on-call.txt
  events: [queue.waiting, task.escalated]
  queues: [refunds]
  waiting_longer_than: 30m
  at_most: one per 5m
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "on-call.txt").write_text("json://localhost/secret-path\n\njsons://user:secret@example.com\n")
    return tmp_path / "notifications.yaml"


def written(path: Path, text: str, mode: int = 0o600, environ: Mapping[str, str] | None = None) -> NotificationFile:
    path.write_text(text)
    path.chmod(mode)
    return NotificationFile(path, {"BILLING_SECRET": f"{SECRET} {OLDER}"} if environ is None else environ)


def faults(path: Path, text: str) -> str:
    """What is wrong, without the path."""
    with pytest.raises(NotificationFaults) as raised:
        written(path, text)
    return str(raised.value).replace(f"{path}:", "")


def test_everything_that_can_be_said(path: Path) -> None:
    file = written(path, GOOD)
    refunds, billing = file.current.webhooks
    (people,) = file.current.people
    assert (refunds.name, refunds.url, refunds.secrets) == (
        "refunds",
        "https://refunds.example.com/hooks/secret-path",
        (SECRET,),
    )
    assert refunds.filter.events == {"decision.resolved", "decision.held"}
    assert (refunds.filter.actions, refunds.filter.submitters) == (("refund.*",), ("refund-service",))
    assert billing.secrets == (SECRET, OLDER)
    assert people.urls == ("json://localhost/secret-path", "jsons://user:secret@example.com")
    assert (people.waiting, people.pause, people.filter.queues) == (30 * MINUTE, 5 * MINUTE, ("refunds",))
    assert refunds.waiting == HOUR
    assert (file.fault, file.warnings) == ("", ())
    assert "secret" not in repr(file.current)
    assert SECRET[6:] not in repr(file.current)


@pytest.mark.parametrize("text", ["", "webhooks: []", "people: []"])
def test_nobody_need_be_told(path: Path, text: str) -> None:
    assert not written(path, text).current.all


def test_without_a_file_nobody_is_told() -> None:
    file = NotificationFile(None, {})
    assert (file.current, file.step()) == (Notifications(), False)


HOOK: Final = f"webhooks:\n- {{name: a, url: https://x.y/, secret: {SECRET}, events: [decision.held]"
CREW: Final = "people:\n- {name: a, events: [decision.held]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a", "1:1: must have sections\n  instead: webhooks or people"),
        ("webhook: []", "1:1: unknown key `webhook`\n  instead: webhooks"),
        ("webhooks: {}", "1:11: `webhooks` must be a list of entries\n  instead: - name: NAME"),
        ("webhooks: [7]", "1:12: must be an entry"),
        (f"{HOOK}, evnts: []}}", "unknown key `evnts`\n  instead: events"),
        (f"{HOOK}, waiting_longer_than: soon}}", "must be a time span"),
        (f"{HOOK}, queues: x}}", "`queues` must be a list of words"),
        (f"{HOOK}, queues: [a b]}}", "is no name"),
        (f"{HOOK}, allow_plain_http: perhaps}}", "must be true or false"),
        (f"{HOOK}, secret_env: X}}", "more than one is given\n  instead: one of secret, secret_file, secret_env"),
        (f"{HOOK}}}\n- {{name: a}}", "3:10: `a` is a name twice"),
        (
            HOOK.replace("decision.held", "decision.hold") + "}",
            "unknown event `decision.hold`\n  instead: decision.held",
        ),
        (HOOK.replace("[decision.held]", "[]") + "}", "`events` is missing"),
        (HOOK.replace("name: a", "name: a/b") + "}", "is no name"),
        (HOOK.replace("name: a, ", "") + "}", "`name` is missing"),
        (HOOK.replace("url: https://x.y/, ", "") + "}", "`url` is missing"),
        (HOOK.replace("https:", "http:") + "}", "is not encrypted\n  instead: https://, or allow_plain_http: true"),
        (HOOK.replace("https:", "file:") + "}", "is no address"),
        (HOOK.replace("//x", "//me:pw@x") + "}", "holds a user, a password or a fragment"),
        (HOOK.replace(SECRET, "whsec_short") + "}", "2:40: holds no signing secret\n  instead: whsec_ and 24 to 64"),
        (HOOK.replace(SECRET, SECRET[6:]) + "}", "holds no signing secret"),
        (HOOK.replace(f"secret: {SECRET}, ", "") + "}", "`secret`, `secret_file` or `secret_env` is missing"),
        (HOOK.replace(f"secret: {SECRET}", "secret_env: NOWHERE") + "}", "the variable NOWHERE is not set"),
        (HOOK.replace(f"secret: {SECRET}", "secret_file: nowhere") + "}", "nowhere can't be read: No such file"),
        (HOOK.replace(f"secret: {SECRET}", "secret: [7]") + "}", "must be a text or a list of texts"),
        (HOOK.replace(f"secret: {SECRET}", "secret: []") + "}", "holds nothing"),
        (f"{CREW}, urls: [nonsense://x]}}", "address 1 is none that Apprise understands"),
        (f"{CREW}, urls: json://localhost, at_most: often}}", "is no limit\n  instead: at_most: one per 5m"),
        (f"{CREW}, urls: json://localhost, at_most: one per week}}", "must be a time span"),
        ("webhooks:\n\t- a", "is not YAML"),
    ],
)
def test_every_fault_has_its_place_and_its_remedy(path: Path, text: str, expected: str) -> None:
    assert expected in faults(path, text)


@pytest.mark.parametrize(
    "text",
    [
        HOOK.replace(SECRET, "whsec_hidden") + "}",
        HOOK.replace("https://x.y/", "ftp://x.y/hidden") + "}",
        HOOK.replace("https://x.y/", "https://me:hidden@x.y/") + "}",
        f"{CREW}, urls: [nonsense://hidden]}}",
    ],
)
def test_no_fault_tells_a_secret(path: Path, text: str) -> None:
    assert "hidden" not in faults(path, text)


def test_plain_http_is_sent_where_somebody_said_so(path: Path) -> None:
    plain = HOOK.replace("https:", "http:") + ", allow_plain_http: true}"
    assert written(path, plain).current.webhooks[0].url == "http://x.y/"


def test_people_need_apprise(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("andon.notify.urls.installed", lambda: False)
    text = f"{CREW}, urls: json://localhost}}"
    assert "needs Apprise, which is not installed\n  instead: pip install 'andon[notify]'" in faults(path, text)


def test_others_must_not_write_it_and_should_not_read_it(path: Path) -> None:
    with pytest.raises(NotificationFaults, match="others may write it"):
        written(path, GOOD, 0o622)
    (warning,) = written(path, GOOD, 0o644).warnings
    assert "chmod 600" in warning


def test_a_file_that_is_not_there(path: Path) -> None:
    with pytest.raises(NotificationFaults, match="No such file"):
        NotificationFile(path, {})


def test_a_change_is_taken_and_a_broken_one_is_not(path: Path) -> None:
    file = written(path, GOOD)
    assert not file.step()
    path.write_text("webhooks: 7")
    assert file.step()
    assert "must be a list of entries" in file.fault
    assert len(file.current.all) == 3
    assert not file.step()
    path.write_text("")
    assert file.step()
    assert (file.fault, len(file.current.all)) == ("", 0)
    path.unlink()
    assert file.step()
    assert "No such file" in file.fault


def test_a_secret_s_own_file_is_watched_as_well(path: Path) -> None:
    file = written(path, GOOD)
    (path.parent / "on-call.txt").write_text("json://localhost/another")
    assert file.step()
    assert file.current.people[0].urls == ("json://localhost/another",)
