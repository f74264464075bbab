"""What is in force while files change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from andon.policy.faults import PolicyFaults
from andon.policy.watch import PolicyFolder, ReloadOutcome
from tests.unit.policy.policies import ENVIRONMENT, decision, policy, reasons, rule, write

ONE = policy(rule("one", "true"))
TWO = policy(rule("two", "true"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "policies", refunds=ONE)


def test_a_change_is_taken_at_the_next_step(folder: Path) -> None:
    watched = PolicyFolder(folder, ENVIRONMENT)
    before = watched.current
    assert not watched.step()
    write(folder, refunds=TWO + "# another size\n")
    assert watched.step()
    assert reasons(watched.current, decision()) == ["two"]
    assert before.revision != watched.current.revision
    assert reasons(before, decision()) == ["one"]
    assert not watched.step()


def test_a_broken_folder_leaves_the_last_good_set(folder: Path) -> None:
    watched = PolicyFolder(folder, ENVIRONMENT)
    good = watched.current
    write(folder, refunds=policy(rule("bad", "nonsense")))
    assert watched.step()
    assert watched.current is good
    assert watched.faults[0].file == "refunds.yaml"
    assert not watched.step()
    result = watched.reload()
    assert (result.outcome, result.revision, result.faults) == (ReloadOutcome.REFUSED, good.revision, watched.faults)
    write(folder, refunds=ONE)
    assert watched.step()
    assert watched.faults == ()
    assert watched.current.revision == good.revision


def test_the_same_content_is_the_same_revision(folder: Path) -> None:
    watched = PolicyFolder(folder, ENVIRONMENT)
    good = watched.current
    write(folder, refunds="# a comment is not content\n" + ONE)
    assert not watched.step()
    assert watched.current is good
    assert watched.reload().outcome is ReloadOutcome.UNCHANGED
    write(folder, refunds=TWO)
    assert watched.reload().outcome is ReloadOutcome.CHANGED


def test_the_revision_does_not_depend_on_file_names(folder: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other", renamed=ONE)
    revisions = {PolicyFolder(one, ENVIRONMENT).current.revision for one in (folder, other)}
    assert len(revisions) == 1


def test_files_that_come_and_go_are_seen(folder: Path) -> None:
    watched = PolicyFolder(folder, ENVIRONMENT)
    write(folder, mails=policy(rule("mail", "true"), name="mails", actions="[email.send]"))
    assert watched.step()
    assert list(watched.current.policies) == ["mails", "refunds"]
    (folder / "mails.yaml").unlink()
    assert watched.step()
    assert list(watched.current.policies) == ["refunds"]


def test_a_folder_that_vanishes_is_broken_not_empty(folder: Path) -> None:
    watched = PolicyFolder(folder, ENVIRONMENT)
    shutil.rmtree(folder)
    assert watched.step()
    assert reasons(watched.current, decision()) == ["one"]
    assert "can't be read" in watched.faults[0].message


def test_a_broken_folder_can_not_be_put_in_force(tmp_path: Path) -> None:
    with pytest.raises(PolicyFaults):
        PolicyFolder(write(tmp_path / "bad", refunds="["), ENVIRONMENT)
