"""The correction form: typed fields, then the difference, then it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Select

from andon_client._json import NotJson, to_struct
from andon_client.cli.text import json_text
from andon_client.masked import MASK, is_masked, kept_of
from andon_client.terminal.dialogs import Words
from andon_client.terminal.diff import Change, difference
from andon_client.terminal.editing import EditFault, as_text, from_text, schema_faults
from andon_client.terminal.form import FieldKind, FormFault, FormField, assemble, form_fields, read
from andon_client.terminal.formats import write
from andon_client.terminal.lines import join
from andon_client.terminal.paths import MISSING
from andon_client.terminal.shown import KEPT
from andon_client.terminal.visible import drawn, one_line

Editor = Callable[[str, Callable[[str], None], Callable[[str], None]], None]
"""Edits a text elsewhere, then calls the first with what came of it, or the second with what went wrong."""

_STAYS: Final = f"What stands as {MASK} is {KEPT}. Leave it like this: it stays as it was."


class CorrectionForm(ModalScreen[dict[str, Any] | None]):
    """Edits a proposal. Gives back the corrected one, or None where the reviewer goes back; `keep` hears of drafts."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("ctrl+e", "editor", show=False, priority=True),
        Binding("ctrl+s", "done", show=False),
    ]

    def __init__(
        self,
        proposed: Mapping[str, Any],
        schema: Mapping[str, Any] | None,
        start: Mapping[str, Any],
        *,
        problem: str,
        keep: Callable[[dict[str, Any]], None],
        editor: Editor,
        kept: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._proposed = proposed
        self._schema = schema
        self._start = dict(start)
        self._problem = problem
        self._keep = keep
        self._editor = editor
        self._kept = kept_of(kept, "prediction")
        self._fields = form_fields(schema, self._start)
        self._unread = ""

    def compose(self) -> ComposeResult:
        """A line for each field."""
        with Vertical(classes="dialog tall"):
            yield Words(Text("Correct: what shall be done instead?", style="bold"))
            yield Words("Enter: next field, then the difference · Ctrl-S: the difference · Ctrl-E: $EDITOR · Esc: back",
                        classes="dim")  # fmt: skip
            if self._kept:
                yield Words(_STAYS, classes="dim")
            yield Words(drawn(self._problem), id="fault", classes="fault")
            with VerticalScroll(can_focus=False):
                for at, field in enumerate(self._fields):
                    with Horizontal(classes="field"):
                        yield Words(self._label(field), classes="label")
                        yield self._input(at, field)
                    yield Words("", id=f"fault-{at}", classes="fault")

    def on_mount(self) -> None:
        """Begins in the first field."""
        inputs = self._inputs()
        if inputs:
            inputs[0].focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """To the next field; from the last one to the difference."""
        inputs = self._inputs()
        at = inputs.index(event.input)
        if at + 1 < len(inputs):
            inputs[at + 1].focus()
        else:
            self.action_done()

    def action_back(self) -> None:
        """Goes back; what was typed is kept."""
        corrected, _ = self._read()
        if corrected != self._proposed:
            self._keep(corrected)
        self.dismiss(None)

    def action_editor(self) -> None:
        """Edits all of it as JSON."""
        corrected, _ = self._read()
        self._editor(self._unread or as_text(corrected), self._edited, self._fault)

    def action_done(self) -> None:
        """Goes on, unless something is wrong."""
        corrected, faults = self._read()
        for at, field in enumerate(self._fields):
            self._fault(faults.pop(field.name, ""), f"#fault-{at}")
        if faults:
            self._fault("\n".join(f"{path or 'value'}: {text}" for path, text in faults.items()))
        elif not self._has_faults() and not difference(dict(self._proposed), corrected):
            self._fault("Nothing was changed: approve it as it is.")
        elif not self._has_faults():
            self._keep(corrected)
            self.dismiss(corrected)

    def _has_faults(self) -> bool:
        return any(self.query_one(f"#fault-{at}", Words).told for at in range(len(self._fields)))

    def _edited(self, text: str) -> None:
        try:
            corrected = from_text(text)
        except EditFault as fault:
            self._unread = text
            self._fault(f"{fault}\nCtrl-E goes on with what was written.")
            return
        self._unread = ""
        self._keep(corrected)
        faults = schema_faults(self._schema, corrected, self._kept)
        if faults:
            self._start, self._fields = corrected, form_fields(self._schema, corrected)
            self._problem = "\n".join(f"{path or 'value'}: {text}" for path, text in faults.items())
            self.refresh(recompose=True)
        elif difference(dict(self._proposed), corrected):
            self.dismiss(corrected)
        else:
            self._fault("Nothing was changed: approve it as it is.")

    def _fault(self, text: str, id: str = "#fault") -> None:
        self.query_one(id, Words).say(drawn(text))

    def _read(self) -> tuple[dict[str, Any], dict[str, str]]:
        """What was typed, and what is wrong with it by field. A field that can't be read keeps its value."""
        values: dict[tuple[str, ...], Any] = {}
        faults: dict[str, str] = {}
        for at, field in enumerate(self._fields):
            try:
                values[field.path] = self._value(at, field)
            except FormFault as fault:
                faults[field.name] = str(fault)
        corrected = assemble(self._start, values)
        try:
            to_struct(corrected, "correction")
        except NotJson as error:
            faults[error.path.removeprefix("correction.")] = error.fault
        return corrected, {**schema_faults(self._schema, corrected, self._kept), **faults}

    def _value(self, at: int, field: FormField) -> Any:
        if self._is_kept(field):
            return field.value
        widget = self.query_one(f"#field-{at}")
        if isinstance(widget, Select):
            return MISSING if widget.is_blank() else json.loads(str(widget.value))
        assert isinstance(widget, Input)
        return read(field, widget.value)

    def _inputs(self) -> list[Input | Select[str]]:
        found = [widget for widget in self.query("Input, Select") if isinstance(widget, (Input, Select))]
        return [widget for widget in found if not widget.disabled]

    def _is_kept(self, field: FormField) -> bool:
        return is_masked(f"prediction.{field.name}", field.value, self._kept)

    def _label(self, field: FormField) -> Text:
        name = drawn(".".join((*field.path[:-1], field.label)))
        if self._is_kept(field):
            return name
        needed = ", required" if field.required else ""
        hint = f"  {one_line(field.hint)}" if field.hint else ""
        return join(name, "  ", Text(f"{field.kind}{needed}{hint}", style="dim"))

    def _input(self, at: int, field: FormField) -> Input | Select[str]:
        if self._is_kept(field):
            return Input(KEPT, id=f"field-{at}", compact=True, disabled=True)
        if field.kind is not FieldKind.CHOICE:
            return Input(field.text, id=f"field-{at}", compact=True)
        options = [(one_line(json_text(choice)), json.dumps(choice)) for choice in field.choices]
        known = json.dumps(field.value) if field.value is not MISSING else ""
        if known and known not in {value for _, value in options}:
            options.insert(0, (f"{one_line(json_text(field.value))} (as proposed)", known))
        start = known if known else Select.NULL
        return Select(options, id=f"field-{at}", compact=True, allow_blank=not known or not field.required, value=start)


def change_lines(changes: list[Change]) -> list[str]:
    """A correction field by field, as it is shown before it is sent."""
    return [f"{change.path}\n    - {_told(change.before)}\n    + {_told(change.after)}" for change in changes]


def _told(value: Any) -> str:
    if value is MISSING:
        return "(not there)"
    return json_text(value) if isinstance(value, (dict, list, bool)) or value is None else _scalar(value)


def _scalar(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else write(value).text
