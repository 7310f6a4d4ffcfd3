"""Digests of the code that computes a method's cells, so that cells of other code are not taken for its own.

The code of an object is that of the modules of its class, of its parts' classes, and of all modules that these import:
evomusic's own and the user's, but no installed package, whose version is in the provenance. Files of the package count
byte by byte; in a user's module comments, docstrings and layout do not.
"""

from __future__ import annotations

import ast
import hashlib
import re
import sys
import sysconfig
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import evomusic

PACKAGE = Path(evomusic.__file__).parent
DRIVER = "evomusic.core.ledger"  # runs every method
IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|.*)|import[ \t]+(.*))$", re.MULTILINE)


def fingerprint(thing: Any) -> str:
    """A digest of the code of an object and its parts."""
    digest = hashlib.sha256()
    modules = {DRIVER}
    for cls in sorted(set(_classes(thing, set())), key=lambda c: (c.__module__, c.__qualname__)):
        modules.add(cls.__module__)
        if not _file(cls.__module__):  # of a notebook or a prompt
            digest.update(_typed(cls))
    for name in sorted(_closure(modules)):
        digest.update(name.encode() + _content(name))
    return digest.hexdigest()[:16]


def _classes(thing: Any, seen: set[int]) -> Iterator[Any]:
    """The classes and functions that an object is made of."""
    if id(thing) in seen or thing is None or isinstance(thing, (bool, int, float, str, bytes)):
        return
    seen.add(id(thing))
    if isinstance(thing, dict):
        thing = [*thing, *thing.values()]
    if isinstance(thing, (tuple, list, set, frozenset)):
        for part in thing:
            yield from _classes(part, seen)
    if isinstance(thing, (type, types.FunctionType)):
        yield thing
        return
    yield from (c for c in type(thing).__mro__ if c.__module__ not in ("builtins", "abc", "typing"))
    yield from _classes(getattr(thing, "__dict__", None), seen)


def _closure(names: set[str]) -> set[str]:
    """Modules and all that they import, as far as their code counts."""
    found, waiting = set[str](), {name for name in names if _file(name)}
    while waiting:
        found |= waiting
        waiting = {name for module in waiting for name in _imports(module)} - found
    return found


def _file(name: str) -> Path | None:
    """The file of a module whose code counts: of this package, or a user's."""
    if _ours(name):
        return _packaged(name)
    file = getattr(sys.modules.get(name), "__file__", None)
    return _users(file) if file and file.endswith(".py") else None


@cache
def _users(file: str) -> Path | None:
    """A file, unless it is of Python's library or of an installed package."""
    path = Path(file).resolve()
    return None if any(path.is_relative_to(folder) for folder in _installed()) else path


def _ours(name: str) -> bool:
    return name.split(".")[0] == evomusic.__name__


@cache
def _packaged(name: str) -> Path | None:
    path = PACKAGE.joinpath(*name.split(".")[1:])
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


@cache
def _installed() -> tuple[Path, ...]:
    """The folders of Python's library and of installed packages."""
    paths = sysconfig.get_paths()
    return tuple({Path(paths[key]).resolve() for key in ("stdlib", "platstdlib", "purelib", "platlib")})


def _imports(name: str) -> set[str]:
    """Modules that a module imports and whose code counts."""
    return {each for each in _imported(name, _text(name)) if _file(each)}


@cache
def _imported(name: str, text: bytes) -> frozenset[str]:
    """Names that the text of a module imports."""
    names: set[str] = set()
    for source, parts, plain in IMPORT.findall(text):
        if plain:
            names |= {each.split()[0].decode() for each in plain.split(b",") if each.split()}
            continue
        base = _absolute(source.decode(), name)
        names |= {base} | {f"{base}.{each}" for each in re.findall(r"\w+", parts.decode(errors="replace"))}
    return frozenset(names)


def _absolute(source: str, importer: str) -> str:
    """A relative import's module."""
    dots = len(source) - len(source.lstrip("."))
    return source if not dots else ".".join([*importer.split(".")[:-dots], source[dots:]]).strip(".")


def _content(name: str) -> bytes:
    """A module's code as it counts."""
    return _text(name) if _ours(name) else _plain(_text(name))


def _text(name: str) -> bytes:
    """The text of a module: a file of the package is read once, a user's whenever it is looked at."""
    path = _file(name)
    if path is None:
        return b""
    return _read_once(path) if _ours(name) else path.read_bytes()


@cache
def _read_once(path: Path) -> bytes:
    return path.read_bytes()


def _plain(source: bytes) -> bytes:
    """Source without comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            body[:1] = [] if len(body) > 1 else [ast.Pass()]
    return ast.dump(tree).encode()


def _typed(thing: Any) -> bytes:
    """The compiled code of a class or function that was typed in: bytes of instructions, constants and names."""
    if isinstance(thing, types.CodeType):
        constants = b"".join(_typed(c) if isinstance(c, types.CodeType) else repr(c).encode() for c in thing.co_consts)
        return thing.co_code + constants + " ".join(thing.co_names).encode()
    thing = getattr(thing, "__func__", getattr(thing, "fget", thing))
    if isinstance(thing, types.FunctionType):
        return _typed(thing.__code__)
    return (
        b"".join(name.encode() + _typed(each) for name, each in sorted(vars(thing).items()) if _has_code(each))
        if (isinstance(thing, type))
        else b""
    )


def _has_code(thing: Any) -> bool:
    return isinstance(thing, (types.FunctionType, classmethod, staticmethod, property, type))
