"""`lecture`: the concepts, their places in the code, and examples of one line; as pages, too."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evomusic.commands.output import OK, UsageError, print_json
from evomusic.core.theory import nearest

if TYPE_CHECKING:
    from evomusic.commands.concepts import Concept
    from evomusic.report.lecture import LecturePage

DIGITS = 4  # of numbers that are printed for people
TITLE = "Reinforcement learning and evolution, by ear"
ABOUT = (
    "The concepts of a course, each with its equation, a line of Python and what it gives, and something to move. "
    "All pages are about one small task: a melody of four notes in C major, whose best return is 2.4. What moves is "
    "computed in the page; nothing is sent anywhere.",
)


def lecture(words: Sequence[str], json: bool, html: bool = False, out: Path | None = None) -> int:
    """All concepts, or the one that the words name, with what its example gives; or all of them as pages."""
    from evomusic.commands.concepts import CONCEPTS

    if html:
        return _write(words, out or Path("lecture"), json)
    if out is not None:
        raise UsageError("-o is for pages, expected --html with -o")
    return _show(_found(" ".join(words)), json) if words else _list(list(CONCEPTS.values()), json)


def _found(name: str) -> Concept:
    """A concept by its name; case does not matter."""
    from evomusic.commands.concepts import CONCEPTS

    by_name = {each.casefold(): c for each, c in CONCEPTS.items()}
    if name.casefold() not in by_name:
        near = nearest(name, CONCEPTS) or nearest(name.casefold(), by_name)
        raise UsageError(f"concept {name!r} is not known; `evomusic lecture` lists them{near}")
    return by_name[name.casefold()]


def _write(words: Sequence[str], folder: Path, json: bool) -> int:
    """Write all concepts as pages."""
    from evomusic.commands.concepts import CONCEPTS, COURSE
    from evomusic.report.lecture import write_lecture

    if words:
        raise UsageError(f"{' '.join(words)!r} is one argument too many: --html writes all concepts")
    folder.mkdir(parents=True, exist_ok=True)  # before the work, which takes a while
    pages = []
    for i, each in enumerate(CONCEPTS.values()):
        if sys.stderr.isatty():
            print(f"\r{i + 1} of {len(CONCEPTS)} {each.name:40}", end="", file=sys.stderr, flush=True)
        pages.append(page_of(each))
    if sys.stderr.isatty():
        print("\r" + " " * 60, end="\r", file=sys.stderr)
    files = write_lecture(pages, folder, title=TITLE, about=(*ABOUT, f"Course: {COURSE}."))
    if json:
        print_json({"folder": str(folder), "files": [file.name for file in files]})
    else:
        print(f"{files[0]}: {len(pages)} concepts, a page each")
    return OK


def page_of(c: Concept) -> LecturePage:
    """A concept with its example's result, and the content of its control."""
    from evomusic.commands.concepts import COURSE, SETUP
    from evomusic.commands.lecture_tables import content
    from evomusic.report.lecture import LecturePage

    result = plain(c.result())
    knobs = c.control.knobs if c.control else {}
    return LecturePage(
        name=c.name,
        group=c.group,
        text=c.text,
        equations=c.equations,
        code="\n".join((*SETUP, c.example)),
        result=result if isinstance(result, str) else str(rounded(result)),
        where=c.where,
        sources=(*c.sources, COURSE),
        knobs=knobs,
        control=content(c.control.kind, dict(c.control.options), list(knobs)) if c.control else None,
    )


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
    return {
        "name": c.name,
        "group": c.group,
        "where": list(c.where),
        "says": c.says,
        "text": c.text,
        "equations": list(c.equations),
        "sources": list(c.sources),
        "example": c.example,
    }


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
