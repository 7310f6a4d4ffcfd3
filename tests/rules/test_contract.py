"""Every rule of the catalogue keeps the contract, remembers little, and says what it does; broken rules are caught."""

import inspect
import re
import subprocess
import sys
from dataclasses import dataclass, fields

import pytest

from evomusic import rules
from evomusic.core.grid import Grid
from evomusic.core.rule import Rule
from evomusic.testing import check_rule, reachable

TUNE = Grid(bars=4, low=62, high=86, scale="G major", chords=("G", "G", "D7", "G"))  # 15 pitches, 4/4 in sixteenths
SHORT_LIFE = {"start": 0, "hears": ()}
KEYED = [name for name, rule in rules.CATALOGUE.items() if "scale" in {f.name for f in fields(rule)}]
MADE = {"Capped": lambda rule: rule(rules.LeapRecovery(), 2.0), "Theme": lambda rule: rule((67, -2, 69, -1) * 16)}
ONE_METRE = {"RhythmStyle"}  # refuses grids of another metre than its own
MANY = {"MeanInformation": 10_000}  # memories: the last two pitches, and a balance


def default(name):
    """A rule of the catalogue with its defaults, in G major."""
    rule = rules.CATALOGUE[name]
    if name in MADE:
        return MADE[name](rule)
    return rule("G major") if name in KEYED else rule()


@pytest.mark.parametrize("name", rules.CATALOGUE)
def test_rules_keep_the_contract(name):
    check_rule(default(name), TUNE if name in ONE_METRE else None)


@pytest.mark.parametrize(
    "rule",
    [
        rules.Cadence("E minor", phrases=True),
        rules.NoteLengths(shortest=3, longest=5),
        rules.LongOnChord(steps=1),
        rules.SyncopationLimit(limit=0),
        rules.RhythmEcho(every=1),
        rules.StepShare(low=0.1, high=0.3, moves=5),
        rules.PhraseArch(low=50, high=50, bars=1, slack=0),
    ],
    ids=repr,
)
def test_rules_keep_the_contract_with_other_parameters(rule):
    check_rule(rule, Grid(bars=3, beats=2, steps_per_beat=2, low=58, high=71, chords=("C", "F"), phrase_bars=2))


@pytest.mark.parametrize("name", rules.CATALOGUE)
def test_rules_are_rules(name):
    assert isinstance(default(name), Rule)


@pytest.mark.parametrize("name", rules.CATALOGUE)
def test_rules_remember_little(name):
    reachable(default(name), TUNE, limit=MANY.get(name, 700))


@pytest.mark.parametrize(
    ("name", "memories"),
    [
        ("InScale", 1),
        ("OpeningDegree", 2),
        ("Sustain", 2),
        ("LongOnChord", 4),  # ages 0 to 3
        ("NoteLengths", 9),  # ages 0 to 8
        ("Density", 13),  # 0 to 8 notes, and 4 to where the value is -1
        ("IntervalSize", 15 + 1),
        ("UniqueClimax", 2 * 15 + 1),
        ("RepetitionLimit", 3 * 15 + 1),
        ("NoteCount", 36 + 16 + 1),
        ("Range", 15 * 16 // 2 + 1),  # pairs of pitches in order
        ("RhythmEcho", 2**9 - 1),  # queues of 0 to 8 bits
    ],
)
def test_memories_are_those_that_can_be_counted_by_hand(name, memories):
    assert len(reachable(default(name), TUNE)) == memories


@pytest.mark.parametrize("name", rules.CATALOGUE)
def test_docstrings_say_what_is_remembered_and_where_it_is_from(name):
    doc = inspect.cleandoc(rules.CATALOGUE[name].__doc__)  # Python 3.13 strips the indentation itself
    assert "Remembers" in doc
    assert re.search(r"Source: (.|\n)*\b(1|2)\d\d\d\b", doc), "names a source with its year"
    for field in fields(rules.CATALOGUE[name]):
        assert f"\n    {field.name}: " in doc, f"explains {field.name}"


def test_the_catalogue_holds_every_exported_rule():
    exported = {n for n in rules.__all__ if isinstance(getattr(rules, n), type)} - {"Generator", "Observer", "Rule"}
    assert set(rules.CATALOGUE) == exported


def test_a_rule_from_the_readme_keeps_the_contract():
    @dataclass(frozen=True, kw_only=True)
    class NoTritone:
        """-1 for a move of six semitones, 0 elsewhere. Remembers the last pitch."""

        start = None
        hears = ()

        def read(self, memory, event, slot):
            if not event.is_note:
                return memory, 0.0
            return event.pitch, -1.0 if memory is not None and abs(event.pitch - memory) == 6 else 0.0

    check_rule(NoTritone())


def broken(read, doc="Broken on purpose.", frozen=True, **attributes):
    """A rule made of a read function; its start and hears may be given."""
    return dataclass(frozen=frozen, kw_only=True)(
        type("Broken", (), {"__doc__": doc, **SHORT_LIFE, **attributes, "read": read})
    )()


class Jar:
    """Equal by what it holds, hashable, and not safe to keep."""

    def __init__(self):
        self.seen = 0

    def __eq__(self, other):
        return isinstance(other, Jar) and self.seen == other.seen

    def __hash__(self):
        return 0


def fill(self, memory, event, slot):
    memory.seen += 1
    return memory, 0.0


CALLS = []


def moody(self, memory, event, slot):
    CALLS.append(event)
    return 0, float(len(CALLS))


BROKEN = {
    "remembers everything": (
        lambda self, m, e, s: ((m, e), 0.0),
        {},
        "Broken.*: more than 2000 memories within",
    ),
    "reads an unheard field": (lambda self, m, e, s: (0, float(s.last)), {}, "does not hear 'last'; add it"),
    "reads a field that is not there": (
        lambda self, m, e, s: (0, float(s.lst)),
        {"hears": ("last",)},
        "no field 'lst'; did you mean 'last'",
    ),
    "hears a field that is not there": (lambda self, m, e, s: (0, 0.0), {"hears": ("lst",)}, "hears 'lst'.*'last'"),
    "hears a text": (lambda self, m, e, s: (0, 0.0), {"hears": "last"}, "expected a tuple of clock fields"),
    "pays infinity": (lambda self, m, e, s: (0, float("inf") if e.is_note else 0.0), {}, "inf, expected a finite"),
    "pays nan": (lambda self, m, e, s: (0, float("nan")), {}, "nan, expected a finite number"),
    "pays nothing": (lambda self, m, e, s: (0, None), {}, "None, expected a finite number"),
    "gives no pair": (lambda self, m, e, s: 0.0, {}, "expected \\(memory, value\\)"),
    "remembers a list": (lambda self, m, e, s: ([e.pitch], 0.0), {}, "not hashable.*use tuples"),
    "raises": (lambda self, m, e, s: (0, 1 / (m or 0)), {}, "ZeroDivisionError"),
    "hears what does not sound": (
        lambda self, m, e, s: (0, 1.0 if e.is_hold else 0.0),
        {},
        "treat a hold with nothing sounding as a rest",
    ),
    "has moods": (moody, {}, "may depend on nothing else"),
    "writes on its memory": (fill, {"start": Jar()}, "start was"),
    "has no docstring": (lambda self, m, e, s: (0, 0.0), {"doc": None}, "Broken has no docstring"),
    "is not frozen": (lambda self, m, e, s: (0, 0.0), {"frozen": False}, "Broken is no frozen dataclass"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_rules_are_caught(name):
    read, attributes, message = BROKEN[name]
    with pytest.raises(AssertionError, match=message):
        check_rule(broken(read, **attributes), limit=2000)


def test_parameters_that_are_not_hashable_are_caught():
    @dataclass(frozen=True, kw_only=True)
    class Listed:
        """Keeps a list."""

        table: list
        start = 0
        hears = ()

        def read(self, memory, event, slot):
            return 0, 0.0

    with pytest.raises(AssertionError, match=r"Listed.*is not hashable"):
        check_rule(Listed(table=[1]))


def test_telling_holds_from_rests_on_purpose_can_be_allowed():
    rule = broken(lambda self, m, e, s: (0, 1.0 if e.is_hold else 0.0))
    check_rule(rule, sounds_alike=False)


def test_rules_are_imported_without_numba_and_scipy():
    code = "import sys, evomusic.rules; print(sorted({'numba', 'scipy', 'music21'} & sys.modules.keys()))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
