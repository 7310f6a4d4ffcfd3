"""`blind`: a study as a blind listening test, and the table of its answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evomusic.commands.output import OK, InputError, UsageError, print_json, print_rows, say
from evomusic.report.ballots import Consistency, Standing, consistency, read_ballots, read_key, standings
from evomusic.report.blind import KEY, write_blind

FEW = 10  # listeners below which an interval over them is rough


def blind(
    folder: Path,
    files: Sequence[Path],
    results: bool,
    out: Path | None,
    trials: int,
    repeats: int,
    real: bool,
    title: str,
    json: bool,
) -> int:
    """Write a test from a study's folder, or with `results` the table of a test's answers."""
    if results:
        if out is not None:
            raise UsageError("-o is for writing a test, expected no -o with --results")
        return _table(folder, files, json)
    if files:
        raise UsageError(f"{files[0]} is one argument too many; answers are read with --results")
    if (folder / KEY).is_file():
        raise UsageError(f"{folder} holds a test; its answers are read by: evomusic blind {folder} --results FILES")
    to = out or folder.with_name(f"{folder.resolve().name}-blind")
    try:
        page, key = write_blind(folder, to, trials=trials, repeats=repeats, real=real, title=title)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if json:
        print_json({"page": page.as_posix(), "key": key.as_posix()})
        return OK
    print(f"page: {page}, for the listeners: it works from a file, and each saves one file of answers")
    print(f"key: {key}, not for the listeners")
    print(f"then: evomusic blind {to} --results answers-*.json")
    return OK


def _table(folder: Path, files: Sequence[Path], json: bool) -> int:
    if not files:
        raise UsageError("--results expects the files of answers, such as answers-*.json")
    try:
        key = read_key(folder)
        ballots = read_ballots(folder, files)
    except ValueError as error:
        raise InputError(str(error)) from error
    found, alike = standings(key, ballots), consistency(ballots)
    each = {ballot.listener: consistency([ballot]) for ballot in ballots}
    if json:
        print_json(
            {
                "listeners": len(ballots),
                "methods": [row._asdict() for row in found],
                "consistency": alike and alike._asdict(),
                "by_listener": {name: one and one._asdict() for name, one in each.items()},
            }
        )
        return OK
    print_rows(("method", "wins", "95 % interval", "comparisons"), [_texts(row) for row in found], right=range(1, 4))
    unit = "bootstrap over listeners" if len(ballots) > 1 else "Wilson's, over answers of one listener"
    print(f"{len(ballots)} listener{'s' * (len(ballots) > 1)}; intervals: {unit}")
    print(_in_words(alike))
    if 1 < len(ballots) < FEW:
        say(f"with {len(ballots)} listeners the intervals are rough, and mostly too narrow; {FEW} or more are better")
    return OK


def _texts(row: Standing) -> tuple[str, ...]:
    interval = f"{100 * row.low:.0f} to {100 * row.high:.0f} %"
    return row.method, f"{100 * row.share:.0f} %", interval, f"{row.comparisons:,}"


def _in_words(found: Consistency | None) -> str:
    if found is None:
        return "no pair was asked twice"
    interval = f"{100 * found.low:.0f} to {100 * found.high:.0f} %"
    return f"answered alike: {found.alike} of {found.repeats} pairs that were asked twice ({interval})"
