"""Reload: tells once for each change."""

from __future__ import annotations

from andon.workers.reload import Reload


class Folder:
    """Says what the test told it to."""

    def __init__(self, *answers: bool) -> None:
        self.answers = list(answers)

    def step(self) -> bool:
        return self.answers.pop(0)


async def test_a_change_is_told_once_and_asks_for_no_other_step() -> None:
    told: list[int] = []

    async def changed() -> None:
        told.append(1)

    duty = Reload(Folder(False, True, False), changed)
    assert [await duty.step() for _ in range(3)] == [False] * 3
    assert told == [1]
