"""The frame of pages that stand alone: they make no request; a policy allows their own style and script by hashes."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from string import Template

from evomusic.report.html import joined


def data(name: str) -> str:
    """Return the text of a file that comes with this package."""
    return resources.files("evomusic.report").joinpath(name).read_text(encoding="utf-8")


def framed(body: str, title: str, style: str, script: str, **parts: object) -> str:
    """Return the text of a page.

    Args:
        body: name of the file with the markup of its body, a template of `title`, `script` and the parts.
        title: of the page; it is text.
        style: CSS.
        script: JavaScript, "" for none.
        parts: markup by its name in the body.
    """
    shown = joined([title])
    inside = Template(data(body)).substitute(parts, title=shown, script=script)
    return Template(data("frame.html")).substitute(policy=_policy(style, script), title=shown, style=style, body=inside)


def _policy(style: str, script: str) -> str:
    """Content policy: this style and this script, by their hashes; nothing is loaded, sent or framed."""
    hashes = {name: f"'sha256-{_hash(text)}'" for name, text in (("style", style), ("script", script))}
    own = f"style-src {hashes['style']}; script-src {hashes['script']}"
    return f"default-src 'none'; {own}; img-src data:; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
