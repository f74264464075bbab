"""The README's commands and its program run as they stand, in their order, against one server."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from tests.browser.camera import POSES, SIZE
from tests.docs.markdown import ROOT, blocks, read
from tests.docs.shell import Newcomer, samples

README = read("README.md")
EVERYTHING = {
    "make", "andon serve", "export", "andon submit", "andon review", "python", "andon policy", "echo",
    "andon overrides", "andon export", "curl",
}  # fmt: skip


async def test_a_newcomer_can_follow_the_readme(tmp_path: Path) -> None:
    newcomer = Newcomer(tmp_path)
    try:
        for block in blocks(README):
            await newcomer.follow(block)
        await newcomer.stop()
    finally:
        await newcomer.kill()
    assert set(newcomer.done) == EVERYTHING
    assert newcomer.refunds == [{"amount": 60}]
    labels = samples(tmp_path / "labels.jsonl")
    assert [label["human_label"] for label in labels] == [{"amount": 60}] * 2
    assert all(label["prediction"] == {"amount": 120} and label["override"] for label in labels)


def test_the_pictures_are_those_that_the_script_takes_of_the_page_as_wide_as_it_says() -> None:
    shown = re.findall(r"!\[[^]]+\]\((docs/images/\w+\.png)\)", README)
    assert shown == [f"docs/images/{name}.png" for name in POSES]
    for name in shown:
        head = (ROOT / name).read_bytes()[:24]
        assert head.startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">II", head[16:]) == (SIZE["viewport"]["width"], SIZE["viewport"]["height"])


def test_the_first_screen_has_the_two_commands_and_the_whole_is_short() -> None:
    lines = README.splitlines()
    assert [line for line in lines[:30] if re.match(r"\$ make (demo|test)\b", line)]
    assert len(lines) <= 175
