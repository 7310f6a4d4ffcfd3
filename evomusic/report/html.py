"""Writing HTML: an `Html` is markup, any other string is text and is escaped."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from typing import Any


class Html(str):
    """Markup; a plain string is text."""

    __slots__ = ()


EMPTY = {"br", "line", "link", "meta", "input", "rect", "polyline", "circle", "path"}
DRAWN = {"line", "rect", "polyline", "circle", "path"}


def tag(name: str, *children: object, **attributes: object) -> Html:
    """Return an element. Children that are no Html are escaped; `class_` is written class, `aria_label` aria-label.

    An attribute that is True stands without a value; one that is None or False is left out.
    """
    written = "".join(_attribute(k.rstrip("_").replace("_", "-"), v) for k, v in attributes.items())
    if name in EMPTY:
        return Html(f"<{name}{written}/>" if name in DRAWN else f"<{name}{written}>")
    return Html(f"<{name}{written}>{joined(children)}</{name}>")


def joined(children: Iterable[object]) -> Html:
    """Return elements and texts, one after the other."""
    return Html("".join(c if isinstance(c, Html) else html.escape(str(c)) for c in children))


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'


def json_text(value: Any) -> Html:
    """Return JSON that can stand in a script element: it cannot end the element or begin a comment."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return Html(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
