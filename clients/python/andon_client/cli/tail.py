"""`andon tail`."""

from __future__ import annotations

import argparse
from contextlib import aclosing
from datetime import datetime
from typing import Any

from andon_client.cli.common import Exit, add_command
from andon_client.cli.text import clean, print_json, until
from andon_client.client import Client
from andon_client.task import EventType, Task, TaskEvent


def add(subparsers: Any) -> None:
    """Adds the command."""
    parser = add_command(subparsers, "tail", tail, role="reviewer", help="watch the queues", patient=True)
    parser.add_argument("--queue", action="append", default=[], help="only this queue; may be repeated")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")


async def tail(options: argparse.Namespace, client: Client) -> int:
    """Show all open tasks, then every change, until interrupted. Takes no task."""
    reviewer = client.reviewer()
    async for _ in reviewer.tasks(page_size=1):
        break  # a wrong address or token ends here, instead of being tried for ever
    async with aclosing(reviewer.watch(options.queue)) as events:
        async for event in events:
            if options.json:
                print_json(event)
            elif event.type is not EventType.RESET:
                print(_line(event), flush=True)
    return Exit.OK


def _line(event: TaskEvent) -> str:
    clock = f"{datetime.now():%H:%M:%S}"
    if event.task is None:
        return f"{clock}  -- all open tasks are above, changes follow --"
    return f"{clock}  {_state(event):<9}  {_task(event.task)}"


def _state(event: TaskEvent) -> str:
    return str(event.task.state) if event.task else ""


def _task(task: Task) -> str:
    held = f"  held by {clean(task.lease.holder)}" if task.lease else ""
    decision = task.decision
    ended = f"  {decision.outcome}" if decision.outcome else f"  due {until(task.expire_time)}"
    confidence = "" if decision.confidence is None else f"  confidence {decision.confidence:.3g}"
    return f"{task.priority:<6}  {clean(task.queue)}  {clean(decision.action)}{confidence}{ended}{held}  {task.name}"
