"""What an entry says with the words beside it, and by what they are known as its own."""

from __future__ import annotations

from typing import Any

import pytest

from andon.domain.canonical import JsonObject, canonical, digest
from andon.domain.words import HASH, beside, hash_in, told
from andon_client import _words

SALT = "0" * 32
WORDS: JsonObject = {"comment": "no", "shown": {"opened": ["input.a"]}}
BODY: JsonObject = {"shown": {"digest": "d"}, "verdict": "REJECT"}


def worded(words: JsonObject = WORDS, salt: str = SALT) -> tuple[dict[str, Any], str]:
    text = beside(words, salt)
    return {**BODY, HASH: digest(text)}, text


def test_the_hash_is_what_the_documentation_says() -> None:
    body, text = worded({"comment": "no"})
    assert text == f'{{"salt":"{SALT}","words":{{"comment":"no"}}}}'
    assert hash_in(canonical(body)) == body[HASH] == digest(text)


def test_words_join_what_the_body_says() -> None:
    body, text = worded()
    said = {"comment": "no", "shown": {"digest": "d", "opened": ["input.a"]}, "verdict": "REJECT"}
    assert told(body, text) == _words.said_in(canonical(body), text) == said


def test_words_that_are_gone_or_others_are_left_out() -> None:
    body, _ = worded()
    others = [beside({"comment": "yes"}, SALT), beside(WORDS, "1" * 32), "{}", "[", "x"]
    for text in ("", *others):
        assert told(body, text) == _words.said_in(canonical(body), text) == BODY
    assert [_words.fits(canonical(body), text) for text in others] == [False] * 5


def test_a_body_without_words_takes_none() -> None:
    _, text = worded()
    assert told(BODY, text) == BODY
    assert (hash_in(canonical(BODY)), _words.fits(canonical(BODY), text)) == ("", False)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[",
        "[" * 100_000 + '"words_hash":"x"',
        '["words_hash":"x"]',
        '["words_hash"]',
        '{"words_hash":1}',
        '{"more":{"words_hash":"x"}}',
        canonical({"more": '"words_hash":"x"'}),
    ],
    ids=lambda body: body[:20],
)
def test_no_other_body_has_a_hash_of_words(body: str) -> None:
    assert hash_in(body) == _words.words_hash(body) == ""


@pytest.mark.parametrize("found", [{}, {"words_of": None}, {"words_of": {"1": 2}}, {"words_of": ["1", None, [2]]}])
def test_an_erasure_that_lists_nothing_tells_of_nothing(found: Any) -> None:
    assert _words.erased_by(canonical(found)) == []
    assert _words.erased_by("[") == []
