"""PolicyTable and PolicyWeights on tasks: contracts, naive twins, rollouts by hand, operators by their distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, chisquare, kstest

import evomusic as em
from evomusic.encodings.policy.rollout import write_melodies
from evomusic.encodings.policy.scene import task_scene
from evomusic.encodings.policy.table import PolicyTable
from evomusic.encodings.policy.weights import PolicyWeights
from evomusic.testing import check_encoding, check_method
from tests import random_tasks

ALARM = 1e-4
TASK = random_tasks.task(np.random.default_rng(0), em.Grid(bars=2, beats=3, steps_per_beat=2, low=60, high=67))
ONE_STEP = random_tasks.task(np.random.default_rng(2), em.Grid(bars=1, beats=1, steps_per_beat=1, high=60))
LINE = em.Task(em.Grid(bars=2, beats=2, steps_per_beat=2, low=60, high=64), em.Reward())  # 8 steps, 7 tokens
AFTER = em.View.named("short").__class__(
    observers=em.View.named("short").observers, clock=False
)  # the last pitch alone
VIEWS = {
    "blind": "blind",
    "short": "short",
    "last pitch": AFTER,
    "rules": em.View(observers=(em.rules.LeapRecovery(), em.rules.UniqueClimax())),
    "nothing": em.View(clock=False),
}
KINDS = {
    "table": PolicyTable,
    "linear": PolicyWeights,
    "hidden": lambda view: PolicyWeights(view=view, hidden=3),
    "recurrent": lambda view: PolicyWeights(view=view, hidden=4, recurrent=True),
}


@pytest.mark.parametrize("task", [TASK, ONE_STEP], ids=["small", "one-step"])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("kind", KINDS)
def test_policies_keep_the_contract_of_encodings(kind, view, task):
    check_encoding(KINDS[kind](view=VIEWS[view]), task)


@pytest.mark.parametrize("kind", KINDS)
def test_evolved_policies_keep_the_contract_of_methods(kind):
    check_method(em.GA(population=10, encoding=KINDS[kind](view="short")), TASK)


@pytest.mark.parametrize("kind", ["table", "hidden", "recurrent"])
def test_compiled_rollout_equals_its_plain_python_twin(kind):
    encoding = KINDS[kind](view="short")
    genomes = encoding.sample(TASK, np.random.default_rng(3), 5)
    policies, room = encoding.policies(TASK, genomes)
    plain = np.empty((5, TASK.grid.steps), np.uint8)
    write_melodies.py_func(policies, task_scene(TASK, em.View.named("short")).model, room, plain)
    assert (encoding.decode(TASK, genomes) == plain).all()


def test_table_of_the_clock_alone_is_its_melody():
    encoding = PolicyTable(view="blind")
    genomes = encoding.sample(LINE, np.random.default_rng(0), 20)
    assert genomes.shape == (20, 8)
    assert (encoding.decode(LINE, genomes) == genomes).all()


def test_table_of_nothing_says_one_thing_for_ever():
    melodies = PolicyTable(view=em.View(clock=False)).decode(LINE, np.array([[4], [1]], np.uint8))
    assert melodies.tolist() == [[4] * 8, [1] * 8]


def test_an_observer_with_nothing_to_remember_has_no_features():
    class Forgetful:
        start = hears = ()

        def read(self, memory, event, slot):
            return (), 0.0

    view = em.View(observers=(Forgetful(),))
    task = em.make("tiny")
    assert [name for name, _ in task_scene(task, view).seen] == [n for n, _ in task_scene(task, em.View()).seen]


def test_table_of_the_last_pitch_rolls_out_as_by_hand():
    """Memories are numbered as they are met: nothing, then 60 to 64. First 60, then 62, 64, 61, 60, and so on."""
    table = np.array([[2, 4, 2, 6, 0, 3]], np.uint8)  # 60 -> 62, 61 -> 60, 62 -> 64, 63 -> rest, 64 -> 61
    assert PolicyTable(view=AFTER).decode(LINE, table).tolist() == [[2, 4, 6, 3, 2, 4, 6, 3]]


def test_rest_and_hold_leave_the_last_pitch_what_it_was():
    table = np.array([[5, 0, 0, 0, 1, 0]], np.uint8)  # after 63: hold, for ever
    assert PolicyTable(view=AFTER).decode(LINE, table).tolist() == [[5, 1, 1, 1, 1, 1, 1, 1]]


def test_tables_of_garbage_are_melodies():
    genomes = np.random.default_rng(0).integers(0, 256, (30, 8 * 6), np.uint8)
    assert PolicyTable().decode(LINE, genomes).max() < LINE.grid.tokens


@pytest.mark.parametrize("garbage", [np.nan, np.inf, -np.inf, 1e308, 0.0])
@pytest.mark.parametrize("kind", ["linear", "hidden", "recurrent"])
def test_weights_of_garbage_are_melodies(kind, garbage):
    encoding = KINDS[kind](view="short")
    genomes = np.full((3, encoding.size(LINE)), garbage)
    genomes[1, ::2], genomes[2, 1::3] = 0.5, -garbage
    assert encoding.decode(LINE, genomes).max() < LINE.grid.tokens


def test_melodies_come_back_from_tables_with_the_clock_and_are_refused_without():
    melodies = np.random.default_rng(0).integers(0, 7, (40, 8), np.uint8)
    encoding = PolicyTable(view="pair")
    assert (encoding.decode(LINE, encoding.encode(LINE, melodies)) == melodies).all()
    with pytest.raises(ValueError, match="has no clock"):
        PolicyTable(view=AFTER).encode(LINE, melodies)
    with pytest.raises(ValueError, match="cannot turn melodies back"):
        PolicyWeights().encode(LINE, melodies)


def network_melody(weights, grid, hidden, recurrent):
    """The short view's network written from its description: dense one-hot inputs, matrices, argmax."""
    inputs = 1 + (1 + len(grid.pitches)) + grid.steps_per_bar + grid.bars
    layers = hidden or grid.tokens
    first = weights[: inputs * layers].reshape(inputs, layers)
    rest = weights[inputs * layers :]
    back = rest[: hidden * hidden].reshape(hidden, hidden) if recurrent else np.zeros((hidden, hidden))
    second = rest[hidden * hidden if recurrent else 0 :].reshape(-1, grid.tokens)
    last, state, melody = 0, np.zeros(hidden), []
    for t in range(grid.steps):
        x = np.zeros(inputs)
        x[[0, 1 + last]] = 1
        x[2 + len(grid.pitches) + t % grid.steps_per_bar] = 1
        x[2 + len(grid.pitches) + grid.steps_per_bar + t // grid.steps_per_bar] = 1
        if hidden:
            state = np.tanh(x @ first + state @ back)
            melody.append(int((state @ second[:-1] + second[-1]).argmax()))
        else:
            melody.append(int((x @ first).argmax()))
        last = melody[-1] - 1 if melody[-1] >= 2 else last
    return melody


@pytest.mark.parametrize(("hidden", "recurrent"), [(0, False), (5, False), (5, True)])
def test_networks_write_what_their_naive_twin_writes(hidden, recurrent):
    encoding = PolicyWeights(hidden=hidden, recurrent=recurrent)
    genomes = encoding.sample(TASK, np.random.default_rng(1), 60)
    twins = [network_melody(w, TASK.grid, hidden, recurrent) for w in genomes]
    assert encoding.decode(TASK, genomes).tolist() == twins
    assert len(np.unique(twins, axis=0)) > 50


def test_recurrent_network_tells_apart_what_the_view_does_not():
    """One that sees nothing: without memory it repeats one token, with memory its melodies vary."""
    nothing = em.View(clock=False)
    plain, recurrent = PolicyWeights(view=nothing, hidden=4), PolicyWeights(view=nothing, hidden=4, recurrent=True)
    rng = np.random.default_rng(0)
    assert (np.ptp(plain.decode(TASK, plain.sample(TASK, rng, 50)), axis=1) == 0).all()
    assert (np.ptp(recurrent.decode(TASK, recurrent.sample(TASK, rng, 50)), axis=1) > 0).sum() > 10


@pytest.mark.parametrize("rate", [0.02, 0.6])
def test_actions_are_drawn_anew_at_the_rate_and_uniformly(rate):
    encoding, n = PolicyTable(view="blind", crossover_rate=0, mutation_rate=rate), 4000
    children = encoding.vary(LINE, np.full((n, 8), 200, np.uint8), np.random.default_rng(4))
    drawn = children != 200
    expected = n * binom.pmf(np.arange(9), 8, rate)
    common = expected > 10
    counts = np.bincount(drawn.sum(axis=1), minlength=9)
    assert (
        chisquare([*counts[common], counts[~common].sum()], [*expected[common], n - expected[common].sum()]).pvalue
        > ALARM
    )
    assert chisquare(drawn.sum(axis=0)).pvalue > ALARM
    assert chisquare(np.bincount(children[drawn], minlength=7)).pvalue > ALARM


def test_default_mutation_draws_one_action_an_episode():
    children = PolicyTable(crossover_rate=0).vary(LINE, np.full((3000, 48), 200, np.uint8), np.random.default_rng(5))
    assert (children != 200).mean() * 8 == pytest.approx(1.0, abs=0.04)


def test_tables_exchange_one_span():
    """Both ends are uniform over 9 cuts: of a span between two, 1 / 9 are empty. Fixed seed, false alarm 1e-4."""
    parents = np.tile(np.array([[0] * 8, [1] * 8], np.uint8), (6000, 1))
    encoding = PolicyTable(view="blind", crossover_rate=1, mutation_rate=0)
    children = encoding.vary(LINE, parents, np.random.default_rng(6)).astype(int)
    assert (children[::2] + children[1::2] == 1).all()
    assert (np.abs(np.diff(np.pad(children[::2], ((0, 0), (1, 1))), axis=1)).sum(axis=1) <= 2).all()
    spans = np.bincount(children[::2].sum(axis=1), minlength=9)
    assert chisquare(spans, 6000 * np.array([9, *(2 * (9 - k) for k in range(1, 9))]) / 81).pvalue > ALARM


def test_weights_are_changed_at_the_rate_by_normal_numbers():
    encoding = PolicyWeights(crossover_rate=0, mutation_rate=0.3, mutation_scale=0.25)
    parents = np.zeros((40, encoding.size(LINE)))
    children = encoding.vary(LINE, parents, np.random.default_rng(7))
    changed = children[children != 0]
    assert len(changed) / children.size == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / children.size))
    assert kstest(changed / 0.25, "norm").pvalue > ALARM


def test_weights_are_exchanged_at_even_odds():
    encoding = PolicyWeights(crossover_rate=1, mutation_rate=0)
    size = encoding.size(LINE)
    parents = np.tile(np.array([[0.0], [1.0]]), (20, size))
    children = encoding.vary(LINE, parents, np.random.default_rng(8))
    assert (children[::2] + children[1::2] == 1).all()
    assert children[::2].mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(20 * size))


def test_evolved_table_reaches_the_optimum_of_a_task_that_its_view_can_see():
    grid = em.Grid(bars=1, beats=4, steps_per_beat=1, low=60, high=64)
    task = em.Task(grid, em.Reward({em.rules.IntervalSize(): 1.0, em.rules.RepetitionLimit(): 0.5}))
    record = em.run(em.GA(population=60, encoding=PolicyTable()), task, steps=40_000, seed=0)
    assert record.best_return == task.optimum().value


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PolicyTable(view="shrt"), "did you mean 'short'"),
        (lambda: PolicyTable(mutation_rate=2), "mutation_rate is 2"),
        (lambda: PolicyWeights(hidden=-1), "hidden is -1"),
        (lambda: PolicyWeights(recurrent=True), "hidden is 0"),
        (lambda: PolicyWeights(scale=0.0), "scale is 0.0"),
        (lambda: PolicyWeights(crossover_rate="often"), "crossover_rate is 'often'"),
    ],
)
def test_parameters_out_of_range_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_views_too_large_for_a_policy_are_refused():
    task = em.make("tune")
    with pytest.raises(ValueError, match="use a view that sees less"):
        PolicyTable(view="markov").sample(task, np.random.default_rng(0), 1)
    with pytest.raises(ValueError, match="expected at most"):
        PolicyWeights(hidden=5000).sample(task, np.random.default_rng(0), 1)
