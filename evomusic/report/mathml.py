"""MathML from a simple form: browsers draw it without any library.

A form is `V(s) <- V(s) + alpha [R_{t+1} + gamma V(s') - V(s)]`. Greek letters, sums and functions stand by their names,
`_` and `^` have scripts, braces hold together, `frac{a}{b}` is a fraction, text stands in double quotes, and the
braces of `Pr{...}` are drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from evomusic.report.html import Html, joined, tag

GREEK: Final = dict(
    zip(
        ("alpha", "beta", "gamma", "delta", "epsilon", "theta", "lambda", "mu", "pi", "tau", "nabla"),
        "αβγδϵθλμπτ∇",
        strict=True,
    )
)
UNDER: Final = ("max", "min", "argmax", "sum")  # whose scripts stand below and above
FUNCTIONS: Final = ("max", "min", "argmax", "log", "ln")  # with a little space before their argument
NAMES: Final = ("exp", "Pr", *FUNCTIONS)
SIGNS: Final = {"<-": "←", "->": "→", "<=": "≤", "-": "−", "~": "∼", "...": "…", "*": "∗"}  # noqa: RUF001
TOKEN: Final = re.compile(r'\s*("[^"]*"|<-|->|<=|\.\.\.|[A-Za-z]+|\d+(?:\.\d+)?|\S)')


def mathml(form: str) -> Html:
    """Return an equation as a MathML element on a line of its own.

    Args:
        form: the equation in the simple form.

    Raises:
        ValueError: braces do not match, a script or a part of a fraction is missing, or a name is none of the form's.
    """
    tokens = Tokens(form)
    parts = list(_parts(tokens, until=""))
    return tag("math", tag("mrow", *parts), display="block", xmlns="http://www.w3.org/1998/Math/MathML")


class Tokens:
    """The tokens of a form, one after the other."""

    def __init__(self, form: str) -> None:
        self.form, self._left = form, TOKEN.findall(form)[::-1]

    def peek(self) -> str:
        """The next token, or an empty text at the end."""
        return self._left[-1] if self._left else ""

    def take(self) -> str:
        """The next token, which is behind then."""
        if not self._left:
            raise ValueError(f"equation {self.form!r} ends too soon, expected a script, a part or a closing brace")
        return self._left.pop()

    def wanted(self, token: str) -> None:
        """Take this token, and no other."""
        if (found := self.take()) != token:
            raise ValueError(f"equation {self.form!r} has {found!r} where {token!r} is expected")


def _parts(tokens: Tokens, until: str) -> Iterator[Html]:
    """Elements up to a closing brace, or to the end."""
    while tokens.peek() != until:
        yield _scripted(tokens)
    if until:
        tokens.wanted(until)


def _scripted(tokens: Tokens) -> Html:
    """An element with its scripts, if it has any; a prime is one of them."""
    name = tokens.peek()
    base, scripts = _atom(tokens), {"_": Html(), "^": Html()}
    while tokens.peek() in ("_", "^", "'") and name:
        kind = tokens.take()
        script = tag("mo", "′", lspace=0, rspace=0) if kind == "'" else _atom(tokens)  # noqa: RUF001
        kind = kind.replace("'", "^")
        scripts[kind] = script if not scripts[kind] else tag("mrow", scripts[kind], script)
    below, above = scripts["_"], scripts["^"]
    one, two = ("munder", "munderover") if name in UNDER else ("msub", "msubsup")
    if below and above:
        made = tag(two, base, below, above)
    else:
        made = tag(one, base, below) if below else tag("msup", base, above) if above else base
    return joined([made, tag("mspace", width="0.17em")]) if name in FUNCTIONS else made


def _atom(tokens: Tokens) -> Html:
    """A group, a fraction, a text, or one sign."""
    token = tokens.take()
    if token == "{":
        return tag("mrow", *_parts(tokens, until="}"))
    if token == "frac":
        tokens.wanted("{")
        top = list(_parts(tokens, until="}"))
        tokens.wanted("{")
        return tag("mfrac", tag("mrow", *top), tag("mrow", *_parts(tokens, until="}")))
    if token == "Pr" and tokens.peek() == "{":
        tokens.take()
        braces = [tag("mo", sign, stretchy="false") for sign in "{}"]
        return joined([tag("mi", "Pr"), braces[0], *_parts(tokens, until="}"), braces[1]])
    if token.startswith('"') and len(token) > 1:
        return tag("mtext", Html("&#160;"), token[1:-1], Html("&#160;"))
    return _sign(token, tokens.form)


def _sign(token: str, form: str) -> Html:
    if token in ("}", "_", "^", '"'):
        raise ValueError(f"equation {form!r} has {token!r} where nothing can hold it")
    if token == "sum":
        return tag("mo", "∑", movablelimits="false")
    if token == "EE":
        return tag("mi", "\N{MATHEMATICAL DOUBLE-STRUCK CAPITAL E}")
    if token in NAMES:
        return joined([tag("mi", token.replace("argmax", "arg max"))])
    if token in GREEK:
        return tag("mi", GREEK[token])
    if token[0].isdigit():
        return tag("mn", token)
    if token.isalpha():
        if len(token) > 1:
            raise ValueError(f"equation {form!r} has the name {token!r}, expected one letter, a Greek one or a text")
        return tag("mi", token)
    return tag("mo", SIGNS.get(token, token), **({"stretchy": "false"} if token in "()[]{}|" else {}))
