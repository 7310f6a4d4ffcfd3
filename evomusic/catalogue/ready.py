"""The builders of the ready tasks: grids, rules and weights."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from evomusic import measures, rules
from evomusic.catalogue.frames import Changes, frame_of, grid_with
from evomusic.core import theory
from evomusic.core.checks import flag, instance, number, whole
from evomusic.core.grid import FIRST_PITCH, Grid
from evomusic.core.melody import Melody
from evomusic.core.reward import Reward
from evomusic.core.rule import Measure, Rule
from evomusic.core.task import Task
from evomusic.measures.tuner import tuner_measures
from evomusic.rules import rhythm
from evomusic.rules.landscape import LastSymbols, NKLandscape
from evomusic.rules.style import Generator, style_tonic
from evomusic.rules.style_choice import style_for_key
from evomusic.rules.style_file import shipped_styles
from evomusic.rules.theme import Theme
from evomusic.rules.tuner import tuner_rules


def tiny(bars: int = 1, grid: Changes | None = None) -> Task:
    """Four notes of C major (C4 to E4), theory rules; its Q-table fits on a page."""
    usual = {"beats": 4, "steps_per_beat": 1, "low": 60, "high": 64, "scale": "C major", "chords": ("C",)}
    return Task(
        grid_with(usual | {"bars": bars}, grid),
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


def theory_rules(key: str, tonic: int, steps: int = 16) -> dict[Rule, float]:
    """The theory rules that the larger tasks share, and their weights; in minor, sixth and seventh may be raised.

    A bar of 8 steps or more is to have five to eight notes, one of fewer a note on every third to two thirds of them.
    """
    key = theory.full_scale(key)
    few, many = (5, 8) if steps >= 8 else (steps // 3, -(-2 * steps // 3))
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
        rules.Density(low=few, high=many): 2.0,
        rules.NoteLengths(shortest=1, longest=8): 0.5,
        rules.SyncopationLimit(): 0.5,
        rules.MetricalOnsets(): 0.4,
        rules.Sustain(): 0.5,
        rules.PhraseArch(low=tonic + 2, high=tonic + 11): 0.3,
        rules.ChordTones(): 0.4,
    }


def _theory(grid: Grid, key: str, tonic: int) -> dict[Rule, float]:
    return theory_rules(key, tonic, grid.steps_per_bar)


def theory_task(
    bars: int = 4, key: str = "C major", grid: Changes | None = None, metre: str | None = None, pickup: float = 0
) -> Task:
    """Four bars under theory rules alone: no corpus, exact optimum."""
    frame, tonic = frame_of(bars, key, grid, metre, pickup)
    every = _theory(frame, key, tonic)
    groups = {
        "rhythm": [rule for rule in every if type(rule).__module__ == rhythm.__name__],
        "pitch": [rule for rule in every if type(rule).__module__ != rhythm.__name__],
    }
    return Task(frame, Reward(every, groups=groups), "rules")


def _style(grid: Grid, key: str, style: str | None) -> str:
    """A style for a key, or for the scale to which a grid was changed."""
    metre = grid.beats, grid.steps_per_beat
    return style_for_key(key if grid.scale in (None, theory.full_scale(key)) else grid.scale, style, metre)


def _style_rules(grid: Grid, style: str) -> dict[Rule, float]:
    tonic = style_tonic(grid)
    return {
        rules.PitchStyle(style=style, tonic=tonic): 1.0,
        rules.RhythmStyle(style=style, beats=grid.beats, steps_per_beat=grid.steps_per_beat): 1.0,
        rules.MeanInformation(style=style, tonic=tonic, grain=0.5): 6.0,
        rules.StepShare(low=0.4, high=0.6): 6.0,
    }


def tune(
    bars: int = 4,
    key: str = "G major",
    style: str | None = None,
    grid: Changes | None = None,
    metre: str | None = None,
    pickup: float = 0,
) -> Task:
    """In the style of real tunes (Ryan's Mammoth Collection, 1883) with theory rules: exact optimum.

    The style is a shipped one of the key's mode when None, of Ryan's collection where that has the metre.
    """
    frame, tonic = frame_of(bars, key, grid, metre, pickup)
    style = _style(frame, key, style)
    return _in_style(
        "tune",
        frame,
        {"theory": _theory(frame, key, tonic), "style": _style_rules(frame, style)},
        style,
    )


def variation(
    theme: str | Path | Melody | None = None,
    weight: float = 1.0,
    bars: int | None = None,
    key: str | None = None,
    style: str | None = None,
    grid: Changes | None = None,
    metre: str | None = None,
    pickup: float | None = None,
) -> Task:
    """Near a given tune, and in style: in its own key, metre and length where none is named.

    Args:
        theme: a melody, its text, a file of notes, or None for "Ah! vous dirai-je, maman" in any key, metre and length.
        weight: of nearness.
        bars: of the variation; of a file the first eight at most, else four, when None.
        key: with its mode; that of a file, else G major, when None.
        style: as for `tune`.
        grid: changes of the grid.
        metre: that of a file, else 4/4, when None.
        pickup: in beats; that of a file, else none, when None.
    """
    named = {"bars": bars, "key": key, "metre": metre, "pickup": pickup}
    from evomusic.catalogue.themes import theme_on, tune_parameters  # with the readers of files

    own: dict[str, Any] = {"bars": 4, "key": "G major"} | tune_parameters(theme)
    own |= {name: value for name, value in named.items() if value is not None}
    tempo = own.pop("grid", {})
    frame, tonic = frame_of(changes=tempo | grid if isinstance(grid, dict) else tempo if grid is None else grid, **own)
    key = str(frame.scale) if key is None else key
    style = _style(frame, key, style)
    near: dict[Rule, float] = {Theme.of(theme_on(theme, frame)): weight}
    groups = {
        "theory": _theory(frame, key, tonic),
        "style": _style_rules(frame, style),
        "theme": near,
    }
    return _in_style("variation", frame, groups, style)


def _in_style(
    name: str, grid: Grid, groups: dict[str, dict[Rule, float]], style: str, final: dict[Measure, float] | None = None
) -> Task:
    """A task of named groups of rules, which can sample its style."""
    from evomusic.song.trained import SongOf  # with the song model and the corpus

    every = {rule: weight for group in groups.values() for rule, weight in group.items()}
    reward = Reward(every, final or {}, {name: tuple(group) for name, group in groups.items()})
    song = SongOf(str(style), grid, style_tonic(grid))
    return Task(grid, reward, name, Generator.on(grid, style).halves, song=song)


def open_task(
    bars: int = 4,
    key: str = "G major",
    style: str | None = None,
    grid: Changes | None = None,
    metre: str | None = None,
    pickup: float = 0,
) -> Task:
    """The task tune with echoes of rhythm and contour and final rewards for form: best known and a bound."""
    frame, tonic = frame_of(bars, key, grid, metre, pickup)
    style = _style(frame, key, style)
    echoes: dict[Rule, float] = {rules.RhythmEcho(): 0.3, rules.ContourEcho(): 0.5}
    form: dict[Measure, float] = {measures.PitchEntropy(): 2.0, measures.BarRepetition(): 6.0}
    groups = {
        "theory": _theory(frame, key, tonic),
        "style": _style_rules(frame, style),
        "echo": echoes,
    }
    return _in_style("open", frame, groups, style, form)


def song(
    bars: int = 4,
    key: str = "G major",
    tunes: str | None = None,
    theory: float = 0.25,
    grid: Changes | None = None,
    metre: str | None = None,
    style: str | Path | None = None,
    pickup: float = 0,
) -> Task:
    """As typical of real tunes as a style with form can tell, and as good theory as they are, but no more: exact.

    The reward is the log2 probability of the melody under `em.Song`, up to what three of four draws of the model reach,
    and the return of the theory rules, up to what three of four real tunes do. What is maximised without end becomes a
    caricature. The optimum is the sum of both caps, proved by a melody that reaches them. All reward comes at the end.

    Args:
        bars: of the melody; four and eight have enough windows in the shipped collection.
        key: with its mode, major, minor or dorian.
        tunes: None for the tunes of the style, the name of a shipped style, or a folder of tunes.
        theory: weight of the theory rules; a unit of return is worth so many bits.
        grid: changes of the grid.
        metre: such as "6/8".
        style: a shipped style, or the path of a style file that holds its tunes (`evomusic style --songs`); a shipped
            one of the mode when None.
        pickup: in beats.
    """
    from evomusic.song.reward import AtMost, Typicality
    from evomusic.song.trained import digest_of

    frame, tonic = frame_of(bars, key, grid, metre, pickup)
    named = tunes if style is None and tunes in shipped_styles() else style
    shipped = _style(frame, key, None if named is None else str(named))
    typical = Typicality(tunes or shipped, style_tonic(frame))
    model = typical.song(frame)
    rules = _theory(frame, key, tonic)
    quartile = float(np.quantile(Task(frame, Reward(rules)).evaluate(model.windows), 0.25))
    final: dict[Measure, float] = {replace(typical, digest=digest_of(model)): 1.0}
    if number("theory", theory, 0.0):
        final[AtMost(tuple(rules.items()), quartile)] = theory
    return Task(frame, Reward({}, final), "song", Generator.on(frame, shipped).halves, sampler=model)


def family(
    length: int = 16,
    alphabet: int = 6,
    coupling: int = 2,
    delay: int = 0,
    observability: float = 1.0,
    noise: float = 0.0,
    seed: int = 0,
) -> Task:
    """An NK landscape with dials for length, coupling, delay, observability and noise: exact optimum for each seed.

    The task's name says in which half of the family its seed is. Tables have at most 2^20 cells.

    Args:
        length: steps of a melody.
        alphabet: tokens of the grid; a rest and a hold count as one symbol.
        coupling: symbols before a step's own that its contribution depends on; K of the NK model.
        delay: steps between a token and the reward for it. No melody's return depends on it.
        noise: probability that a token is replaced by a uniformly random one as the melody is performed. The task stays
            deterministic: rewards are exact expectations over what is performed. `FiniteMDP.from_task(task, slip=...)`
            of a task without noise is the game of chance, in which an agent sees what was performed.
        seed: of the contributions.
        observability: share of the last `coupling + delay` symbols that the view `observation` shows beside the clock,
            rounded to whole symbols: at 1 it is Markov, at 0 it is blind. Other views see what they always see.
    """
    landscape = NKLandscape(length=length, alphabet=alphabet, coupling=coupling, delay=delay, noise=noise, seed=seed)
    count = int(number("observability", observability, 0.0, 1.0) * landscape.window + 0.5)
    beats = next(beats for beats in (4, 3, 2, 1) if length % beats == 0)
    low = min(60, 127 - (alphabet - FIRST_PITCH - 1))
    grid = Grid(bars=length // beats, beats=beats, steps_per_beat=1, low=low, high=low + alphabet - FIRST_PITCH - 1)
    name = f"family-{family_half(seed)}-{seed}"
    return Task(grid, Reward({landscape: 1.0}), name, observers=(LastSymbols(count),) if count else ())


def family_half(seed: int) -> str:
    """The half of the family that a seed is in: even seeds are `reported`, odd seeds are for `tuning`.

    Parameters of methods are chosen on tuning seeds alone, so that what is reported was never tuned for.

    Raises:
        ValueError: the seed is no whole number from 0 to 2^64 - 1.
    """
    return "tuning" if whole("seed", seed, 0, 2**64 - 1) % 2 else "reported"


def rl_tuner(style: str | None = None, c: float = 0.5) -> Task:
    """The benchmark of RL Tuner: two bars of C major in sixteenths, nine terms of music theory, in its 38 tokens.

    Returns are the totals of the paper's theory reward, which says little about music: real tunes return less than
    noise. Source: Jaques, Gu, Turner & Eck, "Tuning recurrent neural networks with reinforcement learning" (2016).

    Args:
        style: None for the theory reward alone; the name or path of a style for the paper's whole reward, the natural
            logarithm of a token's probability and 1/c of the theory reward, with the style in place of its network.
        c: of the whole reward, above 0; the paper's when .5.
    """
    grid = Grid(bars=2, low=48, high=83)
    share = 1.0 if style is None else 1 / number("c", c, above=0)
    groups = {"theory": dict.fromkeys(tuner_rules(), share)}
    if style is not None:
        style = style_for_key("C major", style)
        groups["style"] = dict.fromkeys(Generator.on(grid, style).halves, math.log(2))
    final = dict.fromkeys(tuner_measures(), share)
    return _in_style("rl-tuner", grid, groups, "ryan" if style is None else style, final)


TASKS: dict[str, Callable[..., Task]] = {
    "tiny": tiny,
    "rules": theory_task,
    "tune": tune,
    "variation": variation,
    "open": open_task,
    "song": song,
    "family": family,
    "rl-tuner": rl_tuner,
}


def tasks() -> dict[str, str]:
    """The ready tasks: name and one line."""
    return {name: (build.__doc__ or "").splitlines()[0] for name, build in TASKS.items()}


def make(name: str, **parameters: Any) -> Task:
    """A ready task.

    Args:
        name: one of `tasks()`.
        parameters: of that task, such as `bars`, `key` and `style`; `metre`, such as "6/8", and `pickup`, in beats;
            `grid` changes fields of its grid, such as `{"low": 55}`; `delayed=True` moves all reward to the last step.

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
