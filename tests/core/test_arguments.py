"""Wrong types get the sentence that wrong values get, wherever they come in."""

import math
import re
from dataclasses import fields

import numpy as np
import pytest

import evomusic as em
from evomusic import rules
from evomusic.core import theory
from evomusic.core.reward import Reward

ODD = {
    "None": None,
    "a half": 2.5,
    "a text": "100",
    "True": True,
    "minus one": -1,
    "nan": math.nan,
    "inf": math.inf,
    "a huge number": 10**400,
    "a class": dict,
    "an object": object(),
    "a list": [1, "x"],
    "a null byte": "\0",
}
FITS = {  # what is allowed after all
    "Grid": {"scale": ["None"], "key": ["None"], "tempo": ["a half"], "beat": ["None"]},
    "Cadence": {"phrases": ["True"]},
    "StepShare": {"slope": ["a half"]},
    "Range": {"slope": ["a half"]},
    "Density": {"slope": ["a half"]},
    "NoteCount": {"slope": ["a half"]},
    "Capped": {"cap": ["a half"]},
    "LastPitches": {"count": ["a huge number"]},
    "LastSymbols": {"count": ["a huge number"]},
    "LeapRecovery": {"leap": ["a huge number"], "step": ["a huge number"]},
    "DirectionRuns": {"limit": ["a huge number"]},
    "RepetitionLimit": {"limit": ["a huge number"]},
    "ChordTones": {"strength": ["a huge number"]},
    "LongOnChord": {"steps": ["a huge number"]},
    "NoteLengths": {"longest": ["a huge number"]},
    "SyncopationLimit": {"limit": ["a huge number"]},
    "RhythmEcho": {"every": ["a huge number"]},
    "MeanInformation": {name: ["a half"] for name in ("grain", "credit", "debt")}
    | {"low": ["None", "a half"], "high": ["None", "a half"]},
}
NEEDED = {
    "Capped": {"rule": rules.LeapRecovery(), "cap": 2.0},
    "Theme": {"tune": (67, -2)},
    "Generator": {"pitches": (60, 62)},
    "Window": {"of": em.LastPitches(), "length": 2},
} | {name: {"scale": "G major"} for name in ("InScale", "OpeningDegree", "Cadence")}
OTHERS = (em.Grid, rules.Generator, em.LastPitches, em.LastSymbols, em.Window, rules.landscape.NKLandscape)
PARTS = {part.__name__: part for part in OTHERS} | rules.CATALOGUE
CASES = [
    (name, field.name, odd)
    for name, part in PARTS.items()
    for field in fields(part)
    for odd in ODD
    if odd not in FITS.get(name, {}).get(field.name, [])
]


@pytest.mark.parametrize(("name", "field", "odd"), CASES)
def test_parts_refuse_odd_parameters_at_once(name, field, odd):
    with pytest.raises(ValueError, match=r"^[^\n]{5,400}$"):
        PARTS[name](**NEEDED.get(name, {}) | {field: ODD[odd]})


@pytest.mark.parametrize("name", FITS)
def test_what_fits_is_taken(name):
    for field, names in FITS[name].items():
        for odd in names:
            needed = NEEDED.get(name, {}) | ({"high": 10**400} if field == "longest" else {})
            part = PARTS[name](**{k: v for k, v in needed.items() if k != "high"} | {field: ODD[odd]})
            assert getattr(part, field) == ODD[odd]


GRID = em.Grid()
TASK = em.make("tiny")
RULE = rules.Sustain()
CALLS = {
    "Melody tokens": lambda x: em.Melody(x, GRID),
    "Melody grid": lambda x: em.Melody(np.zeros(64, np.uint8), x),
    "Melody.parse text": lambda x: em.Melody.parse(x, GRID),
    "Melody.parse grid": lambda x: em.Melody.parse("C4", x),
    "Melody.from_notes notes": lambda x: em.Melody.from_notes(x, GRID),
    "Melody.from_notes note": lambda x: em.Melody.from_notes([x], GRID),
    "Melody.from_notes pitch": lambda x: em.Melody.from_notes([(x, 0, 1)], GRID),
    "Melody.from_notes onset": lambda x: em.Melody.from_notes([(60, x, 0.3)], GRID),
    "Melody.from_notes duration": lambda x: em.Melody.from_notes([(60, 0.3, x)], GRID),
    "Melody.from_notes grid": lambda x: em.Melody.from_notes([], x),
    "canonical": lambda x: em.canonical(x),
    "Reward rules": lambda x: Reward(x),
    "Reward rule": lambda x: Reward({x: 1.0}) if odd_is_hashable(x) else Reward(x),
    "Reward final": lambda x: Reward(final=x),
    "Reward measure": lambda x: Reward(final={x: 1.0}) if odd_is_hashable(x) else Reward(final=x),
    "Reward groups": lambda x: Reward(groups=x),
    "Reward group": lambda x: Reward({RULE: 1.0}, groups={"a": x}),
    "Reward group's rule": lambda x: Reward({RULE: 1.0}, groups={"a": [x]}),
    "Task grid": lambda x: em.Task(x, Reward()),
    "Task reward": lambda x: em.Task(GRID, x),
    "Task observers": lambda x: em.Task(GRID, Reward(), observers=x),
    "Task generator": lambda x: em.Task(GRID, Reward(), generator=x),
    "Task.evaluate": TASK.evaluate,
    "Task.rewards": TASK.rewards,
    "Task.parts": TASK.parts,
    "Task.step_parts": TASK.step_parts,
    "Task.best": TASK.best,
    "View observers": lambda x: em.View(observers=x),
    "View observer": lambda x: em.View(observers=(x,)),
    "View rules": lambda x: em.View(rules=x) if x is not True else em.View(rules=1),
    "View observation": lambda x: em.View(observation=x) if x is not True else em.View(observation=1),
    "View clock": lambda x: em.View(clock=x) if x is not True else em.View(clock=1),
    "View.named": em.View.named,
    "agent_states view": lambda x: em.agent_states(TASK, x, np.zeros((1, 4), np.uint8)),
    "agent_states histories": lambda x: em.agent_states(TASK, "markov", x),
    "environment_states": lambda x: em.environment_states(TASK, x),
    "is_information_state": lambda x: em.is_information_state(TASK, x),
    "make": em.make,
    "make bars": lambda x: em.make("tune", bars=x),
    "make key": lambda x: em.make("tune", key=x),
    "make style": lambda x: em.make("tune", style=x),
    "make theme": lambda x: em.make("variation", theme=x),
    "make weight": lambda x: em.make("variation", weight=x),
    "make length": lambda x: em.make("family", length=x),
    "make coupling": lambda x: em.make("family", coupling=x),
    "make noise": lambda x: em.make("family", noise=x),
    "make observability": lambda x: em.make("family", observability=x),
    "family_half": em.family_half,
    "epistasis": em.epistasis,
    "make delayed": lambda x: em.make("tiny", delayed=x) if x is not True else em.make("tiny", delayed=1),
    "parse_note": theory.parse_note,
    "parse_tonic": theory.parse_tonic,
    "parse_scale": theory.parse_scale,
    "parse_chord": theory.parse_chord,
    "style_tonic": lambda x: rules.Generator.on(x),
    "Theme.of": rules.Theme.of,
}
TAKEN = {("make style", "None"), ("make theme", "None"), ("make weight", "a half"), ("make weight", "minus one")}


def odd_is_hashable(value):
    return not isinstance(value, list)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", CALLS)
def test_calls_refuse_odd_arguments_at_once(name, odd):
    if (name, odd) in TAKEN:
        CALLS[name](ODD[odd])
        return
    with pytest.raises(ValueError, match=r"^[^\n]{5,400}$"):
        CALLS[name](ODD[odd])


@pytest.mark.parametrize("weight", [math.nan, math.inf, 10**400, True, None, "1", [1.0]], ids=str)
@pytest.mark.parametrize("part", ["rules", "final"])
def test_weights_that_are_no_finite_numbers_are_refused(part, weight):
    maker = RULE if part == "rules" else em.measures.Notes()
    sentence = rf"^weight of {re.escape(repr(maker))} is .{{1,60}}, expected a finite number$"
    with pytest.raises(ValueError, match=sentence):
        Reward(**{part: {maker: weight}})


@pytest.mark.parametrize("k", [0, -1, 1.5, None, "3", True, math.nan])
def test_a_number_of_best_melodies_is_whole(k):
    for task in (TASK, em.Task(GRID, Reward(final={em.measures.Notes(): 1.0}))):
        with pytest.raises(ValueError, match=r"^k is .*, expected a whole number from 1 to 1,000,000$"):
            task.best(k)


def test_a_class_instead_of_an_object_is_named():
    with pytest.raises(ValueError, match=r"it is a class, not an object of it$"):
        Reward({rules.Sustain: 1.0})
    with pytest.raises(ValueError, match=r"it is a class, not an object of it$"):
        Reward(final={em.measures.Notes: 1.0})
    with pytest.raises(ValueError, match=r"it is a class, not an object of it$"):
        em.View(observers=(em.LastPitches,))


def test_numbers_of_numpy_are_numbers():
    grid = em.Grid(bars=np.int64(2), low=np.uint8(60), tempo=np.float64(90))
    assert grid == em.Grid(bars=2, low=60, tempo=90.0)
    assert type(grid.bars) is int
    assert Reward({RULE: np.float32(0.5)}).rules[RULE] == 0.5
    assert len(TASK.best(np.int64(2))) == 2
