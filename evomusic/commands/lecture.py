"""`lecture`: the concepts, their places in the code, and examples of one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evomusic.commands.output import OK, UsageError, print_json
from evomusic.core.theory import nearest

if TYPE_CHECKING:
    from evomusic.commands.concepts import Concept

DIGITS = 4  # of numbers that are printed for people


def lecture(words: Sequence[str], json: bool) -> int:
    """All concepts, or the one that the words name, with what its example gives."""
    from evomusic.commands.concepts import CONCEPTS

    return _show(_found(" ".join(words)), json) if words else _list(list(CONCEPTS.values()), json)


def _found(name: str) -> Concept:
    """A concept by its name; case does not matter."""
    from evomusic.commands.concepts import CONCEPTS

    by_name = {each.casefold(): c for each, c in CONCEPTS.items()}
    if name.casefold() not in by_name:
        near = nearest(name, CONCEPTS) or nearest(name.casefold(), by_name)
        raise UsageError(f"concept {name!r} is not known; `evomusic lecture` lists them{near}")
    return by_name[name.casefold()]


def _list(concepts: Sequence[Concept], json: bool) -> int:
    from evomusic.commands.concepts import GROUPS, SETUP

    if json:
        print_json({"setup": list(SETUP), "concepts": [_entry(c) for c in concepts]})
        return OK
    print("\n".join(SETUP))
    for group in GROUPS:
        print(f"\n{group.upper()}")
        for c in concepts:
            if c.group == group:
                print(f"\n{c.name}: {c.says} ({', '.join(c.where)})\n    {c.example}")
    return OK


def _show(found: Concept, json: bool) -> int:
    from evomusic.commands.concepts import SETUP

    result = plain(found.result())
    if json:
        print_json(_entry(found) | {"setup": list(SETUP), "result": result})
        return OK
    print(f"{found.name} ({found.group}): {found.says}\n{', '.join(found.where)}\n")
    print("\n".join(f">>> {line}" for line in (*SETUP, found.example)))
    print(result if isinstance(result, str) else rounded(result))
    return OK


def _entry(c: Concept) -> dict[str, Any]:
    """A concept for programs."""
    return {"name": c.name, "group": c.group, "where": list(c.where), "says": c.says, "example": c.example}


def plain(value: Any) -> Any:
    """Numbers, text, lists and dicts, whatever they were."""
    if hasattr(value, "tolist"):  # numpy's
        return value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return list(map(plain, value)) if isinstance(value, (list, tuple)) else value


def rounded(value: Any) -> Any:
    """The same, fit to be read."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return list(map(rounded, value))
    return round(value, DIGITS) if isinstance(value, float) else value
