"""PolicyTree: contracts, a naive evaluator, preferences by hand, limits and distributions of operators, text."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare

import evomusic as em
from evomusic.encodings.policy import programs as policy_programs
from evomusic.encodings.policy.machine import ARITY, CONSTANT, FIRST_TERM, FUNCTIONS, PAD
from evomusic.encodings.policy.rollout import write_melodies
from evomusic.encodings.policy.scene import task_scene
from evomusic.encodings.policy.tree import PolicyTree, Programs
from evomusic.testing import check_encoding, check_method
from tests import random_tasks

ALARM = 1e-4
GRID = em.Grid(bars=2, beats=3, steps_per_beat=2, low=60, high=72, chords=("C", "G7"), phrase_bars=1)
TASK = random_tasks.task(np.random.default_rng(0), GRID)
ONE_STEP = random_tasks.task(np.random.default_rng(2), em.Grid(bars=1, beats=1, steps_per_beat=1, high=60))
VIEWS = {
    "blind": "blind",
    "short": "short",
    "pair": "pair",
    "rules": em.View(observers=(em.rules.LeapRecovery(), em.rules.UniqueClimax())),
    "nothing": em.View(clock=False),
}
PAIR = PolicyTree(view="pair", key="C major")


@pytest.mark.parametrize("task", [TASK, ONE_STEP], ids=["small", "one-step"])
@pytest.mark.parametrize("view", VIEWS)
def test_trees_keep_the_contract_of_encodings(view, task):
    check_encoding(PolicyTree(view=VIEWS[view]), task)


def test_evolved_trees_keep_the_contract_of_methods():
    check_method(em.GA(population=10, encoding=PolicyTree()), TASK)


def melody(text, encoding=PAIR, task=TASK):
    return encoding.decode(task, encoding.parse(task, [text]))[0].tolist()


def test_least_preferred_are_never_written_and_of_equals_the_first_is():
    assert melody("hold") == [1] * 12
    assert melody("rest") == [0] * 12
    assert melody("0.5") == [0] * 12
    assert melody("note") == [2] * 12
    assert melody("height") == [14] * 12


def test_walks_by_hand():
    """A step up wherever there is a pitch before: a chromatic scale."""
    climb = "(if (less 0 interval) (sub note (mul 0.1 interval)) (mul 0.5 repeat))"
    assert melody(climb) == [0] * 12  # nothing was sung yet: no interval, no repeat; the rest stays for ever
    start = f"(add {climb} (mul 0.01 note))"
    assert melody(start) == [*range(2, 14)]


def test_on_the_beat_a_note_and_a_hold_off_it():
    assert melody("(if beat (mul note (add 1 height)) hold)") == [14, 1] * 6


def test_chord_tones_follow_the_bars_and_the_key_its_scale():
    assert set(melody("(sub chord_tone height)")[:6]) == {2}  # C4 in C
    assert set(melody("(sub chord_tone height)")[6:]) == {4}  # D4 is the lowest of G7
    assert set(melody("(add in_key height)")) == {14}
    assert melody("(min tonic (sub 1 height))") == [2] * 12


def test_leaves_that_the_view_does_not_see_are_not_there():
    with pytest.raises(ValueError, match="'interval' is not a number or a leaf"):
        PolicyTree(view="blind").parse(TASK, ["interval"])
    with pytest.raises(ValueError, match="'position' is not a number or a leaf"):
        PolicyTree(view=VIEWS["nothing"]).parse(TASK, ["position"])
    with pytest.raises(ValueError, match="'in_key' is not a number or a leaf"):
        PolicyTree().parse(TASK, ["in_key"])


def naive_preference(words, slot, t, pitches, token):
    """The value of a tree's words, read from the left, by the meaning of each name; words are used up."""
    word = words.pop(0)
    if word == "(":
        name, operands = words.pop(0), []
        while words[0] != ")":
            operands.append(naive_preference(words, slot, t, pitches, token))
        words.pop(0)
        u, v, w = (*operands, 0.0, 0.0)[:3]
        return {
            "add": lambda: u + v,
            "sub": lambda: u - v,
            "mul": lambda: min(max(u * v, -1e9), 1e9),
            "min": lambda: min(u, v),
            "max": lambda: max(u, v),
            "neg": lambda: -u,
            "abs": lambda: abs(u),
            "less": lambda: float(u < v),
            "if": lambda: v if u > 0 else w,
        }[name]()
    note = token >= 2
    pitch = GRID.pitches[token - 2] if note else None
    before = pitches[-2:] if word.endswith("2") else pitches[-1:]
    last = before[0] if len(before) == (2 if word.endswith("2") else 1) else None
    both = note and last is not None
    meanings = {
        "progress": t / 12,
        "position": slot.position / 6,
        "phrase": slot.position / 6,
        "strength": slot.strength / 3,
        "beat": slot.on_beat,
        "closing": True,
        "rest": token == 0,
        "hold": token == 1,
        "note": note,
        "height": (pitch - 60) / 12 if note else 0,
        "interval": pitch - last if both else 0,
        "repeat": both and pitch == last,
        "step": both and 1 <= abs(pitch - last) <= 2,
        "leap": both and abs(pitch - last) >= 3,
        "chord_tone": note and pitch % 12 in slot.chord,
        "in_key": note and pitch % 12 in (0, 2, 4, 5, 7, 9, 11),
        "tonic": note and pitch % 12 == 0,
    }
    key = word.rstrip("2")
    return float(meanings[key]) if key in meanings else float(word)


def naive_melody(text):
    pitches, written = [], []
    for t in range(12):
        words = text.replace("(", "( ").replace(")", " )").split()
        values = [naive_preference(list(words), GRID.slot(t), t, pitches, token) for token in range(GRID.tokens)]
        token = int(np.argmax(values))
        written.append(token)
        pitches += [GRID.pitches[token - 2]] if token >= 2 else []
    return written


def test_trees_write_what_their_naive_twin_writes():
    rng = np.random.default_rng(5)
    genomes = PAIR.sample(TASK, rng, 300)
    for _ in range(5):
        genomes = PAIR.vary(TASK, genomes, rng)
    twins = [naive_melody(text) for text in PAIR.text(TASK, genomes)]
    assert PAIR.decode(TASK, genomes).tolist() == twins
    assert len(np.unique(twins, axis=0)) > 20


def test_compiled_machine_equals_its_plain_python_twin():
    genomes = PAIR.sample(TASK, np.random.default_rng(3), 6)
    policies, room = PAIR.policies(TASK, genomes)
    plain = np.empty((6, 12), np.uint8)
    write_melodies.py_func(policies, task_scene(TASK, em.View.named("pair")).model, room, plain)
    assert (PAIR.decode(TASK, genomes) == plain).all()


def test_trees_of_garbage_are_melodies_and_varying_them_stays_within_the_row():
    rng = np.random.default_rng(0)
    genomes = Programs(rng.integers(0, 256, (60, 48), np.uint8), rng.normal(size=(60, 48)) * 1e300)
    genomes.value[:10] = np.inf
    assert PAIR.decode(TASK, genomes).max() < GRID.tokens
    assert len(PAIR.text(TASK, genomes)) == 60


def test_operator_without_its_operands_is_nothing():
    code = np.full((1, 48), PAD, np.uint8)
    assert PAIR.decode(TASK, Programs(code.copy(), np.zeros((1, 48))))[0].tolist() == [0] * 12
    code[0, 0] = FUNCTIONS.index("add")
    assert PAIR.decode(TASK, Programs(code, np.zeros((1, 48))))[0].tolist() == [0] * 12


def depth(text):
    return max(text[: i + 1].count("(") - text[: i + 1].count(")") for i in range(len(text)))


@pytest.mark.parametrize(("size", "deepest"), [(1, 0), (5, 1), (12, 3), (48, 10)])
def test_operators_keep_the_limits(size, deepest):
    encoding = PolicyTree(view="pair", size=size, depth=deepest, first_depth=min(3, deepest), mutation_rate=1)
    rng = np.random.default_rng(6)
    genomes = encoding.sample(TASK, rng, 100)
    for _ in range(30):
        genomes = encoding.vary(TASK, genomes, rng)
    texts = encoding.text(TASK, genomes)
    assert genomes.code.shape == (100, size)
    assert max(map(depth, texts)) <= deepest
    again = encoding.parse(TASK, texts)  # refuses what is too large
    assert (again.code == genomes.code).all()
    assert (again.value == genomes.value).all()


def test_first_trees_are_half_full_and_half_grown_at_each_depth():
    encoding = PolicyTree(view="pair", size=1000, first_depth=4)
    genomes = encoding.sample(TASK, np.random.default_rng(7), 400)
    count = policy_programs.scratch(encoding.size).waiting
    depths = np.array([policy_programs.depth_of(code, policy_programs.length_of(code), count) for code in genomes.code])
    wanted = 1 + (np.arange(400) // 2) % 4
    assert (depths[::2] == wanted[::2]).all()
    assert (depths[1::2] <= wanted[1::2]).all()
    assert (depths[1::2] < wanted[1::2]).any()


def test_leaves_are_constants_one_time_in_five_and_functions_alike():
    genomes = PolicyTree(view="pair", size=200).sample(TASK, np.random.default_rng(8), 3000)
    code = genomes.code[genomes.code != PAD]
    leaves = code[code >= CONSTANT]
    assert binomtest(int((leaves == CONSTANT).sum()), len(leaves), 0.2).pvalue > ALARM
    assert chisquare(np.bincount(code[code < CONSTANT], minlength=9)).pvalue > ALARM
    assert chisquare(np.bincount(leaves[leaves != CONSTANT] - FIRST_TERM)).pvalue > ALARM


def test_crossover_points_are_functions_nine_times_in_ten_and_uniform_among_them():
    code = PAIR.parse(TASK, ["(add (neg rest) (if hold note 2))"]).code[0]
    rng = np.random.default_rng(9)
    counts = np.bincount([policy_programs.point_of(code, 7, rng) for _ in range(20_000)], minlength=7)
    wanted = np.array([0.3, 0.3, 0.025, 0.3, 0.025, 0.025, 0.025]) * 20_000
    assert chisquare(counts, wanted).pvalue > ALARM


def test_crossover_exchanges_two_subtrees():
    parents = PAIR.parse(TASK, ["(add rest hold)", "(neg note)"] * 300)
    encoding = PolicyTree(view="pair", key="C major", crossover_rate=1, mutation_rate=0)
    children = encoding.text(TASK, encoding.vary(TASK, parents, np.random.default_rng(10)))
    pairs = set(zip(children[::2], children[1::2], strict=True))
    assert pairs <= {
        ("(neg note)", "(add rest hold)"),
        ("note", "(neg (add rest hold))"),
        ("(add (neg note) hold)", "rest"),
        ("(add rest (neg note))", "hold"),
        ("(add note hold)", "(neg rest)"),
        ("(add rest note)", "(neg hold)"),
    }
    assert len(pairs) == 6


def changed(kind, text, n=400):
    encoding = PolicyTree(view="pair", key="C major", crossover_rate=0, mutations=kind, mutation_rate=1)
    return set(encoding.text(TASK, encoding.vary(TASK, encoding.parse(TASK, [text] * n), np.random.default_rng(11))))


def test_hoist_leaves_a_part_of_the_tree():
    text = "(add (neg rest) (mul hold note))"
    assert changed("hoist", text) == {text, "(neg rest)", "rest", "(mul hold note)", "hold", "note"}


def test_shrink_puts_a_leaf_in_the_place_of_a_subtree():
    texts = changed("shrink", "(add (neg rest) hold)")
    assert {depth(text) for text in texts} == {0, 1, 2}
    assert any(text.startswith("(add ") and text.count("(") == 1 for text in texts)


def test_point_keeps_the_shape():
    texts = changed("point", "(if (neg rest) hold note)")
    assert {text.split()[0] for text in texts} == {"(if"}
    assert {text.split()[1] for text in texts} == {"(neg", "(abs"}


def test_nudge_changes_a_constant_and_nothing_else():
    texts = changed("nudge", "(add 0.5 4.0)")
    small = {float(t.split()[1]) for t in texts}
    large = {float(t.split()[2][:-1]) for t in texts}
    assert all(("0.5 " in t) or (" 4.0)" in t) for t in texts)
    assert max(abs(x - 0.5) for x in small) < 1 < max(abs(x - 4.0) for x in large) < 6
    assert changed("nudge", "(add rest hold)") == {"(add rest hold)"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(ad rest hold)", "'ad' is not a function.*did you mean 'add'"),
        ("(add rest)", "closed too soon"),
        ("(add rest hold note)", "too many operands"),
        ("rest hold", "too many operands"),
        ("(add rest", "ends too soon"),
        ("", "ends too soon"),
        (")", "closed too soon"),
        ("rset", "did you mean 'rest'"),
        ("nan", "'nan' is not a number"),
        ("(0.5 rest)", "is not a function"),
        ("(neg " * 11 + "rest" + ")" * 11, "expected at most 48, 10 deep"),
        ("(add rest hold", "ends too soon"),
    ],
)
def test_texts_that_are_no_tree_are_refused(text, message):
    with pytest.raises(ValueError, match=message):
        PAIR.parse(TASK, [text])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"size": 0}, "size is 0"),
        ({"depth": 3}, "first_depth is 4, expected a whole number from 0 to 3"),
        ({"key": "G mayor"}, "did you mean 'major'"),
        ({"mutations": "hoits"}, "did you mean 'hoist'"),
        ({"mutation_rate": -0.1}, "mutation_rate is -0.1"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        PolicyTree(**parameters)


def test_arities_are_those_of_the_functions():
    assert len(ARITY) == len(FUNCTIONS) == CONSTANT == FIRST_TERM - 1
