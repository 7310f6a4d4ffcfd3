"""The language of CONTRIBUTING.md, as far as it can be checked: docstrings and names say what things are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import evomusic as em

ROOT = Path(em.__file__).parent
FILES = {path.relative_to(ROOT).as_posix(): path for path in sorted((*ROOT.rglob("*.py"), *ROOT.rglob("*.pyi")))}
QUESTIONS = ("What", "Which", "How", "Of")
EMPTY = {"known", "paid", "given", "kept", "told", "met"}


def faults(text: str) -> Iterator[str]:
    """Lines of a source text whose docstring or name breaks the rules."""
    for node in ast.walk(ast.parse(text)):
        line = getattr(node, "lineno", 1)
        for name in names(node):
            if name.lstrip("_").lower() in EMPTY:
                yield f"line {line}: the name {name} does not say what it holds"
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            first = (ast.get_docstring(node) or "").split(maxsplit=1)[:1]
            if first and first[0] in QUESTIONS:
                yield f"line {line}: the docstring begins with {first[0]}"


def names(node: ast.AST) -> list[str]:
    """Identifiers that a node brings in or uses."""
    match node:
        case ast.Name():
            return [node.id]
        case ast.arg() | ast.keyword():
            return [node.arg or ""]
        case ast.Attribute():
            return [node.attr]
        case ast.FunctionDef() | ast.ClassDef() | ast.ExceptHandler():
            return [node.name or ""]
        case ast.alias():
            return [node.asname or ""]
    return []


@pytest.mark.parametrize("name", FILES)
def test_docstrings_and_names_say_what_things_are(name):
    assert list(faults(FILES[name].read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('"""What is in here."""', "line 1: the docstring begins with What"),
        ('def f():\n    """Of the states, the first."""', "line 1: the docstring begins with Of"),
        ("class Kept:\n    pass", "line 1: the name Kept does not say"),
        ("def f(*, known): ...", "line 1: the name known does not say"),
        ("x = 1\ny._told = x", "line 2: the name _told does not say"),
        ("f(paid=1)", "line 1: the name paid does not say"),
        ("import rewards as given", "line 1: the name given does not say"),
    ],
)
def test_faults_are_found(text, fault):
    assert any(found.startswith(fault) for found in faults(text))


def test_plain_words_pass():
    assert not list(faults('def rewards(unknown):\n    """Return the rewards: what the rules give, and how."""'))
