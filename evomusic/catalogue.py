"""The ready tasks, from four notes to tunes.

| task | what | optimum |
|---|---|---|
| tiny | four notes of C major, theory rules; its Q-table fits on a page | exact, by brute force too |
| rules | four bars of C major, theory rules alone | exact |
| tune | in the style of real tunes, with theory rules | exact |
| variation | near a given tune, and in style | exact |
| open | tune, with echoes of rhythm and contour, and final rewards for form | best known and a bound |
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from evomusic import measures, rules
from evomusic.core import theory
from evomusic.core.checks import flag, instance, nearest
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.reward import Reward
from evomusic.core.rule import Measure, Rule
from evomusic.core.task import Task
from evomusic.rules import rhythm
from evomusic.rules.style import Generator, style_tonic
from evomusic.rules.theme import Theme

THEME = (  # "Ah! vous dirai-je, maman" (France, about 1740), its first four bars
    "G4 - - - G4 - - - D5 - - - D5 - - - | E5 - - - E5 - - - D5 - - - - - - - | "
    "C5 - - - C5 - - - B4 - - - B4 - - - | A4 - - - A4 - - - G4 - - - - - - -"
)


Changes = Mapping[str, Any]  # fields of a grid, and their values


def tiny(bars: int = 1, grid: Changes | None = None) -> Task:
    """Four notes of C major (C4 to E4), theory rules; its Q-table fits on a page."""
    usual = {"beats": 4, "steps_per_beat": 1, "low": 60, "high": 64, "scale": "C major", "chords": ("C",)}
    return Task(
        _grid(usual | {"bars": bars}, grid),
        Reward(
            {
                rules.OpeningDegree("C major"): 1.0,
                rules.IntervalSize(): 1.0,
                rules.ChordTones(): 0.5,
                rules.MetricalOnsets(): 1.0,
                rules.Cadence("C major"): 2.0,
            }
        ),
        "tiny",
    )


def theory_rules(key: str, tonic: int) -> dict[Rule, float]:
    """The theory rules that the larger tasks share, and their weights."""
    return {
        rules.InScale(key): 1.0,
        rules.IntervalSize(): 0.5,
        rules.LeapRecovery(): 0.7,
        rules.RepetitionLimit(limit=2): 1.0,
        rules.DirectionRuns(limit=4): 0.5,
        rules.Range(): 3.0,
        rules.UniqueClimax(): 2.0,
        rules.OpeningDegree(key): 1.0,
        rules.Cadence(key): 3.0,
        rules.Density(low=5, high=8): 2.0,
        rules.NoteLengths(shortest=1, longest=8): 0.5,
        rules.SyncopationLimit(): 0.5,
        rules.MetricalOnsets(): 0.4,
        rules.Sustain(): 0.5,
        rules.PhraseArch(low=tonic + 2, high=tonic + 11): 0.3,
        rules.ChordTones(): 0.4,
    }


def _grid(usual: dict[str, Any], changes: Changes | None) -> Grid:
    """A grid of a ready task, with changes.

    Raises:
        ValueError: a change is of no field, or does not fit.
    """
    changes = instance("grid", {} if changes is None else changes, Mapping, "fields of a grid, such as {'beats': 3}")
    names = [field.name for field in fields(Grid)]
    for name in changes:
        if name not in names:
            raise ValueError(f"grid has no field {name!r}, expected one of {', '.join(names)}{nearest(name, names)}")
    return Grid(**usual | dict(changes))


def _frame(bars: int, key: str, changes: Changes | None) -> tuple[Grid, int]:
    """A 4/4 grid of sixteenths from a fourth below a tonic to a twelfth above it, with chords; the tonic's pitch."""
    root, _ = theory.parse_scale(key)
    minor = key.split()[-1] == "minor"
    name, fifth = key.split()[0], theory.SHARPS[(root + 7) % 12]
    chords = (name + "m", name + "m", fifth, name + "m") if minor else (name, name, fifth, name)
    tonic = 60 + root
    usual = {"bars": bars, "low": tonic - 5, "high": tonic + 19, "scale": key, "chords": chords}
    grid = _grid(usual, changes)
    return grid, theory.parse_note(style_tonic(grid)) if changes else tonic


def theory_task(bars: int = 4, key: str = "C major", grid: Changes | None = None) -> Task:
    """Four bars under theory rules alone: no corpus, exact optimum."""
    frame, tonic = _frame(bars, key, grid)
    every = theory_rules(key, tonic)
    groups = {
        "rhythm": [rule for rule in every if type(rule).__module__ == rhythm.__name__],
        "pitch": [rule for rule in every if type(rule).__module__ != rhythm.__name__],
    }
    return Task(frame, Reward(every, groups=groups), "rules")


def _style_rules(grid: Grid, style: str) -> dict[Rule, float]:
    tonic = style_tonic(grid)
    return {
        rules.PitchStyle(style=style, tonic=tonic): 1.0,
        rules.RhythmStyle(style=style, beats=grid.beats, steps_per_beat=grid.steps_per_beat): 1.0,
        rules.MeanInformation(style=style, tonic=tonic, grain=0.5): 6.0,
        rules.StepShare(low=0.4, high=0.6): 6.0,
    }


def tune(bars: int = 4, key: str = "G major", style: str = "ryan", grid: Changes | None = None) -> Task:
    """In the style of real tunes (Ryan's Mammoth Collection, 1883) with theory rules: exact optimum."""
    frame, tonic = _frame(bars, key, grid)
    return _in_style("tune", frame, {"theory": theory_rules(key, tonic), "style": _style_rules(frame, style)}, style)


def variation(
    theme: str | Path | Melody = THEME,
    weight: float = 1.0,
    bars: int = 4,
    key: str = "G major",
    style: str = "ryan",
    grid: Changes | None = None,
) -> Task:
    """Near a given tune, and in style. The theme is a melody, its text, or a file of notes."""
    frame, tonic = _frame(bars, key, grid)
    near: dict[Rule, float] = {Theme.of(_melody(theme, frame)): weight}
    groups = {"theory": theory_rules(key, tonic), "style": _style_rules(frame, style), "theme": near}
    return _in_style("variation", frame, groups, style)


def _in_style(
    name: str, grid: Grid, groups: dict[str, dict[Rule, float]], style: str, final: dict[Measure, float] | None = None
) -> Task:
    """A task of named groups of rules, which can sample its style."""
    every = {rule: weight for group in groups.values() for rule, weight in group.items()}
    reward = Reward(every, final or {}, {name: tuple(group) for name, group in groups.items()})
    return Task(grid, reward, name, Generator.on(grid, style).halves)


def _melody(theme: str | Path | Melody, grid: Grid) -> Melody:
    instance("theme", theme, (str, Path, Melody), "a melody, its text, or the path of a file of notes")
    if isinstance(theme, Melody):
        return Melody(theme.tokens, grid)
    theme = str(theme)
    if theme == THEME and grid.scale != "G major":
        shift = grid.pitches[0] - 62
        home = Melody.parse(theme, Grid(bars=4, low=62, high=86, scale="G major"))
        return Melody.from_notes([(n.pitch + shift, n.onset, n.duration) for n in home.notes], grid)
    if "|" in theme or not Path(theme).suffix:
        return Melody.parse(theme, grid)
    from evomusic.io import read

    return read(theme, grid)


def open_task(bars: int = 4, key: str = "G major", style: str = "ryan", grid: Changes | None = None) -> Task:
    """The task tune with echoes of rhythm and contour and final rewards for form: best known and a bound."""
    frame, tonic = _frame(bars, key, grid)
    echoes: dict[Rule, float] = {rules.RhythmEcho(): 0.3, rules.ContourEcho(): 0.5}
    form: dict[Measure, float] = {measures.PitchEntropy(): 2.0, measures.BarRepetition(): 6.0}
    groups = {"theory": theory_rules(key, tonic), "style": _style_rules(frame, style), "echo": echoes}
    return _in_style("open", frame, groups, style, form)


TASKS: dict[str, Callable[..., Task]] = {
    "tiny": tiny,
    "rules": theory_task,
    "tune": tune,
    "variation": variation,
    "open": open_task,
}


def tasks() -> dict[str, str]:
    """The ready tasks: name and one line."""
    return {name: (build.__doc__ or "").splitlines()[0] for name, build in TASKS.items()}


def make(name: str, **parameters: Any) -> Task:
    """A ready task.

    Args:
        name: one of `tasks()`.
        parameters: of that task, such as `bars`, `key` and `style`; `grid` changes fields of its grid, such as
            `{"beats": 3}`; `delayed=True` moves all reward to the last step.

    Raises:
        ValueError: the name or a parameter is not known, or a parameter's value does not fit.
    """
    instance("task", name, str, f"one of {', '.join(TASKS)}")
    if name not in TASKS:
        raise ValueError(f"task {name!r} is not known, expected one of {', '.join(TASKS)}{theory.nearest(name, TASKS)}")
    names = [*inspect.signature(TASKS[name]).parameters, "delayed"]
    for parameter in parameters:
        if parameter not in names:
            raise ValueError(
                f"task {name!r} has no parameter {parameter!r}, expected one of {', '.join(names)}"
                + theory.nearest(parameter, names)
            )
    delayed = flag("delayed", parameters.pop("delayed", False))
    task = TASKS[name](**parameters)
    return replace(task, delayed=True) if delayed else task
