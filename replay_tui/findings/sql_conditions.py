"""Evaluation of WHERE and ON conditions: is a condition true for every row?

A condition that only excludes impossible values (`id > 0`, `name LIKE '%'`) counts as true for every row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from replay_tui.decoders.sql.tokenizer import NAME, NUMBER, OPERATOR, PARAM, STRING, WORD, Token
from replay_tui.domain.lazy_regex import lazy_compile

_MAX_DEPTH = 40
_IDENTIFIERS = lazy_compile(
    r"(?:\w*_)?(?:id|uid|uuid|pk|key|rowid|ctid|no|num|oid)\Z|\w*[a-z]Id\Z|(?:emp|dept|cust|ord|order|acct|item|inv)no\Z",
    re.IGNORECASE,
)
_COMPARISONS = frozenset(("=", "==", "<", ">", "<=", ">=", "<>", "!=", "<=>"))
_ENDS = frozenset(
    ("RETURNING", "ORDER", "LIMIT", "GROUP", "HAVING", "WHEN", "OPTION", "FETCH", "OUTPUT", "LOG", "UNION")
)
_HUGE = 100_000
_LONG_AGO = lazy_compile(r"'?(?:0001|19[0-7]\d|1[0-8]\d\d)-\d\d")


def is_always_true(tokens: Sequence[Token], dialect: str = "", subqueries: Collection[str] = ()) -> bool:
    """Return True if the condition that `tokens` begin with holds for every row.

    A SELECT from one of the named `subqueries` is not taken for one of all rows.
    """
    return _Condition(tokens, subqueries, pipes_mean_or=dialect == "mysql").either(0) is True


class _Condition:
    """Recursive descent over the tokens of a condition. Results: True, False, or None if it depends on the row."""

    def __init__(self, tokens: Sequence[Token], subqueries: Collection[str], *, pipes_mean_or: bool) -> None:
        self.tokens, self.at = tokens, 0
        self.subqueries = subqueries
        self.doubled = "&|" if pipes_mean_or else "&"

    def _word(self, *words: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].kind == WORD and self.tokens[self.at].text in words

    def _is(self, text: str) -> bool:
        return (
            self.at < len(self.tokens) and self.tokens[self.at].kind == OPERATOR and self.tokens[self.at].text == text
        )

    def either(self, depth: int) -> bool | None:
        """Evaluate operands joined by OR."""
        begin = self.at
        result, parts = self._all(depth), [self._text(begin)]
        while self._word("OR") or (self._is("|") and self._followed_by("|")):
            self.at += 1 if self._word("OR") else 2
            begin = self.at
            other = self._all(depth)
            parts.append(self._text(begin))
            result = True if result is True or other is True else False if result is other is False else None
        return True if result is None and _are_complementary(parts) else result

    def _followed_by(self, text: str) -> bool:
        return self.at + 1 < len(self.tokens) and self.tokens[self.at + 1].text == text

    def _text(self, begin: int) -> str:
        return " ".join(token.text.upper() for token in self.tokens[begin : self.at])

    def _all(self, depth: int) -> bool | None:
        result = self._not(depth)
        while self._word("AND") or (self._is("&") and self._followed_by("&")):
            self.at += 1 if self._word("AND") else 2
            other = self._not(depth)
            result = False if result is False or other is False else True if result is other is True else None
        return result

    def _not(self, depth: int) -> bool | None:
        negated = False
        while self._word("NOT") or (self._is("!") and not self._followed_by("=")):
            negated, self.at = not negated, self.at + 1
        result = self._comparison(depth)
        return (not result if negated else result) if result is not None else None

    def _comparison(self, depth: int) -> bool | None:
        if self._is("(") and depth < _MAX_DEPTH and not self._is_subquery():
            begin = self.at
            self.at += 1
            inner = self.either(depth + 1)
            if self._is(")"):
                self.at += 1
                if not self._at_operator():
                    return inner
            self.at = begin
        left = self._operand()
        if self._word("IS"):
            return self._is_test(left)
        negated = self._word("NOT")
        self.at += negated
        if self._word("BETWEEN"):
            self.at += 1
            low = self._operand()
            self.at += self._word("AND")
            high = self._operand()
            bounds = _number(low), _number(high)
            if bounds[0] is None or bounds[1] is None or negated:
                return None
            return True if bounds[0] <= 1 and bounds[1] >= _HUGE else None
        if self._word("LIKE", "ILIKE", "RLIKE", "REGEXP", "SIMILAR"):
            self.at += 1
            self.at += self._word("TO")
            pattern = self._operand()
            text = _string(pattern)
            return True if text is not None and text.strip("%") in ("", ".*") and text and not negated else None
        if self._word("IN"):
            self.at += 1
            values = self._operand()
            if (constant := _value(left)) is not None and (listed := _constants(values)):
                return (constant in listed) is not negated
            selects_all = _is_identifier(left) and _selects_everything(values, self.subqueries)
            return True if selects_all and not negated else None
        operator = self._operator()
        if not operator:
            return _constant(left)
        right = self._operand()
        if operator == "=" and right and right[0].text in ("ANY", "SOME"):
            return True if _is_identifier(left) and _selects_everything(right, self.subqueries) else None
        return _compared(left, operator, right)

    def _at_operator(self) -> bool:
        if self.at >= len(self.tokens):
            return False
        token = self.tokens[self.at]
        return (token.kind == OPERATOR and token.text in "=<>!+-*/|~") or token.text in ("IS", "IN", "BETWEEN", "LIKE")

    def _is_subquery(self) -> bool:
        return self.at + 1 < len(self.tokens) and self.tokens[self.at + 1].text in ("SELECT", "WITH", "VALUES")

    def _is_test(self, left: Sequence[Token]) -> bool | None:
        self.at += 1
        negated = self._word("NOT")
        self.at += negated
        if self._word("NULL"):
            self.at += 1
            if _constant(left) is not None:
                return negated
            return True if negated and _is_identifier(left) else None
        if self._word("TRUE", "FALSE"):
            wanted = self.tokens[self.at].text == "TRUE"
            self.at += 1
            value = _constant(left)
            return None if value is None else (value is wanted) is not negated
        self._operand()
        return None

    def _operator(self) -> str:
        begin = self.at
        while (
            self.at < len(self.tokens) and self.tokens[self.at].kind == OPERATOR and self.tokens[self.at].text in "=<>!"
        ):
            self.at += 1
        text = "".join(token.text for token in self.tokens[begin : self.at])
        if text not in _COMPARISONS:
            self.at = begin
            return ""
        return text

    def _operand(self) -> Sequence[Token]:
        """Read one side of a comparison: up to an operator of comparison or a word that ends it, with its brackets."""
        begin, depth = self.at, 0
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.text == "(" and token.kind == OPERATOR:
                depth += 1
            elif token.text == ")" and token.kind == OPERATOR:
                if depth == 0:
                    break
                depth -= 1
            elif depth == 0 and (
                token.text == ";"
                or (token.kind == OPERATOR and (token.text in "=<>!," or self._doubled(token.text)))
                or (token.kind == WORD and (token.text in _ENDS or token.text in _BREAKS))
            ):
                break
            self.at += 1
        return self.tokens[begin : self.at]

    def _doubled(self, text: str) -> bool:
        return text in self.doubled and self._followed_by(text)


_FIRST_VALUE = ("COALESCE", "IFNULL", "NVL", "ISNULL")
"""Functions that return their first argument unless it is NULL."""
_BREAKS = frozenset(("AND", "OR", "NOT", "IS", "IN", "LIKE", "ILIKE", "RLIKE", "REGEXP", "SIMILAR", "BETWEEN", "THEN",
                     "SET", "END", "DO", "LOOP"))  # fmt: skip


def _constant(tokens: Sequence[Token]) -> bool | None:
    """Return the truth of a constant, None for anything else."""
    number = _number(tokens)
    if number is not None:
        return number != 0
    text = _string(tokens)
    if text is not None:
        return text.strip().lower() in ("t", "true", "y", "yes", "on", "1")
    if len(tokens) == 1 and tokens[0].kind == WORD:
        return {"TRUE": True, "FALSE": False, "NULL": False}.get(tokens[0].text)
    if len(tokens) > 3 and tokens[0].text in _FIRST_VALUE and tokens[1].text == "(":
        return _constant(tokens[2:3])
    if tokens and tokens[0].text == "EXISTS" and tokens[0].kind == WORD:
        return None if any(token.text in ("FROM", "WHERE") and token.kind == WORD for token in tokens) else True
    if len(tokens) > 2 and tokens[-2].text == "::":
        return _constant(tokens[:-2])
    return None


def _compared(left: Sequence[Token], operator: str, right: Sequence[Token]) -> bool | None:
    same = [(token.kind, token.text) for token in left] == [(token.kind, token.text) for token in right]
    if left and same:
        if any(token.text in ("RANDOM", "RAND", "?") for token in left):
            return None
        return operator in ("=", "==", "<=", ">=", "<=>")
    first, second = _value(left), _value(right)
    if first is not None and second is not None:
        if type(first) is not type(second):
            first, second = str(first), str(second)
        return _holds(first, operator, second)
    number = _number(right)
    if number is None and (number := _number(left)) is not None:
        left, operator = right, {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(operator, operator)
    if number is not None and _is_identifier(left):
        excludes_nothing = (operator in (">", ">=") and number <= (1 if operator == ">=" else 0)) or (
            operator in ("<>", "!=") and number <= 0
        )
        return True if excludes_nothing or (operator in ("<", "<=") and number >= _HUGE * 1000) else None
    if len(left) == 1 and left[0].text in ("ROWNUM",) and operator in ("<", "<="):
        return True
    text = _string(right)
    if text is not None and operator in (">", ">=") and _LONG_AGO.match(text):
        return True
    if text == "" and operator in ("<>", "!=") and _is_identifier(left):
        return True
    return None


def _holds(first: float | str, operator: str, second: float | str) -> bool:
    if operator in ("=", "==", "<=>"):
        return first == second
    if operator in ("<>", "!="):
        return first != second
    if isinstance(first, str) or isinstance(second, str):
        order = (str(first) > str(second)) - (str(first) < str(second))
    else:
        order = (first > second) - (first < second)
    return order in {"<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1)}.get(operator, ())


def _value(tokens: Sequence[Token]) -> float | str | None:
    number = _number(tokens)
    if number is None and len(tokens) > 3 and tokens[0].text in _FIRST_VALUE and tokens[1].text == "(":
        return _value(tokens[2:3])
    return number if number is not None else _string(tokens)


def _constants(tokens: Sequence[Token]) -> list[float | str]:
    """Return the values of a list in brackets, an empty list if one of them is no constant."""
    found = [_value([token]) for token in tokens[1:-1] if token.text != ","]
    return [one for one in found if one is not None] if None not in found else []


def _number(tokens: Sequence[Token]) -> float | None:
    tokens = [token for token in tokens if token.text not in ("(", ")", "+")]
    sign = -1 if tokens and tokens[0].text == "-" else 1
    tokens = tokens[1:] if sign < 0 else tokens
    if len(tokens) != 1 or tokens[0].kind != NUMBER:
        return None
    try:
        return sign * float(tokens[0].text)
    except ValueError:
        return None


def _string(tokens: Sequence[Token]) -> str | None:
    tokens = [token for token in tokens if not (token.kind == WORD and token.text in ("N", "E", "DATE", "TIMESTAMP"))]
    if len(tokens) > 2 and tokens[-2].text == "::":
        tokens = tokens[:-2]
    return (
        tokens[0].text.strip("\"'nNeE")
        if len(tokens) == 1 and tokens[0].kind == STRING and tokens[0].text[:1]
        else None
    )


def _is_identifier(tokens: Sequence[Token]) -> bool:
    return (
        bool(tokens)
        and tokens[-1].kind in (WORD, NAME)
        and bool(_IDENTIFIERS.match(tokens[-1].text))
        and not any(token.kind == PARAM or token.text in ("(", "||") for token in tokens)
    )


def _selects_everything(tokens: Sequence[Token], subqueries: Collection[str]) -> bool:
    words = {token.text for token in tokens if token.kind == WORD}
    return (
        "SELECT" in words
        and not any(token.text.startswith(("#", "@")) for token in tokens)  # a table of this session
        and words.isdisjoint(subqueries)
        and "FROM" in words
        and not words & {"WHERE", "LIMIT", "JOIN", "HAVING", "TOP", "FETCH", "INTERSECT", "EXCEPT"}
    )


def _are_complementary(parts: list[str]) -> bool:
    """Return True if one part negates another, as in `x IS NULL OR x IS NOT NULL`."""
    known = set(parts)
    for part in parts[:50]:
        negations = {
            part.replace(" IS NOT NULL", " IS NULL"), part.replace(" = ", " < > "), part.replace(" = ", " ! = "),
            f"NOT {part}", f"NOT ( {part} )", part.replace(" < ", " > = ", 1), part.replace(" > ", " < = ", 1),
        } - {part}  # fmt: skip
        if negations & known:
            return True
    return False
