"""Sparse models: the same as dense ones, made by functions and read from files in the memory of what they list."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from evomusic.models.classics import aloha, hallway, hallway2, rock_sample, tag
from evomusic.models.pomdp import FinitePOMDP
from evomusic.models.rows import Rows
from evomusic.models.sparse_pomdp import SparsePOMDP

HEAD = "discount: 0.9\nvalues: cost\nstates: 3\nactions: 2\nobservations: 2\nstart: 0.2 0.3 0.5\n"


def entries(rng):
    """Random entries of every form, stars among them."""
    places = [lambda n: "*" if rng.random() < 0.4 else str(rng.integers(n))] * 4
    a, s, s2, o = (place(n) for place, n in zip(places, (2, 3, 3, 2), strict=True))
    forms = [
        f"T: {a} : {s} 0.2 0.3 0.5",
        f"T: {a} uniform",
        f"T: {a} identity",
        f"T: {a} : {s} reset",
        f"T: {a} : {s} 0.5 0.5 0\nT: {a} : {s} : 2 0.5\nT: {a} : {s} : 0 0",
        f"T: {a}\n1 0 0\n0 1 0\n.5 .25 .25",
        f"O: {a} : {s} 0.25 0.75",
        f"O: {a}\n1 0\n0 1\n.5 .5",
        f"R: {a} : {s} : {s2} : {o} {rng.integers(9)}",
        f"R: {a} : {s} : {s2} {rng.integers(9)} {rng.integers(9)}",
        f"R: {a} : {s} " + " ".join(map(str, rng.integers(9, size=6))),
        f"R: {a} : {s} : * : * {rng.integers(9)}",
    ]
    return forms[rng.integers(len(forms))]


def same(one, two):
    """Whether two dense models are equal, with their expected rewards."""
    return (
        np.array_equal(one.transitions, two.transitions)
        and np.array_equal(one.emissions, two.emissions)
        and np.allclose(one.expected, two.expected, atol=1e-12)
        and np.array_equal(one.start, two.start)
        and one.discount == two.discount
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_text_is_read_alike_as_lists_and_as_arrays(seed):
    rng = np.random.default_rng(seed)
    for _ in range(25):
        text = HEAD + "T: * identity\nO: * uniform\n" + "\n".join(entries(rng) for _ in range(rng.integers(12)))
        assert same(FinitePOMDP.parse(text), SparsePOMDP.parse(text).dense())


@pytest.mark.parametrize("model", [hallway(), hallway2(), aloha(4), rock_sample(3, [(1, 1)])], ids=repr)
def test_text_gives_the_model_back(model):
    again = SparsePOMDP.parse(model.to_text())
    for rows, others in ((model.transitions, again.transitions), (model.emissions, again.emissions)):
        assert rows.first.tolist() == others.first.tolist()
        assert rows.to.tolist() == others.to.tolist()
        assert rows.p == pytest.approx(others.p, abs=1e-15)
    assert again.expected == pytest.approx(model.expected, abs=1e-15)


def test_lists_and_arrays_are_the_same_model():
    model = rock_sample(3, [(1, 1), (0, 2)])
    again = SparsePOMDP.of(model.dense())
    assert again.transitions.p.tolist() == model.transitions.p.tolist()
    assert again.emissions.to.tolist() == model.emissions.to.tolist()
    assert again.absorbing.tolist() == model.absorbing.tolist() == [False] * 36 + [True]


def test_many_states_are_read_in_the_memory_of_the_text():
    size = 20_000  # as dense arrays 3.2 GB an action
    lines = [f"T: 0 : {s} : {(s + 1) % size} 1" for s in range(size)]
    text = f"discount: .9\nvalues: reward\nstates: {size}\nactions: 2\nobservations: 2\nT: 1 identity\nO: * uniform\n"
    tracemalloc.start()
    model = SparsePOMDP.parse(text + "\n".join(lines) + "\nR: 0 : * : 7 : * 1")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6
    assert len(model.transitions.p) == 2 * size
    assert np.argwhere(model.expected).tolist() == [[0, 6]]


def test_what_lists_too_much_is_refused_with_its_line():
    text = "discount: .9\nvalues: reward\nstates: 20000\nactions: 2\nobservations: 2\nT: * uniform"
    with pytest.raises(ValueError, match="line 6: 'T' came, expected entries that list at most 16,777,216 numbers"):
        SparsePOMDP.parse(text)
    with pytest.raises(ValueError, match="line 4: 'O' came, expected at most 16,777,216 pairs of actions and states"):
        SparsePOMDP.parse("discount: 1 states: 100000\nactions: 1000\nobservations: 1\nO: * uniform")
    with pytest.raises(ValueError, match="as dense arrays, expected at most"):
        SparsePOMDP.parse(text.replace("T: * uniform", "T: * identity\nO: * uniform")).dense()


def test_a_row_that_lacks_something_is_named():
    with pytest.raises(ValueError, match="action '1' in state '0' has probabilities of next states with a sum of 0"):
        SparsePOMDP.parse(HEAD + "T: 0 identity\nO: * uniform")


@pytest.mark.parametrize("kind", [FinitePOMDP, SparsePOMDP])
def test_a_text_without_a_discount_takes_the_one_given(kind, tmp_path):
    text = HEAD.partition("\n")[2] + "T: * identity\nO: * uniform\n"
    with pytest.raises(ValueError, match=r"line 6: 'T' came, expected discount and a colon first.*`discount=`"):
        kind.parse(text)
    path = tmp_path / "x.POMDP"
    path.write_text(text)
    assert kind.read(path, discount=0.7).discount == 0.7
    assert kind.parse("discount: .8\n" + text, discount=0.7).discount == 0.8
    with pytest.raises(ValueError, match=r"discount is 1\.5, expected a number from 0 to 1"):
        kind.parse(text, discount=1.5)


def test_names_that_look_like_numbers_come_back():
    model = FinitePOMDP(
        transitions=[[[0, 1], [1, 0]]], emissions=[np.eye(2)], rewards=[[[1, 2], [3, 4]]], state_names=["1", "0"]
    )
    assert same(FinitePOMDP.parse(model.to_text()), model)
    assert FinitePOMDP.parse(model.to_text()).rewards.tolist() == model.rewards.tolist()


def test_rows_add_up_and_leave_zeros_out():
    rows = Rows.of([1, 0, 1, 1], [2, 1, 0, 2], [0.25, 0.0, 0.5, 0.25], 3)
    assert rows.dense((3, 3)).tolist() == [[0, 0, 0], [0.5, 0, 0.5], [0, 0, 0]]
    assert rows.first.tolist() == [0, 0, 2, 2]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (lambda s, a: [(1.0, "nowhere", 0.0)], "state is 'nowhere', expected one of 2 states"),
        (lambda s, a: [(0.5, "left", 0.0)], "action 'go' in state 'left' has probabilities of next states with a sum"),
        (lambda s, a: [("x", "left", 0.0)], "a probability of step.* is 'x'"),
        (lambda s, a: [(1.0, "left")], "expected a list of .probability, next state, reward."),
        (lambda s, a: 1.0, "expected a list of .probability, next state, reward."),
    ],
)
def test_functions_that_do_not_fit_get_one_line(step, message):
    with pytest.raises(ValueError, match=message):
        SparsePOMDP.from_functions(["left", "right"], ["go"], ["see"], step, lambda a, s: [(1.0, "see")], "left")


def test_classic_models_have_their_published_sizes():
    """Pineau et al. 2003 (tag); Smith & Simmons 2004 (rocks); Littman et al. 1995; Cassandra 1998."""
    sizes = [(m.states, m.actions) for m in (tag(), rock_sample(), hallway(), hallway2(), aloha())]
    assert sizes == [(870, 5), (257, 9), (60, 5), (92, 5), (30, 9)]


def test_hallways_have_the_entries_of_the_published_files():
    """Spot checks of Hallway.pomdp and Hallway2.pomdp (Littman, Cassandra & Kaelbling 1995)."""
    one, two = hallway().dense(), hallway2().dense()
    for model, a, s, row in (
        (one, 1, 8, {13: 0.05, 44: 0.025, 46: 0.025, 7: 0.05, 8: 0.85}),
        (one, 1, 10, {13: 0.05, 46: 0.8, 7: 0.05, 10: 0.1}),
        (one, 1, 34, {37: 0.05, 58: 0.8, 31: 0.05, 34: 0.1}),
        (one, 1, 43, {39: 0.8, 43: 0.2}),
        (one, 2, 6, {4: 0.1, 5: 0.1, 6: 0.1, 7: 0.7}),
        (one, 3, 55, {52: 0.15, 53: 0.6, 54: 0.15, 55: 0.1}),
        (one, 4, 40, {40: 0.1, 41: 0.1, 42: 0.1, 43: 0.7}),
        (two, 1, 32, {16: 0.8, 37: 0.05, 48: 0.025, 50: 0.025, 32: 0.1}),
        (two, 1, 67, {48: 0.05, 69: 0.025, 71: 0.025, 90: 0.05, 67: 0.85}),
        (two, 1, 91, {64: 0.05, 87: 0.8, 91: 0.15}),
        (two, 4, 90, {88: 0.1, 89: 0.7, 90: 0.1, 91: 0.1}),
    ):
        assert dict(enumerate(model.transitions[a, s])) == {to: row.get(to, 0.0) for to in range(model.states)}
    assert (one.start[0], one.start[55], one.start[56]) == (0.017865, 0.017857, 0.0)
    assert (two.start[0], two.start[91], two.start[70]) == (0.011419, 0.011363, 0.0)
    for model, goals in ((one, slice(56, 60)), (two, slice(68, 72))):
        assert (model.transitions[:, goals] == model.start).all()
        assert model.expected == pytest.approx(model.transitions[:, :, goals].sum(axis=-1), abs=1e-15)
        assert (model.emissions[:, goals, -1] == 1).all()
    assert [one.emissions[0, s].argmax() for s in (10, 18, 26, 34)] == [16, 17, 18, 19]
    assert [one.emissions[0, s].argmax() for s in range(8)] == [11, 7, 14, 13, 10, 5, 10, 5]
    assert [two.emissions[0, s].argmax() for s in range(24, 36)] == [4, 8, 1, 2, 5, 10, 5, 10, 1, 2, 4, 8]
    assert one.emissions[0, 1, [0, 1, 3, 7, 8, 11, 15]].tolist() == [
        949e-6,
        8549e-6,
        76949e-6,
        0.69255,
        49e-6,
        4049e-6,
        36464e-6,
    ]
    assert two.emissions[0, 91, [0, 1, 3, 7, 12, 15]].tolist() == [
        9024e-6,
        81225e-6,
        0.731024,
        38475e-6,
        24e-6,
        0.00203,
    ]
    assert two.emissions[0, 57, [0, 7, 8, 11, 15]].tolist() == [85737e-6, 12e-6, 0.771637, 2137e-6, 0.00012]


def test_tag_has_the_entries_of_the_published_file():
    """Spot checks of TagAvoid.pomdp, which comes with SARSOP (Kurniawati, Hsu & Lee 2008)."""
    model = tag()
    rows = model.transitions
    for a, s, row in (
        (0, 0, {300: 0.6, 301: 0.2, 310: 0.2}),
        (0, 15, {315: 0.2, 316: 0.4, 320: 0.4}),
        (0, 744, {831: 0.2, 833: 0.2, 834: 0.2, 835: 0.2, 837: 0.2}),
        (0, 837, {834: 1 / 6, 836: 1 / 6, 837: 1 / 2, 838: 1 / 6}),
        (1, 31, {30: 0.2, 31: 0.4, 32: 0.2, 41: 0.2}),
        (3, 710, {705: 0.4, 710: 0.4, 711: 0.2}),
        (3, 865, {832: 0.4, 834: 0.2, 835: 0.4}),
        (4, 31, {59: 1.0}),
        (4, 30, {30: 1.0}),
        (2, 59, {59: 1.0}),
    ):
        at = slice(rows.first[a * 870 + s], rows.first[a * 870 + s + 1])
        assert dict(zip(rows.to[at].tolist(), rows.p[at].tolist(), strict=True)) == pytest.approx(row, abs=1e-15)
    assert model.expected[:, [0, 1, 29]].T.tolist() == [
        [-1, -1, -1, -1, 10],
        [-1, -1, -1, -1, -10],
        [-1, -1, -1, -1, 0],
    ]
    assert model.start.reshape(29, 30)[:, 29].sum() == 0
    assert (
        model.emissions.dense((5, 870, 30)).argmax(axis=-1)[:, [31, 59, 749]] == [[29, 1, 24]] * 4 + [[1, 1, 24]]
    ).all()


def test_rocks_are_seen_and_sampled_as_in_the_published_instances():
    """The instances that ZMDP generates: exp(-distance) for [4,4], half at a distance of 20 for [7,8]."""
    model = rock_sample()
    at, good, bad = (2, 1), (True, True, False, False), (True, False, False, False)
    s, s2 = model.state_names.index((at, good)), model.state_names.index((at, bad))
    right = (1 + np.exp(-(5**0.5))) / 2  # rock 2 lies at (1, 3), and is bad
    seen = model.emissions.dense((9, 257, 2))[:, s]
    assert seen[7] == pytest.approx([right, 1 - right])
    assert seen[6].tolist() == [0.0, 1.0]  # rock 1 lies here, and is good
    assert model.expected[4, [s, s2]].tolist() == [10.0, -10.0]
    corner = model.state_names.index(((0, 3), good))
    assert model.expected[[0, 2, 3, 4], corner].tolist() == [-100.0, 0.0, -100.0, -100.0]
    far = rock_sample(7, half=None, rocks=[(0, 0)], start=(0, 0))
    s = far.state_names.index(((6, 6), (True,)))
    assert far.emissions.dense((6, 99, 2))[5, s, 1] == pytest.approx((1 + 2 ** (-(72**0.5) / 20)) / 2)


def test_aloha_has_the_entries_of_the_published_file():
    """Spot checks of aloha.10.POMDP (Cassandra 1998), which has 6 decimals."""
    model = aloha().dense()
    for a, s, row in (
        (0, 6, {8: 0.40657, 11: 0.365913, 14: 0.164661, 17: 0.049398, 20: 0.011115, 23: 0.002001, 26: 3e-4, 29: 43e-6}),
        (0, 28, {29: 1.0}),
        (1, 25, {22: 0.012705, 24: 0.001588, 25: 0.011435, 26: 0.392276, 27: 0.002318, 28: 0.00711, 29: 0.572568}),
        (1, 29, {25: 0.007147, 27: 0.001953, 28: 0.010431, 29: 0.980469}),
        (8, 26, {22: 0.158458, 24: 0.158458, 25: 0.142612, 26: 0.089653, 27: 0.231286, 28: 0.088674, 29: 0.130858}),
        (8, 27, {25: 0.158458, 27: 0.346439, 28: 0.231286, 29: 0.263816}),
    ):
        there = np.flatnonzero(model.transitions[a, s])
        assert dict(zip(there.tolist(), model.transitions[a, s, there].round(6).tolist(), strict=True)) == row
    assert model.transitions[2, 4, [1, 3, 4, 6, 7, 27]] == pytest.approx(
        [135523e-6, 271046e-6, 121971e-6, 243942e-6, 54887e-6, 3e-6], abs=5e-7
    )
    assert (model.transitions[0, :3] > 0).sum() == 30
    assert (model.transitions[8, 3:6] > 0).sum() == 57
    assert (model.emissions == np.tile(np.eye(3), (10, 1))).all()
    assert model.expected == pytest.approx(np.tile(9.0 - np.arange(30) // 3, (9, 1)))
    assert (model.start[0], model.discount) == (1.0, 0.999)
