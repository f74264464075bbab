"""Changes the token file as a careful person would: comments and order stay, nothing is half written.

Every change is made on the text, read again, and compared with what was meant before it takes the file's place.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from andon.auth.changes import token_id
from andon.auth.entries import Entries, TokenEntry, TokenFileError, parse_entries, read_entries
from andon.auth.rights import in_words
from andon.auth.tokens import safe
from andon.auth.writing import HEAD, written
from andon.files import durable
from andon.policy.source import Place

SHORTEST_ID: Final = 6
_PAUSE: Final = 0.05
_TRIES: Final = 100
_HEX: Final = frozenset("0123456789abcdef")

Edit = Callable[[Entries], str]


class Unknown(LookupError):
    """Nothing in the file is meant by a word, or more than one thing."""


def read(path: Path) -> Entries:
    """The file as it is. Raises TokenFileError with every fault."""
    safe(path, TokenFileError, "token file")
    return read_entries(path)


def chosen(entries: Sequence[TokenEntry], word: str) -> Sequence[TokenEntry]:
    """The tokens of the principal of that name, or the one whose id begins so. Raises Unknown."""
    named = [entry for entry in entries if entry.principal.name == word]
    like = _of_id(entries, word)
    if named and [entry for entry in like if entry not in named]:
        raise Unknown(f"{word} is a principal, and the id of another's token; give more of the id")
    if len(like) > 1 and not named:
        raise Unknown(f"{word} begins several ids: {', '.join(token_id(entry.digest) for entry in like)}")
    if not named and not like:
        raise Unknown(f"no token of {word}; see `andon token list`")
    return named or like


def _of_id(entries: Sequence[TokenEntry], word: str) -> list[TokenEntry]:
    if len(word) < SHORTEST_ID or not _HEX.issuperset(word):
        return []
    return [entry for entry in entries if entry.digest.startswith(word)]


def add(path: Path, entry: TokenEntry) -> None:
    """Puts an entry at the end; makes the file, for its owner alone, where there is none. Raises TokenFileError."""
    if not path.exists():
        _make(path, HEAD + written(entry))
        return
    _change(path, lambda found: _with(found.source.text, entry), lambda before: [*before, entry])


def remove(path: Path, word: str) -> Sequence[TokenEntry]:
    """Takes out the tokens that a word means, and returns them. Raises TokenFileError, Unknown."""
    gone: list[TokenEntry] = []

    def edit(found: Entries) -> str:
        gone[:] = chosen(found.all, word)
        if len(gone) == len(found.all):
            raise Unknown("that would be the last token, and a token file needs one; make another first")
        return _without(found, [found.all.index(entry) for entry in gone])

    _change(path, edit, lambda before: [entry for entry in before if entry not in gone])
    return gone


def replace_one(path: Path, word: str, successor: Callable[[TokenEntry], TokenEntry], until: int | None) -> None:
    """Adds the successor of the one token that a word means, and ends that one at `until` (µs), at once where None.

    Raises TokenFileError, Unknown.
    """
    pair: list[TokenEntry] = []

    def edit(found: Entries) -> str:
        several = chosen(found.all, word)
        if len(several) > 1:
            ids = ", ".join(token_id(entry.digest) for entry in several)
            raise Unknown(f"{word} has several tokens: {ids}; say which by its id")
        old = several[0]
        pair[:] = old, successor(old)
        index = found.all.index(old)
        return _with(_without(found, [index]) if until is None else _ending(found, index, until), pair[1])

    def expected(before: Sequence[TokenEntry]) -> list[TokenEntry]:
        kept = [entry for entry in before if until is not None or entry != pair[0]]
        return [*kept, pair[1]]

    _change(path, edit, expected)


def _with(text: str, entry: TokenEntry) -> str:
    return text + ("" if text.endswith("\n") or not text else "\n") + written(entry)


def _without(found: Entries, indices: Sequence[int]) -> str:
    """The text without the lines of some entries, and the blank lines before each. Comments between entries stay."""
    lines = found.source.text.splitlines(keepends=True)
    for index in sorted(indices, reverse=True):
        first, last = _lines(found, index)
        while first > 0 and not lines[first - 1].strip():
            first -= 1
        del lines[first:last]
    return "".join(lines)


def _lines(found: Entries, index: int) -> tuple[int, int]:
    """The entry's lines, from the first (counted from 0) to before the second."""
    text, places = found.source.text, found.source.values
    ends = [_end(text, place) for path, place in places.items() if path and path[0] == index]
    return places[(index,)].line - 1, text.count("\n", 0, max(ends)) + 1


def _end(text: str, place: Place) -> int:
    """Offset of a value's last character. A block may claim the blank lines and comments after it: its start counts."""
    inner = text[place.start : place.end]
    in_lines = "\n" in inner and inner[0] not in "[{\"'"
    return place.start if not inner or in_lines else place.end - 1


def _ending(found: Entries, index: int, until: int) -> str:
    """The text with another end for one entry, unless it ends before."""
    text, places, entry = found.source.text, found.source.values, found.all[index]
    if entry.principal.expire_time is not None and entry.principal.expire_time <= until:
        return text
    place = places.get((index, "expire_time"))
    if place is not None:
        return f"{text[: place.start]}{in_words(until)}{text[place.end :]}"
    place = places[(index, "sha256")]
    if text[places[(index,)].start] == "{":
        return f"{text[: place.end]}, expire_time: {in_words(until)}{text[place.end :]}"
    after = text.find("\n", place.end) + 1 or len(text)
    indent = " " * (found.source.keys[(index, "sha256")].column - 1)
    line = f"{indent}expire_time: {in_words(until)}\n"
    return text[:after] + ("" if text[:after].endswith("\n") else "\n") + line + text[after:]


def _change(path: Path, edit: Edit, expected: Callable[[Sequence[TokenEntry]], Sequence[TokenEntry]]) -> None:
    """Puts an edited text in the file's place, if it says what was meant. One at a time, also from several machines'
    shells on one.
    """
    path = path.resolve()
    with _locked(path):
        found = read(path)
        text = edit(found)
        digests = [entry.digest for entry in expected(found.all)]
        try:
            after = [entry.digest for entry in parse_entries(text, str(path)).all]
        except TokenFileError:
            after = []
        if after != digests:
            raise TokenFileError((f"{path}: it is written in a way that only people can change; edit it by hand",))
        _put(path, text)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Holds the lock file beside it, which stays: removing it would let two in."""
    lock = path.with_name(f".{path.name}.lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise TokenFileError((f"{path} can't be changed: {lock}: {error.strerror}",)) from None
    try:
        _take(handle, path)
        yield
    finally:
        os.close(handle)


def _take(handle: int, path: Path) -> None:
    for _ in range(_TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(_PAUSE)
    raise TokenFileError((f"{path}: somebody else is changing it; try again",))


def _put(path: Path, text: str) -> None:
    """Atomically, with the file's mode and owner: a server that runs as another user must still read it."""
    try:
        with durable(path, text, path.stat()) as temporary:
            temporary.replace(path)
    except OSError as error:
        raise TokenFileError((f"{path} can't be changed: {error.strerror or error}",)) from None


def _make(path: Path, text: str) -> None:
    try:
        with durable(path, text) as temporary:
            os.link(temporary, path)
    except OSError as error:
        raise TokenFileError((f"{path} can't be made: {error.strerror or error}",)) from None
