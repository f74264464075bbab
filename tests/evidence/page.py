"""A page of evidence, read as strictly as it goes."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

KNOWN: Final = frozenset(
    re.findall(
        r"\w+",
        "html head meta title style body main nav section h1 h2 h3 p ol li a div table caption thead tbody tr th td "
        "code pre span bdi strong details summary time del ins",
    )
)


class Page(HTMLParser):
    """Reads a page as strictly as it goes: every element is closed where it should be."""

    VOID: Final = frozenset({"meta", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.faults: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            if "p" in self.open and tag in ("p", "div", "table", "pre", "details", "ul", "ol", "h2", "h3"):
                self.faults.append(f"{tag} in a paragraph")
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> out of place")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def read(text: str) -> Page:
    """A page that is what every evidence must be: whole, inert, and on its own."""
    page = Page(text)
    assert not page.faults
    assert not page.open
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert {tag for tag, _ in page.tags} <= KNOWN
    for tag, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "action")]
        assert (attributes.get("href") or "#").startswith("#")
        assert tag == "meta" or "content" not in attributes
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids)) == 8
    tables = [tag for tag, _ in page.tags if tag in ("table", "caption")]
    assert tables.count("table") == tables.count("caption")
    assert (
        len([tag for tag, _ in page.tags if tag == "h1"]) == len([tag for tag, _ in page.tags if tag == "style"]) == 1
    )
    assert all(each.isprintable() or each in "\n\t" for each in text)
    return page
