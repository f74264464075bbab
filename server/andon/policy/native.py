"""Simple expressions as one Python function, so that a decision need not cross into CEL to be routed.

Only a strict part of CEL is translated: comparisons of the decision's plain fields and what joins them. Everything
here either gives the answer that CEL would give, or leaves it to CEL: an expression outside of the part is not
translated at all, and where CEL would find an error the function gives up. So CEL alone says what an error means.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from andon.policy.environment import VARIABLE
from andon.policy.tokens import Token, tokens

Native: TypeAlias = "Callable[[Any], tuple[bool | float | str, ...]]"

_BOOL: Final = "bool"
_DOUBLE: Final = "double"
_STRING: Final = "string"
_DEEPEST: Final = 32
_QUOTES: Final = ("'", '"')
_HAS_AMOUNT: Final = "has_amount"
_AMOUNT: Final = "attributes.amount"
_EQUALITY: Final[Mapping[str, type[ast.cmpop]]] = {"==": ast.Eq, "!=": ast.NotEq}
_ORDER: Final[Mapping[str, type[ast.cmpop]]] = {"<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE}
_SUM: Final[Mapping[str, type[ast.operator]]] = {"+": ast.Add, "-": ast.Sub}
_PRODUCT: Final[Mapping[str, type[ast.operator]]] = {"*": ast.Mult, "/": ast.Div}
_CONSTANTS: Final = {"true": True, "false": False}
_METHODS: Final = {"startsWith": "startswith", "endsWith": "endswith"}


class Undecided(Exception):
    """The decision is none that the function can answer for."""


class _Untranslated(Exception):
    """The expression lies outside of the part that is translated."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of the decision: the local variable that holds it, its CEL type, and how it is read."""

    name: str
    kind: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class _Term:
    """A part of an expression in Python, and its CEL type."""

    kind: str
    node: ast.expr


_FIELDS: Final[Mapping[str, _Field]] = {
    "confidence": _Field("confidence", _DOUBLE),
    _AMOUNT: _Field("amount", _DOUBLE),
    "action": _Field("action", _STRING, "action = decision.action"),
    "reasoning": _Field("reasoning", _STRING, "reasoning = decision.reasoning"),
    "submitter": _Field("submitter", _STRING, "submitter = decision.submitter"),
    "model.name": _Field("model_name", _STRING, "model_name = decision.model.name"),
    "model.version": _Field("model_version", _STRING, "model_version = decision.model.version"),
    "attributes.currency": _Field("currency", _STRING, "currency = attributes.currency"),
    "attributes.subject": _Field("subject", _STRING, "subject = attributes.subject"),
    "attributes.irreversible": _Field("irreversible", _BOOL, "irreversible = attributes.irreversible"),
    "attributes.anomalous": _Field("anomalous", _BOOL, "anomalous = attributes.anomalous"),
    "attributes.regulated": _Field("regulated", _BOOL, "regulated = attributes.regulated"),
    "attributes.high_value": _Field("high_value", _BOOL, "high_value = attributes.high_value"),
}
# An absent amount leaves its variable unbound: to read it is a NameError, wherever it stands.
_FUNCTION: Final = """
def answers(decision):
    confidence = decision.confidence
    if not (0.0 <= confidence <= 1.0 and decision.HasField("confidence")):
        raise Undecided
    attributes = decision.attributes
    has_amount = attributes.HasField("amount")
    if has_amount:
        amount = attributes.amount.value
        if not isfinite(amount):
            raise Undecided
"""


def translate(texts: Sequence[str]) -> Native | None:
    """The function that answers all of these type-checked expressions; None where one of them can't be translated.

    Nor where Python itself fails to compile it: CEL then answers alone, and more slowly.

    It takes the decision's message and raises Undecided, NameError or ArithmeticError where only CEL can answer. A
    decision that it answers states a confidence from 0 to 1 and, if any, a finite amount.
    """
    try:
        parsers = [_Parser(text) for text in texts]
        answers = [parser.parse().node for parser in parsers]
        return _function(frozenset().union(*(parser.fields for parser in parsers)), answers)
    except (_Untranslated, RecursionError):
        return None
    except SystemError:  # threads of one CPython that parse at once share a count of depth (gh-106905)
        return None


def _function(fields: frozenset[_Field], answers: list[ast.expr]) -> Native:
    """Compiles the function. What came from a policy is in `answers` alone, as nodes and never as source."""
    lines = sorted(f"    {field.source}" for field in fields if field.source)
    module = ast.parse(_FUNCTION + "\n".join(lines))
    function = module.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body.append(ast.Return(ast.Tuple(answers, ast.Load())))
    code = compile(ast.fix_missing_locations(module), "<policy>", "exec")
    names: dict[str, Any] = {"__builtins__": {}, "Undecided": Undecided, "isfinite": math.isfinite}
    exec(code, names)  # nosec B102  # nodes that `translate` made itself, without builtins
    native: Native = names["answers"]
    return native


class _Parser:
    """Reads one expression by recursive descent. Raises _Untranslated at whatever it does not know for certain."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._at = 0
        self._depth = 0
        self.fields: set[_Field] = set()

    def parse(self) -> _Term:
        """The whole expression."""
        term = self._expression()
        if self._at != len(self._tokens):
            raise _Untranslated
        return term

    def _peek(self) -> str:
        return self._tokens[self._at].text if self._at < len(self._tokens) else ""

    def _next(self) -> Token:
        if self._at == len(self._tokens):
            raise _Untranslated
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, text: str) -> bool:
        found = self._peek() == text
        self._at += found
        return found

    def _expect(self, *texts: str) -> None:
        if not all(self._take(text) for text in texts):
            raise _Untranslated

    def _expression(self) -> _Term:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Untranslated
        term = self._either()
        if self._take("?"):
            term = self._choice(_typed(term, _BOOL))
        self._depth -= 1
        return term

    def _choice(self, condition: _Term) -> _Term:
        first = self._either()
        self._expect(":")
        second = _typed(self._expression(), first.kind)
        return _Term(first.kind, ast.IfExp(condition.node, first.node, second.node))

    def _either(self) -> _Term:
        return self._joined("||", ast.Or(), self._both)

    def _both(self) -> _Term:
        return self._joined("&&", ast.And(), self._relation)

    def _joined(self, sign: str, operator: ast.boolop, operand: Callable[[], _Term]) -> _Term:
        terms = [operand()]
        while self._take(sign):
            terms.append(operand())
        if len(terms) == 1:
            return terms[0]
        return _Term(_BOOL, ast.BoolOp(operator, [_typed(term, _BOOL).node for term in terms]))

    def _relation(self) -> _Term:
        left = self._sum()
        sign = self._peek()
        if sign == "in":
            return self._membership(left)
        operator = _EQUALITY.get(sign) or (_ORDER.get(sign) if left.kind == _DOUBLE else None)
        if operator is None:
            return left
        self._next()
        right = _typed(self._sum(), left.kind)
        return _Term(_BOOL, ast.Compare(left.node, [operator()], [right.node]))

    def _membership(self, left: _Term) -> _Term:
        self._expect("in", "[")
        items = [_typed(self._literal(), left.kind).node]
        while self._take(","):
            items.append(_typed(self._literal(), left.kind).node)
        self._expect("]")
        return _Term(_BOOL, ast.Compare(left.node, [ast.In()], [ast.Set(items)]))

    def _sum(self) -> _Term:
        return self._arithmetic(_SUM, self._product)

    def _product(self) -> _Term:
        return self._arithmetic(_PRODUCT, self._unary)

    def _arithmetic(self, operators: Mapping[str, type[ast.operator]], operand: Callable[[], _Term]) -> _Term:
        left = operand()
        for _ in range(_DEEPEST):
            operator = operators.get(self._peek())
            if operator is None:
                break
            self._next()
            right = _typed(operand(), _DOUBLE)
            left = _Term(_DOUBLE, ast.BinOp(_typed(left, _DOUBLE).node, operator(), right.node))
        return left

    def _unary(self) -> _Term:
        signs = 0
        while self._take("!"):
            signs += 1
        term = self._member()
        if signs == 0:
            return term
        node = _typed(term, _BOOL).node
        return _Term(_BOOL, ast.UnaryOp(ast.Not(), node) if signs % 2 else node)

    def _member(self) -> _Term:
        term = self._primary()
        if term.kind != _STRING or not self._take("."):
            return term
        name = self._next().text
        self._expect("(")
        argument = _typed(self._literal(), _STRING)
        self._expect(")")
        return _Term(_BOOL, _call(name, term.node, argument.node))

    def _primary(self) -> _Term:
        if self._take("("):
            term = self._expression()
            self._expect(")")
            return term
        if self._take("has"):
            self._expect("(", VARIABLE, ".", "attributes", ".", "amount", ")")
            return _Term(_BOOL, ast.Name(_HAS_AMOUNT, ast.Load()))
        return self._field() if self._take(VARIABLE) else self._literal()

    def _field(self) -> _Term:
        self._expect(".")
        path = self._next().text
        while path not in _FIELDS and self._take("."):
            path += f".{self._next().text}"
        field = _FIELDS.get(path)
        if field is None:
            raise _Untranslated
        self.fields.add(field)
        return _Term(field.kind, ast.Name(field.name, ast.Load()))

    def _literal(self) -> _Term:
        negative = self._take("-")
        token = self._next()
        if token.kind == "number":
            number = _number(token.text)
            return _Term(_DOUBLE, ast.Constant(-number if negative else number))
        if negative:
            raise _Untranslated
        if token.kind == "text":
            return _Term(_STRING, ast.Constant(_string(token.text)))
        if token.text not in _CONSTANTS:
            raise _Untranslated
        return _Term(_BOOL, ast.Constant(_CONSTANTS[token.text]))


def _typed(term: _Term, kind: str) -> _Term:
    if term.kind != kind:
        raise _Untranslated
    return term


def _call(name: str, text: ast.expr, part: ast.expr) -> ast.expr:
    if name == "contains":
        return ast.Compare(part, [ast.In()], [text])
    if name not in _METHODS:
        raise _Untranslated
    return ast.Call(ast.Attribute(text, _METHODS[name], ast.Load()), [part], [])


def _number(text: str) -> float:
    """A double. A whole number is an int in CEL, and one that is too large for a double is left to CEL."""
    if not set(text) <= set("0123456789.eE+-") or not set(text) & set(".eE") or not math.isfinite(float(text)):
        raise _Untranslated
    return float(text)


def _string(text: str) -> str:
    """What stands between single quotation marks: no escapes, no prefixes, nothing that can't be seen."""
    content = text[1:-1]
    if text[0] not in _QUOTES or text[:3] in ("'''", '"""') or "\\" in content or not content.isprintable():
        raise _Untranslated
    return content
