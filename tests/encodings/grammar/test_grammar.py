"""Grammar: growth and sound by hand, a naive twin, limits and distributions of operators, text, contracts."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare

import evomusic as em
from evomusic.encodings.grammar import operators as grammar_operators
from evomusic.encodings.grammar.grammar import Genomes, Grammar
from evomusic.encodings.grammar.growth import LETTER, durations
from evomusic.testing import check_encoding, check_method
from tests import random_tasks

ALARM = 1e-4
GRID = em.Grid(
    bars=1, beats=4, steps_per_beat=2, low=60, high=72, scale="C major"
)  # 8 steps, C4 to C5, G4 in the middle
TASK = em.Task(GRID, em.Reward())
ANY = random_tasks.task(np.random.default_rng(0), em.Grid(bars=2, beats=3, steps_per_beat=2))
ONE_STEP = random_tasks.task(np.random.default_rng(2), em.Grid(bars=1, beats=1, steps_per_beat=1, low=60, high=60))
GRAMMAR = Grammar(letters=2, width=10)
ALGAE = "axiom -> A(1)\nA(x) -> A(1) B(1)\nB(x) -> A(1)"


@pytest.mark.parametrize("task", [ANY, ONE_STEP], ids=["small", "one-step"])
@pytest.mark.parametrize(
    "grammar",
    [Grammar(), Grammar(letters=1, width=1, steps=0, limit=1), Grammar(letters=26, width=3, steps=9)],
    ids=repr,
)
def test_grammars_keep_the_contract_of_encodings(grammar, task):
    check_encoding(grammar, task)


def test_evolved_grammars_keep_the_contract_of_methods():
    check_method(em.GA(population=10, encoding=Grammar()), ANY)


def melody(axiom, steps=0, grid=GRID, rules=""):
    grammar = dataclasses.replace(GRAMMAR, steps=steps)
    tokens = grammar.decode(em.Task(grid, em.Reward()), grammar.parse(f"axiom -> {axiom}\n{rules}"))[0]
    return em.Melody(tokens, grid).text


def test_lindenmayers_algae_grow_by_the_numbers_of_fibonacci():
    grammar = Grammar(letters=2, steps=7)
    texts = grammar.develop(grammar.parse(ALGAE))
    assert [t.replace("(1)", "").replace(" ", "") for t in texts[:4]] == ["A", "AB", "ABA", "ABAAB"]
    assert [len(t.split()) for t in texts] == [1, 2, 3, 5, 8, 13, 21, 34]


def test_parametric_rule_counts_down_and_then_turns():
    rules = "axiom -> A(2)\nA(x) if x > 0 -> note up(x) A(x-1)\nA(x) -> rest"
    assert Grammar(letters=1, steps=3).develop(Grammar(letters=1, steps=3).parse(rules)) == [
        "A(2)",
        "note up(2) A(1)",
        "note up(2) note up(1) A(0)",
        "note up(2) note up(1) rest",
    ]


def test_all_letters_are_rewritten_at_once_and_signs_stay():
    rules = "axiom -> [ A(3) ] B(4)\nA(x) -> B(x+1)\nB(x) -> A(x-9) A(x+9)"
    assert Grammar(letters=2, steps=2).develop(Grammar(letters=2).parse(rules)) == [
        "[ A(3) ] B(4)",
        "[ B(4) ] A(0) A(9)",
        "[ A(0) A(9) ] B(1) B(9)",
    ]


def test_text_that_grows_beyond_the_limit_is_cut():
    grammar = Grammar(letters=1, steps=20, limit=100)
    texts = grammar.develop(grammar.parse("axiom -> A(1)\nA(x) -> A(1) up(1) A(1)"))
    assert [len(t.split()) for t in texts] == [1, 3, 7, 15, 31, 63] + [100] * 15


def test_letter_without_a_rule_vanishes():
    grammar = Grammar(letters=2, steps=1)
    assert grammar.develop(grammar.parse("axiom -> note A(1) note")) == ["note A(1) note", "note note"]


@pytest.mark.parametrize(
    ("axiom", "text"),
    [
        ("note note note note", "G4 - G4 - G4 - G4 -"),
        ("note up(1) note down(2) note", "G4 - A4 - F4 - . ."),
        ("longer note shorter note shorter note", "G4 - - - G4 - G4 ."),
        ("longer longer longer longer note", "G4 - - - - - - -"),
        ("shorter shorter shorter note note", "G4 G4 . . . . . ."),
        ("note rest note", "G4 - . . G4 - . ."),
        ("A(1) up(1) B(9)", "G4 - A4 - . . . ."),
        ("note [ up(3) shorter note ] note", "G4 - C5 G4 - . . ."),
        ("] note ]", "G4 - . . . . . ."),
        ("up(5) note down(9) note", "A4 - C4 - . . . ."),
        ("shorter note up(1) note up(1) echo(2)", "G4 A4 B4 C5 . . . ."),
        ("shorter note up(1) note echo(2) echo(2)", "G4 A4 A4 B4 B4 C5 . ."),
        ("note echo(5)", "G4 - G4 - . . . ."),
        ("echo(3) note echo(0)", "G4 - . . . . . ."),
        ("shorter note longer longer note up(2) echo(2)", "G4 G4 - - - B4 B4 -"),
        ("shorter rest longer longer longer note note", ". G4 - - - - - -"),
        ("", ". . . . . . . ."),
    ],
)
def test_texts_sound_as_by_hand(axiom, text):
    """G4 is the middle of C4 to C5; a beat is 2 steps; beyond C5 degrees turn back: 5 up from G4 is A4 again."""
    assert melody(axiom) == text


def test_echo_within_brackets_is_a_sequence():
    assert melody("shorter [ note up(1) note ] up(2) echo(2)") == "G4 A4 B4 C5 . . . ."


@pytest.mark.parametrize(
    ("beats", "per", "lengths", "beat"),
    [
        (4, 4, [1, 2, 4, 8, 16], 4),
        (3, 2, [1, 2, 4, 6], 2),
        (2, 6, [1, 2, 3, 6, 12], 6),
        (1, 1, [1], 1),
        (7, 1, [1, 2, 4, 7], 1),
    ],
)
def test_durations_go_from_a_step_by_the_beat_to_a_bar(beats, per, lengths, beat):
    found, place = durations(em.Grid(beats=beats, steps_per_beat=per))
    assert found.tolist() == lengths
    assert found[place] == beat


def naive_text(rules, steps, limit):
    """Growth by string: (word, number) pairs, rewritten from a dictionary of rules."""

    def words(body, x):
        for name, relative, number in re.findall(r"(\w+|\[|\])(?:\((x?)([+-]?\d*)\))?", body):
            yield name, min(max(int(number or 0) + (x if relative else 0), 0), 9)

    bodies = dict(line.split(" ->", 1) for line in rules.splitlines())
    text = list(words(bodies["axiom"], 0))
    for _ in range(steps):
        grown = []
        for name, x in text:
            guarded = next((k for k in bodies if k.startswith(f"{name}(x) if")), None)
            if guarded is None:
                grown.append((name, x))
            else:
                grown += words(bodies[guarded if x > int(guarded.split()[-1]) else f"{name}(x)"], x)
        text = grown[:limit]
    return text[:limit]


def naive_melody(text, grid):
    """Sound from the description, as a list of (degree, steps or rest)."""
    lengths, size = durations(grid)
    degree, stack, played, out = len(grid.pitches) // 2, [], [], []

    def play(degree, length):
        top = len(grid.pitches) - 1
        folded = top - abs(degree % (2 * top) - top) if top else 0
        if len(out) < grid.steps:
            played.append((degree, length))
            out.extend([2 + folded] + [1] * (length - 1))

    for name, x in text:
        length = int(lengths[size])
        if name == "note" or (len(name) == 1 and name.isupper()):
            play(degree, length)
        elif name in ("up", "down"):
            degree += x if name == "up" else -x
        elif name in ("longer", "shorter"):
            size = min(max(size + (1 if name == "longer" else -1), 0), len(lengths) - 1)
        elif name == "rest":
            out.extend([0] * length)
        elif name == "echo" and x and played:
            again = played[-x:]
            move = degree - again[0][0]
            for before, lasted in again:
                if len(out) < grid.steps:
                    degree = before + move
                    play(degree, lasted)
        elif name == "[" and len(stack) < 64:
            stack.append((degree, size))
        elif name == "]" and stack:
            degree, size = stack.pop()
    return (out + [0] * grid.steps)[: grid.steps]


@pytest.mark.parametrize(("seed", "metre"), list(enumerate([(4, 4), (3, 2), (2, 6), (5, 1)])))
def test_growth_and_sound_equal_their_naive_twins(seed, metre):
    rng = np.random.default_rng(seed)
    grid = em.Grid(bars=3, beats=metre[0], steps_per_beat=metre[1], low=57, high=57 + 9 * seed)
    grammar, task = Grammar(steps=4, limit=150), em.Task(grid, em.Reward())
    genomes = grammar.sample(task, rng, 60)
    for _ in range(4):
        genomes = grammar.vary(task, genomes, rng)
    melodies = grammar.decode(task, genomes)
    for i in range(60):
        text = naive_text(grammar.text(genomes, i), 4, 150)
        assert [w.split("(")[0] for w in grammar.develop(genomes, i)[-1].split()] == [name for name, _ in text]
        assert melodies[i].tolist() == naive_melody(text, task.grid)
    assert len(np.unique(melodies, axis=0)) > 15


def test_genomes_of_garbage_grow_melodies():
    rng = np.random.default_rng(0)
    grammar = Grammar()
    shape = (60, 9, 8)
    genomes = Genomes(
        rng.integers(0, 256, shape, np.uint8),
        rng.integers(-128, 128, shape, np.int8),
        rng.integers(0, 256, shape, np.uint8),
        rng.integers(-128, 128, (60, 4), np.int8),
    )
    assert grammar.decode(ANY, genomes).max() < ANY.grid.tokens
    assert grammar.decode(ANY, grammar.vary(ANY, genomes, rng)).max() < ANY.grid.tokens
    assert all(len(text.split()) <= 512 for text in grammar.develop(genomes, 7))


def equal(left, right):
    return all((a == b).all() for a, b in zip(left, right, strict=True))


def test_rules_come_back_from_their_text_after_any_variation():
    grammar, rng = Grammar(letters=3, width=5, mutation_rate=1), np.random.default_rng(1)
    genomes = grammar.sample(TASK, rng, 100)
    for _ in range(20):
        genomes = grammar.vary(TASK, genomes, rng)
    assert equal(genomes, grammar.parse(*(grammar.text(genomes, i) for i in range(100))))


def test_text_of_rules_is_readable():
    rules = "axiom -> A(4) [ note ]\nA(x) if x > 2 -> note up(x) A(x-1)\nA(x) -> echo(x+2) rest"
    grammar = Grammar(letters=1)
    assert grammar.text(grammar.parse(rules)) == rules


def test_first_symbols_are_drawn_by_their_odds():
    grammar = Grammar(letters=2, width=6)
    genomes = grammar.sample(TASK, np.random.default_rng(2), 3000)
    drawn = genomes.symbols[:, :-1]
    counts = np.bincount(np.minimum(drawn[drawn > 0], LETTER), minlength=LETTER + 1)[1:]
    odds = np.diff(grammar_operators.ODDS, prepend=0)
    assert chisquare(counts, odds / odds.sum() * counts.sum()).pvalue > ALARM
    lengths = (genomes.symbols > 0).sum(axis=2)
    assert chisquare(np.bincount(lengths[:, :-1].ravel(), minlength=7)[1:]).pvalue > ALARM
    assert (genomes.symbols[:, -1, 0] >= LETTER).all()
    assert (genomes.relative[:, -1] == 0).all()
    assert chisquare(np.bincount(genomes.guards.ravel(), minlength=10)).pvalue > ALARM


def varied(text, kind=None, n=2000, other=None):
    """Texts of offspring: mutated by one kind, or crossed with another text."""
    rates = {"crossover_rate": float(kind is None), "mutation_rate": float(kind is not None)}
    grammar = Grammar(letters=1, width=4, mutations=kind or "symbol", **rates)
    parents = grammar.parse(*([text, other or text] * (n // 2)))
    children = grammar.vary(TASK, parents, np.random.default_rng(3))
    return [grammar.text(children, i) for i in range(n)]


BASE = "axiom -> note rest\nA(x) if x > 3 -> up(2) longer note\nA(x) -> rest"


def bodies(text):
    return [line.split(" ->")[1].split() for line in text.splitlines()]


def test_each_mutation_does_what_its_name_says():
    before = bodies(BASE)
    for text in varied(BASE, "delete"):
        assert sum(map(len, bodies(text))) == 5
    for text in varied(BASE, "insert"):
        assert sum(map(len, bodies(text))) == 7
    for text in varied(BASE, "symbol"):
        assert list(map(len, bodies(text))) == [2, 3, 1]
        assert sum(a != b for x, y in zip(bodies(text), before, strict=True) for a, b in zip(x, y, strict=True)) <= 1
    for text in varied(BASE, "exchange"):
        assert [sorted(b) for b in bodies(text)] == [sorted(b) for b in before]
    assert {tuple(map(tuple, bodies(t)))[1] for t in varied(BASE, "argument")} >= {("up(4)", "longer", "note")}
    guards = [int(re.search(r"> (\d)", text)[1]) for text in varied(BASE, "guard")]
    assert chisquare(np.bincount(guards, minlength=10)).pvalue > ALARM
    copies = set(varied(BASE, "copy"))
    assert copies == {
        BASE,
        BASE.replace("-> up(2) longer note", "-> rest"),
        BASE.replace("A(x) -> rest", "A(x) -> up(2) longer note"),
    }


def test_full_body_takes_no_further_symbol():
    full = "axiom -> note note note note\nA(x) if x > 3 -> note note note note\nA(x) -> note note note note"
    assert set(varied(full, "insert")) == {full}


def test_crossover_exchanges_rules_or_ends_of_a_body_half_the_time_each():
    left = "axiom -> note note note note\nA(x) if x > 1 -> note note note note\nA(x) -> note note note note"
    right = left.replace("note", "rest").replace("x > 1", "x > 8")
    children = varied(left, other=right, n=4000)
    pairs = list(zip(children[::2], children[1::2], strict=True))
    mixed = [any(len(set(b)) > 1 or len(b) != 4 for b in bodies(x) + bodies(y)) for x, y in pairs]
    # ends: of 25 pairs of cuts 3 leave whole bodies: (0, 0), (4, 4), and (0, 4), where one takes nothing and one both
    assert binomtest(sum(mixed), len(pairs), 0.5 * 22 / 25).pvalue > ALARM
    whole = [(x, y) for (x, y), m in zip(pairs, mixed, strict=True) if not m]
    assert len({x for x, _ in whole}) == 6  # letter and axiom from either side: 4; and one body alone: 2 more by ends


def test_longest_bodies_are_cut_to_their_width():
    left = "axiom -> note note note note\nA(x) if x > 1 -> note note note note\nA(x) -> note note note note"
    assert max(len(b) for text in varied(left, other=left.replace("note", "rest")) for b in bodies(text)) == 4


def test_grammar_grows_a_planted_melody():
    """Scale up in beats, four notes: reached from random rules; a known answer for a loop with this encoding."""
    target = GRAMMAR.decode(TASK, GRAMMAR.parse("axiom -> note up(1) note up(1) note up(1) note"))[0]
    rules = {em.rules.IntervalSize(): 1.0, em.rules.RepetitionLimit(): 1.0}
    task = em.Task(GRID, em.Reward(rules))
    grammar = Grammar(letters=2, steps=3)
    record = em.run(em.GA(population=100, encoding=grammar), task, steps=80_000, seed=0)
    assert record.best_return >= task.evaluate(target[None])[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("axiom note", "is no rule"),
        ("A -> note", "is no rule"),
        ("C(x) -> note", "beyond B, the last"),
        ("A(x) if x > 200 -> note", "guard 200"),
        ("A(x) -> nota", "did you mean 'note'"),
        ("A(x) -> note(2)", "expected 'note' alone"),
        ("A(x) -> up", "expected such as up\\(2\\)"),
        ("A(x) -> up()", "expected such as up\\(2\\)"),
        ("A(x) -> up(y)", "expected such as up\\(2\\)"),
        ("A(x) -> up(999)", "expected such as up\\(2\\)"),
        ("A(x) -> C(1)", "is no symbol"),
        ("A(x) -> " + "note " * 11, "has 11 symbols, expected at most 10"),
    ],
)
def test_texts_that_are_no_rules_are_refused(text, message):
    with pytest.raises(ValueError, match=message):
        GRAMMAR.parse(text)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"letters": 0}, "letters is 0"),
        ({"letters": 27}, "letters is 27, expected a whole number from 1 to 26"),
        ({"steps": -1}, "steps is -1"),
        ({"limit": 10**9}, "limit is 1000000000, expected a whole number from 1 to 65,536"),
        ({"mutations": "inset"}, "did you mean 'insert'"),
        ({"mutation_rate": 3}, "mutation_rate is 3"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        Grammar(**parameters)


def test_melodies_are_not_turned_back():
    with pytest.raises(ValueError, match="cannot turn melodies back"):
        GRAMMAR.encode(TASK, np.zeros((1, 8), np.uint8))
