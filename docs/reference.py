"""The reference of public names, as pages for Sphinx: one for each list of names, in the sections of its comments."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = {  # page: list of names, or the package whose `__all__` is the list
    "evomusic": "evomusic/__init__.pyi",
    "methods": "evomusic/methods.pyi",
    "parts": "evomusic/parts.pyi",
    "rules": "evomusic/rules",
    "measures": "evomusic/measures",
    "learn": "evomusic/learn/__init__.pyi",
    "plan": "evomusic/plan/__init__.pyi",
    "plots": "evomusic/plots/__init__.pyi",
    "io": "evomusic/io/__init__.pyi",
}
TITLES: Final = {"evomusic": "evomusic", "methods": "Methods", "parts": "Parts of methods"}


def write(folder: Path) -> None:
    """Write the pages into a folder."""
    folder.mkdir(exist_ok=True)
    seen: set[int] = set()
    for page, place in PAGES.items():
        text = _page(page, place, seen)
        path = folder / f"{page}.rst"
        if not path.exists() or path.read_text() != text:  # an unchanged page is not read again
            path.write_text(text)


def _page(page: str, place: str, seen: set[int]) -> str:
    """The text of a page; names of objects that an earlier page describes are left out."""
    source = ROOT / place
    module = "evomusic" if page in TITLES else f"evomusic.{page}"
    sections = _sections(source) if source.suffix else [("", list(importlib.import_module(module).__all__))]
    lines = [_heading(TITLES.get(page, f"evomusic.{page}"), "="), f".. py:currentmodule:: {module}", ""]
    for title, names in sections:
        entries = [line for name in names for line in _entry(module, name, seen)]
        if entries:
            lines += [_heading(title, "-")] * bool(title) + entries
    return "\n".join(lines)


def _sections(path: Path) -> list[tuple[str, list[str]]]:
    """The names that a list imports, by the comment above them."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    for line in path.read_text().splitlines():
        if line.startswith("# "):
            sections.append((line[2:].rstrip("."), []))
        elif match := re.fullmatch(r"from \S+ import (\w+) as (\w+)", line):
            sections[-1][1].append(match[2])
    return sections


def _heading(title: str, line: str) -> str:
    return f"{title}\n{line * len(title)}\n"


def _entry(module: str, name: str, seen: set[int]) -> list[str]:
    """The directive of a name; nothing for a module, which has a page of its own."""
    found: Any = getattr(importlib.import_module(module), name)
    if inspect.ismodule(found) or id(found) in seen:
        return []
    seen.add(id(found))
    home = f"{module}.{name}"
    if inspect.isclass(found):
        return [f".. autoclass:: {home}", "   :members:", "   :inherited-members: tuple, object, Protocol, ABC", ""]
    if callable(found):
        return [f".. autofunction:: {home}", ""]
    return [
        f".. py:data:: {home}",
        "",
        f"   A {type(found).__name__} of {len(found)}." if hasattr(found, "__len__") else "",
        "",
    ]
