"""Reviewing by a program: tasks and verdicts as JSON lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from andon_client._json import NotJson
from andon_client.cli.common import Exit
from andon_client.cli.lines import Lines
from andon_client.cli.text import print_json
from andon_client.errors import AndonError, PayloadChanged
from andon_client.review_task import ReviewTask
from andon_client.reviewer import TaskStream

Line = dict[str, Any]


async def _approve(task: ReviewTask, line: Line) -> Any:
    return await task.approve(line.get("comment", ""))


async def _reject(task: ReviewTask, line: Line) -> Any:
    return await task.reject(line.get("comment", ""))


async def _correct(task: ReviewTask, line: Line) -> Any:
    return await task.correct(line.get("corrected_prediction"), line.get("comment", ""))  # type: ignore[arg-type]


async def _escalate(task: ReviewTask, line: Line) -> Any:
    return await task.escalate(line.get("comment", ""))


async def _release(task: ReviewTask, line: Line) -> Any:
    return await task.release(line.get("comment", ""), skip=line.get("skip", True) is not False)


async def _extend(task: ReviewTask, line: Line) -> Any:
    return await task.extend(line.get("comment", ""))


_VERDICTS: Final[dict[str, Callable[[ReviewTask, Line], Awaitable[Any]]]] = {
    "approve": _approve,
    "reject": _reject,
    "correct": _correct,
    "escalate": _escalate,
    "release": _release,
    "extend": _extend,
}


async def serve(tasks: TaskStream, limit: int | None) -> int:
    """Prints one task after the other and follows the verdicts, until the input ends or `limit` tasks are done.

    Prints `{"task": …}` for a task, `{"done": NAME, "verdict": …, "answer": …}`, `{"lost": NAME}` for one that was
    taken away, and `{"error": …, "reason": …}` for a line that could not be followed. Where the caller has changed the
    decision under a verdict, the task follows once more, as it is now.
    """
    lines, count = Lines(), 0
    while limit is None or count < limit:
        task = await _take(tasks, lines)
        if task is None:
            break
        print_json({"task": task.info})
        if not await _follow(task, lines):
            await task.release(skip=False)
            break
        count += 1
    return Exit.OK


async def _take(tasks: TaskStream, lines: Lines) -> ReviewTask | None:
    taking = asyncio.ensure_future(anext(tasks))
    while (line := await _line_unless(taking, lines)) is not None:
        _refuse("no task is open", line)
    if taking.done():
        return taking.result()
    taking.cancel()
    return None


async def _follow(task: ReviewTask, lines: Lines) -> bool:
    """Whether the task was settled or lost; False at the end of input."""
    lost = asyncio.ensure_future(task.lost.wait())
    try:
        while (text := await _line_unless(lost, lines)) is not None:
            if await _obey(task, text):
                return True
    finally:
        lost.cancel()
    if task.lost.is_set():
        print_json({"lost": task.name})
    return task.lost.is_set()


async def _obey(task: ReviewTask, text: str) -> bool:
    """Whether the line settled the task."""
    try:
        line = json.loads(text)
        verdict = _VERDICTS[line["verdict"]]
        if line["task"] != task.name:
            return _refuse(f"the open task is {task.name}", text)
        answer = await verdict(task, line)
    except json.JSONDecodeError as error:
        return _refuse(f"not JSON: {error}", text)
    except (KeyError, TypeError):
        return _refuse(f'a line must have "task" and "verdict", one of {", ".join(_VERDICTS)}', text)
    except NotJson as error:
        return _refuse(str(error), text)
    except AndonError as error:
        print_json({"error": error.message, "reason": error.reason, "faults": error.faults})
        if isinstance(error, PayloadChanged):
            task.reread()
            print_json({"task": task.info})
        return not task.open
    print_json({"done": task.name, "verdict": line["verdict"], "answer": answer})
    return not task.open


async def _line_unless(future: asyncio.Future[Any], lines: Lines) -> str | None:
    """The next line; None at the end of input, or where the future is done first."""
    reading = asyncio.ensure_future(lines.line())
    await asyncio.wait({future, reading}, return_when=asyncio.FIRST_COMPLETED)
    if reading.done() and not future.done():
        return reading.result()
    reading.cancel()
    return None


def _refuse(fault: str, line: str) -> bool:
    print_json({"error": fault, "reason": "LINE_INVALID", "line": line})
    return False
