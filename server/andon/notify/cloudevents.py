"""The message that a service gets: a CloudEvent 1.0 in structured JSON.

It is made of what never changes, so that every attempt says the same, and of nothing that callers submitted but names:
who wants to know more asks the server, with the rights it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from andon.domain.canonical import canonical
from andon.domain.clock import SECOND
from andon.domain.delivery import Happening
from andon.notify.events import Event, Occasion, outcome_of, queue_of

CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"
TYPE: Final = "andon.{event}"
SOURCE: Final = "/andon"
_PLAIN: Final = ("level", "verdict", "override", "timeout_default", "labels", "cursor", "revision")
_ABOUT_TASKS: Final = (Event.HELD, Event.APPEALED, Event.ESCALATED, Event.REMINDED)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def cloud_event(occasion: Occasion, public_url: str) -> bytes:
    """The body of a message. `public_url` is where the page is; empty where nobody said."""
    delivery, happening = occasion.delivery, occasion.happening
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(delivery.sequence) if happening else delivery.id,
        "source": public_url or SOURCE,
        "type": TYPE.format(event=delivery.event),
        "time": moment(delivery.time),
        "datacontenttype": "application/json",
    }
    if happening is None:
        data: dict[str, Any] = {"queue": delivery.subject, "oldest_create_time": moment(delivery.time)}
    else:
        attributes["sequence"] = str(delivery.sequence)
        data = _data(happening)
        if happening.decision is not None:
            attributes["subject"] = f"decisions/{happening.decision.id}"
    if link := page_link(occasion, public_url):
        data["url"] = link
    return canonical({**attributes, "data": data}).encode()


def page_link(occasion: Occasion, public_url: str) -> str:
    """Where the page shows what it is about; empty where nobody said where the page is."""
    if not public_url:
        return ""
    happening = occasion.happening
    if happening is None:
        return f"{public_url}/#/inbox"
    if happening.task is not None and occasion.delivery.event in _ABOUT_TASKS:
        return f"{public_url}/#/tasks/{happening.task.id}"
    return "" if happening.decision is None else f"{public_url}/#/decisions/{happening.decision.id}"


def moment(time: int) -> str:
    """A time in µs as RFC 3339 says it, in UTC."""
    seconds, rest = divmod(time, SECOND)
    stamp = (_EPOCH + timedelta(seconds=seconds, microseconds=rest)).isoformat(timespec="microseconds")
    return stamp.replace("+00:00", "Z")


def _data(happening: Happening) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if subject := happening.decision:
        data |= {
            "decision": f"decisions/{subject.id}",
            "action": subject.action,
            "submitter": subject.submitter,
            "route": subject.route.name,
            "reasons": [{"rule": reason.rule, "reason": reason.text} for reason in subject.reasons],
            "model": {"name": subject.model.name, "version": subject.model.version},
            "create_time": moment(subject.create_time),
        }
    if outcome := outcome_of(happening):
        data["outcome"] = outcome
    if happening.task is not None:
        data |= {"task": f"tasks/{happening.task.id}", "queue": queue_of(happening)}
    return data | _more(happening)


def _more(happening: Happening) -> dict[str, Any]:
    """What the entries of some kinds alone have to tell."""
    body = happening.body
    more = {key: body[key] for key in _PLAIN if key in body}
    if happening.decision is None and isinstance(model := body.get("model"), Mapping):
        more |= {"action": body.get("action"), "model": dict(model)}
    if isinstance(task := body.get("task"), Mapping) and "expire_time" in task:
        more["expire_time"] = moment(int(str(task["expire_time"])))
    if happening.kind == "task.climbed":
        more |= {"percent": body["at"], "expire_time": moment(int(str(body["expire_time"])))}
    return more
