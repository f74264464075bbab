"""Documents as tests read them: fenced blocks, the console's commands with their answers, links, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
_FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE: Final = re.compile(r"`[^`\n]*`")
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block and its language, which may be empty."""

    language: str
    text: str


@dataclass
class Command:
    """One line after `$`, continuations included, and the answer that is shown below it."""

    text: str
    answer: list[str] = field(default_factory=list)


def read(name: str) -> str:
    """A document of ours, by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, language: str = "") -> list[Block]:
    """The fenced blocks in order; those of one language, if it is named."""
    found = [Block(match[1], match[2]) for match in _FENCE.finditer(text)]
    return [block for block in found if language in ("", block.language)]


def commands(block: Block) -> list[Command]:
    """What a console block types, and what it shows. Quotes and backslashes may span lines."""
    found: list[Command] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:]))
        elif found and _unfinished(found[-1]):
            found[-1].text += "\n" + line
        elif found:
            found[-1].answer.append(line)
    return found


def links(text: str) -> Iterator[str]:
    """Where a document points, without what stands in code."""
    yield from _LINK.findall(_INLINE.sub("", _FENCE.sub("", text)))


def anchors(text: str) -> set[str]:
    """The fragments that a document's headings can be reached by, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows(text: str) -> list[list[str]]:
    """The cells of every table row of a text, heads and rules left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    ruled = {number for number, line in enumerate(lines) if re.fullmatch(r"[|\- ]+", line)}
    skipped = ruled | {number - 1 for number in ruled}
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for number, line in enumerate(lines)
        if number not in skipped
    ]


def between(text: str, name: str) -> str:
    """What stands between `<!-- name -->` and `<!-- /name -->`. Raises ValueError where they are missing."""
    start, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
    return text[text.index(start) + len(start) : text.index(end)].strip("\n") + "\n"


def _unfinished(command: Command) -> bool:
    if command.answer:
        return False
    return command.text.endswith("\\") or command.text.count("'") % 2 == 1
