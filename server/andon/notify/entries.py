"""Reads the notifications file into subscriptions. No fault quotes a secret or an address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from andon.notify.events import EVENTS, Filter
from andon.notify.secrets import Secrets
from andon.notify.subscriptions import LONG, Notifications, People, Webhook
from andon.notify.urls import apprise_fault, webhook_fault
from andon.policy.faults import PolicyFault, PolicyFaults, did_you_mean, one_of
from andon.policy.source import Path_, Source, read_source
from andon.units import parse_span

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_WORD: Final = re.compile(r"\*|[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}(\.\*)?")
_PAUSE: Final = re.compile(r"one per (\S+)")
_SECTIONS: Final = ("webhooks", "people")
_LISTS: Final = ("events", "actions", "submitters", "queues")
_COMMON: Final = ("name", *_LISTS, "waiting_longer_than")
_KEYS: Final[Mapping[str, Sequence[str]]] = {
    "webhooks": (*_COMMON, "url", "secret", "secret_file", "secret_env", "allow_plain_http"),
    "people": (*_COMMON, "urls", "urls_file", "urls_env", "at_most"),
}


class NotificationFaults(ValueError):
    """The notifications file can't be used. `faults` holds every fault, each with its line."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


@dataclass(frozen=True, slots=True)
class Found:
    """The subscriptions, and the other files they were read from."""

    notifications: Notifications
    files: tuple[Path, ...]


def read_notifications(path: Path, environ: Mapping[str, str]) -> Found:
    """Reads the file, and the secrets it names. Raises NotificationFaults with all faults."""
    try:
        source = read_source(path, str(path))
    except PolicyFaults as error:
        raise NotificationFaults(tuple(map(str, error.faults))) from None
    reading = _Reading(source, Secrets(source, path.parent, environ))
    found = reading.run()
    if reading.faults:
        raise NotificationFaults(tuple(map(str, sorted(set(reading.faults)))))
    return Found(found, tuple(reading.secrets.files))


@dataclass(slots=True)
class _Reading:
    """One reading of one file: what was found wrong is gathered."""

    source: Source
    secrets: Secrets
    faults: list[PolicyFault] = field(default_factory=list)

    def run(self) -> Notifications:
        data = {} if self.source.data is None else self.source.data
        if not isinstance(data, dict):
            self._fault((), "must have sections", one_of(_SECTIONS))
            return Notifications()
        self._unknown((), data, _SECTIONS)
        self._repeated(data)
        webhooks = [self._webhook(path, entry) for path, entry in self._entries(data, "webhooks")]
        people = [self._people(path, entry) for path, entry in self._entries(data, "people")]
        return Notifications(webhooks, people)

    def _entries(self, data: Mapping[str, Any], section: str) -> Iterator[tuple[Path_, Mapping[str, Any]]]:
        entries = data.get(section)
        if not isinstance(entries, list):
            if entries is not None:
                self._fault((section,), f"`{section}` must be a list of entries", "- name: NAME")
            return
        for index, entry in enumerate(entries):
            if not isinstance(entry, dict):
                self._fault((section, index), "must be an entry", f"keys {one_of(_KEYS[section])}")
                continue
            self._unknown((section, index), entry, _KEYS[section])
            yield (section, index), entry

    def _webhook(self, path: Path_, entry: Mapping[str, Any]) -> Webhook:
        url, plain = entry.get("url", ""), entry.get("allow_plain_http", False)
        if plain not in (True, False):
            self._fault((*path, "allow_plain_http"), "must be true or false")
        if "url" not in entry:
            self._fault(path, "`url` is missing", "url: https://HOST/PATH")
        elif fault := webhook_fault(url, plain is True):
            self._fault((*path, "url"), *fault)
        secrets = self._of_secrets(self.secrets.signing(path, entry))
        return Webhook(*self._common(path, entry), url=str(url), secrets=secrets)

    def _people(self, path: Path_, entry: Mapping[str, Any]) -> People:
        urls = self._of_secrets(self.secrets.urls(path, entry))
        for number, url in enumerate(urls, 1):
            if fault := apprise_fault(url):
                self._fault((*path, "urls"), f"address {number} {fault[0]}", fault[1])
        return People(*self._common(path, entry), pause=self._pause(path, entry), urls=urls)

    def _common(self, path: Path_, entry: Mapping[str, Any]) -> tuple[str, Filter, int]:
        if "name" not in entry:
            self._fault(path, "`name` is missing")
        elif not _NAME.fullmatch(str(entry["name"])):
            self._fault((*path, "name"), "is no name", "letters, digits, and . _ - inside; at most 64")
        lists = {key: self._list(path, entry, key) for key in _LISTS}
        if not lists["events"] and isinstance(entry.get("events", []), list):
            self._fault(path, "`events` is missing", f"events: [{', '.join(EVENTS[:3])}]")
        wanted = Filter(frozenset(lists["events"]), lists["actions"], lists["submitters"], lists["queues"])
        return str(entry.get("name")), wanted, self._span(path, entry, "waiting_longer_than", LONG)

    def _list(self, path: Path_, entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
        words = entry.get(key, [])
        if not isinstance(words, list):
            self._fault((*path, key), f"`{key}` must be a list of words")
            return ()
        for place, word in enumerate(words):
            if key == "events" and word not in EVENTS:
                self._fault(
                    (*path, key, place), f"unknown event `{word}`", did_you_mean(str(word), EVENTS) or one_of(EVENTS)
                )
            elif not _WORD.fullmatch(str(word)):
                self._fault((*path, key, place), "is no name", "letters, digits, and _ . - inside, `.*` behind, or `*`")
        return tuple(map(str, words))

    def _pause(self, path: Path_, entry: Mapping[str, Any]) -> int:
        if "at_most" not in entry:
            return 0
        match = _PAUSE.fullmatch(str(entry["at_most"]))
        if match is not None:
            return self._span(path, {"at_most": match[1]}, "at_most", 0)
        self._fault((*path, "at_most"), "is no limit", "at_most: one per 5m")
        return 0

    def _span(self, path: Path_, entry: Mapping[str, Any], key: str, default: int) -> int:
        try:
            return parse_span(str(entry[key])) if key in entry else default
        except ValueError as error:
            self._fault((*path, key), str(error))
            return default

    def _repeated(self, data: Mapping[str, Any]) -> None:
        seen: dict[Any, str] = {}
        for section in _SECTIONS:
            entries = data.get(section)
            for index, entry in enumerate(entries if isinstance(entries, list) else ()):
                name = entry.get("name") if isinstance(entry, dict) else None
                if name is None:
                    continue
                if name in seen:
                    self._fault((section, index, "name"), f"`{name}` is a name twice", "one name, one subscription")
                seen[name] = section

    def _unknown(self, path: Path_, entry: Mapping[str, Any], known: Sequence[str]) -> None:
        for key in entry:
            if key not in known:
                advice = did_you_mean(key, known) or one_of(known)
                self._fault((*path, key), f"unknown key `{key}`", advice, key=True)

    def _of_secrets(self, answer: tuple[tuple[str, ...], PolicyFault | None]) -> tuple[str, ...]:
        found, fault = answer
        if fault is not None:
            self.faults.append(fault)
        return found

    def _fault(self, path: Path_, message: str, advice: str = "", *, key: bool = False) -> None:
        self.faults.append(self.source.fault(path, message, advice, key=key))
