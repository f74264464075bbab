"""The demo's data, model and policy."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence

import pytest

from andon.__main__ import main
from credit_demo.applications import DATA, Application, halves, load
from credit_demo.books import Answer, Books, Given, Listed, Rate
from credit_demo.figures import Confusion, percentile
from credit_demo.office import Judgement, Say, judge
from credit_demo.proposal import Proposal
from credit_demo.report import table

EXAMPLE = DATA.parent.parent


@pytest.fixture(scope="module")
def applications() -> Sequence[Application]:
    return load()


def test_the_file_is_the_one_its_readme_tells_of() -> None:
    digest = hashlib.sha256(DATA.read_bytes()).hexdigest()
    assert digest in (EXAMPLE / "data" / "README.md").read_text("utf-8")


def test_the_data_has_the_shape_and_the_distributions_of_the_original(applications: Sequence[Application]) -> None:
    assert [application.number for application in applications] == list(range(1, 1001))
    assert sum(application.repaid for application in applications) == 700
    assert max(application.duration_months for application in applications) == 72
    assert max(application.amount_dm for application in applications) == 18424
    assert sum(application.amount_dm for application in applications) == 3_271_258
    accounts = [application.checking_account for application in applications]
    assert [accounts.count(kind) for kind in ("below 0 DM", "0 to 200 DM", "200 DM or more", "none")] == [
        274,
        269,
        63,
        394,
    ]


def test_the_halves_share_nothing(applications: Sequence[Application]) -> None:
    training, decided = halves(applications)
    assert len(training) == len(decided) == 500
    assert not {application.number for application in training} & {application.number for application in decided}


def test_neither_age_nor_sex_nor_the_outcome_is_shown(applications: Sequence[Application]) -> None:
    assert not applications[0].as_input().keys() & {"age_years", "sex", "outcome", "repaid"}


def test_the_model_is_the_same_each_time_and_its_confidence_a_probability(applications: Sequence[Application]) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed (requirements/demo.txt)")
    from credit_demo.model import CreditModel

    training, decided = halves(applications)
    first, second = CreditModel(training), CreditModel(training)
    assert first.version == second.version
    proposals = first.propose(decided)
    assert proposals == second.propose(decided)
    assert all(0.5 <= proposal.confidence <= 1 for proposal in proposals)
    assert {proposal.grant for proposal in proposals} == {True, False}


def test_the_model_beats_granting_all_and_is_as_sure_as_it_is_right(applications: Sequence[Application]) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed (requirements/demo.txt)")
    from credit_demo.model import CreditModel

    training, decided = halves(applications)
    proposals = CreditModel(training).propose(decided)
    right = sum(proposal.grant is proposal.application.repaid for proposal in proposals) / len(proposals)
    sure = sum(proposal.confidence for proposal in proposals) / len(proposals)
    assert right > sum(application.repaid for application in decided) / len(decided)
    assert abs(right - sure) < 0.05


def test_reasoning_says_what_an_approval_does_and_why(applications: Sequence[Application]) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed (requirements/demo.txt)")
    from credit_demo.model import CreditModel

    training, decided = halves(applications)
    reasoning = CreditModel(training).propose(decided[:1])[0].reasoning
    assert reasoning.startswith("Decline 5,951 DM over 48 months: repaid with probability 0.")
    assert "A term of 48 months speaks against (−" in reasoning


def test_a_reviewer_judges_by_the_outcome_and_errs_a_little(applications: Sequence[Application]) -> None:
    judgements = [judge(application, True, seed=7) for application in applications]
    assert judgements == [judge(application, True, seed=7) for application in applications]
    mistakes = sum(judgement.mistaken for judgement in judgements)
    assert 10 <= mistakes <= 60
    for application, judgement in zip(applications, judgements, strict=True):
        assert (judgement.say is Say.APPROVE) == (application.repaid is not judgement.mistaken)
        assert (judgement.say is Say.CORRECT) == (judgement.correction is not None)
        assert judgement.seconds > 0


def test_the_cost_is_that_of_the_data_sets_own_matrix() -> None:
    pairs = [(True, True), (True, False), (False, True), (False, True), (False, False)]
    confusion = Confusion.of(pairs)
    assert (confusion.total, confusion.accuracy, confusion.cost) == (5, 0.4, 7)


def test_percentiles_are_nearest_rank() -> None:
    assert [percentile([4.0, 1.0, 3.0, 2.0], share) for share in (0.0, 0.5, 0.9, 1.0)] == [1.0, 2.0, 4.0, 4.0]


def test_the_policys_tables_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "test", str(EXAMPLE / "policies")]) == 0
    assert "all passed" in capsys.readouterr().out


def _books(asked: int = 2) -> Books:
    """One decision that passed, one that was corrected from decline to grant; all books agree."""
    good, other = load()[0], load()[2]
    passed = Proposal(good, grant=True, confidence=0.9, reasoning="", anomalous=False)
    declined = Proposal(other, grant=False, confidence=0.6, reasoning="", anomalous=False)
    books = Books(asked)
    books.answers = [
        Answer(passed, "decisions/a", "AUTO_APPROVED", grant=True, released=2.0),
        Answer(declined, "decisions/b", "CORRECTED", grant=True, released=2.5),
    ]
    judgement = Judgement(Say.CORRECT, {"decision": "grant", "limit": 1}, "", 90.0, mistaken=False)
    books.given = [Given("decisions/b", "anna", judgement, queue_wait=0.5, sent=2.0)]
    books.listed = [
        Listed("decisions/a", "AUTO_APPROVED", (), 0.0),
        Listed("decisions/b", "CORRECTED", ("confidence", "decline"), 1.0),
    ]
    books.rates = [Rate("decline", 1, 1, 1.0, 0.2, 1.0)]
    books.metrics = {"andon_decisions_total": 2, "andon_reviews_total": 1, "andon_overrides_total": 1}
    books.samples = [{"decision": "decisions/b", "verdict": "CORRECT", "override": True}]
    books.ledger = {"decision.submitted": 2, "review.given": 1, "task.leased": 1}
    return books


def test_books_that_agree_add_up() -> None:
    assert _books().faults() == []


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda books: books.answers.pop(), "callers with an answer: 1, but decisions to make: 2"),
        (lambda books: books.listed.pop(), "the server lists None"),
        (lambda books: books.listed.append(books.listed[0]), "decisions listed: 3"),
        (lambda books: books.given.clear(), "verdicts given: 0"),
        (lambda books: books.samples.clear(), "samples exported: 0"),
        (lambda books: books.samples[0].update(verdict="APPROVE"), "exported APPROVE"),
        (lambda books: books.samples[0].update(override=False), "overrides exported: 0"),
        (lambda books: books.metrics.update(andon_decisions_total=3), "andon_decisions_total: 3"),
        (lambda books: books.metrics.update(andon_reviews_total=0), "andon_reviews_total: 0"),
        (lambda books: books.metrics.update(andon_overrides_total=0), "andon_overrides_total: 0"),
        (lambda books: books.ledger.update({"decision.submitted": 1}), "submissions in the ledger: 1"),
        (lambda books: books.ledger.pop("review.given"), "verdicts in the ledger: 0"),
        (lambda books: setattr(books, "chain_faults", 1), "faults in the ledger's chain: 1"),
    ],
)
def test_books_that_do_not_agree_say_what(spoil: Callable[[Books], object], words: str) -> None:
    books = _books()
    spoil(books)
    assert any(words in fault for fault in books.faults())


def test_the_report_counts_what_was_corrected_for_the_ai_with_review() -> None:
    report = table(_books(), seconds=3.0, scale=500.0)
    assert re.search(r"automated: granted without a person +1 +50.0%", report)
    assert re.search(r"accuracy +50.0% +100.0%", report)
    assert re.search(r"resolution: created to verdict +1.0 s +1.0 s +8.3 min", report)
