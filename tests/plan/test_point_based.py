"""Bounds at any time: around exact values, in order, and equal to what their definitions say."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

import evomusic as em
from evomusic.models.classics import hallway, rock_sample
from evomusic.models.mdp import FiniteMDP
from evomusic.models.pomdp import FinitePOMDP
from evomusic.models.sparse_pomdp import SparsePOMDP
from evomusic.plan.pomdp import bounds, reach
from evomusic.plan.pomdp.alpha_vectors import blind
from evomusic.plan.pomdp.belief import fast_informed_bound, update_belief
from evomusic.plan.pomdp.belief_mdp import belief_mdp
from evomusic.plan.pomdp.initial import begin
from evomusic.plan.pomdp.point_based import point_based
from evomusic.plan.pomdp.policy_iteration import whole_value
from evomusic.plan.pomdp.search import Search
from evomusic.plan.pomdp.store import BLOCKS, LOG, NODES


def sample(seed, states=3, actions=2, observations=2, discount=0.8):
    """A random model, some of whose rows have zeros."""
    rng = np.random.default_rng(seed)

    def rows(*shape):
        table = rng.dirichlet(np.full(shape[-1], 0.5), shape[:-1]) * (rng.random(shape) < 0.8)
        table[..., 0] += table.sum(axis=-1) == 0
        return table / table.sum(axis=-1, keepdims=True)

    return FinitePOMDP(
        transitions=rows(actions, states, states),
        emissions=rows(actions, states, observations),
        rewards=rng.normal(size=(actions, states)),
        start=rng.dirichlet(np.ones(states)),
        discount=discount,
    )


def searched(model, rounds=10):
    """A search, and the number of the start."""
    search = Search(model, model.discount)
    node = search.enter(model.belief)
    for _ in range(rounds):
        search.advance(node, 1e-9)
    return search, node


def belief_of(store, node):
    """(S,) the belief of a stored node."""
    belief = np.zeros(len(store.corner))
    at = slice(store.first[node], store.first[node] + store.size[node])
    belief[store.place[at]] = store.share[at]
    return belief


def dense_vectors(store):
    """(V, S) alpha vectors, minus infinity beside the states that they were made for."""
    table = np.full((store.used[4], len(store.corner)), -np.inf)
    for e in range(store.used[5]):
        if store.v_owner[e] >= 0:
            table[store.v_owner[e], store.v_place[e]] = store.v_value[e]
    return table


def dense_points(store):
    """Beliefs (I, S) that are points of the upper bound, and how far below the corners they are (I,)."""
    entries = [e for e in range(store.used[LOG]) if store.latest[store.point[e]] == e]
    return np.array([belief_of(store, store.point[e]) for e in entries]), store.below[entries]


def naive_sawtooth(store, points, below, belief):
    """The upper bound of a belief by its definition (Hauskrecht 2000, section 4.5)."""
    ratios = np.divide(belief, points, out=np.full(points.shape, np.inf), where=points > 0)
    return belief @ store.corner + min(0.0, (ratios.min(axis=1) * below).min())


def sides(model, beliefs):
    """Values (N, 2) of beliefs by exact programming: no lower, no higher."""
    whole = whole_value(model, model.discount, 1e-7, blind(model, model.discount), 400)
    return np.array([whole.bounds(belief) for belief in beliefs])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("limit", [0.0, 0.02, 5.0])
def test_bounds_hold_whenever_the_search_ends(seed, limit):
    model = sample(seed)
    found = point_based(model, limit=limit, gap=1e-4)
    beliefs = [model.belief, *np.eye(model.states), np.full(model.states, 1 / model.states)]
    for belief, (least, most) in zip(beliefs, sides(model, beliefs), strict=True):
        lower, upper = found.bounds(belief)
        assert lower <= most + 1e-9
        assert upper >= least - 1e-9
    if limit == 5.0:
        assert found.gap <= 1e-4
        assert found.lower == found.value()


def test_a_trace_rises_below_and_falls_above():
    found = point_based(rock_sample(), limit=60)
    seconds, lower, upper = np.array(found.trace).T
    assert len(seconds) >= 3
    assert (np.diff(seconds) >= 0).all()
    assert (np.diff(lower) >= 0).all()
    assert (np.diff(upper) <= 0).all()
    assert lower[-1] == pytest.approx(17.92, abs=0.01)
    assert found.gap <= 1e-3


def test_the_limit_is_kept():
    compiled = point_based(sample(0), limit=0.1)
    assert compiled.lower <= compiled.upper
    start = time.perf_counter()
    point_based(hallway(), limit=0.5)
    assert time.perf_counter() - start < 5.0  # a step of the search takes milliseconds; the machine may be busy


@pytest.mark.parametrize("seed", range(4))
def test_quick_lookups_equal_their_definitions(seed):
    model = SparsePOMDP.of(sample(seed, states=6, actions=3, observations=3, discount=0.95))
    search, _ = searched(model)
    store = search.store
    assert store.used[BLOCKS] > 20
    vectors, points = dense_vectors(store), dense_points(store)
    for n in store.owner[: store.used[BLOCKS]][::5]:
        belief = belief_of(store, n)
        at = np.flatnonzero(belief).astype(np.int32)
        store.tried[n], store.worth[n], store.asked[n], store.upper[n] = 0, -np.inf, 0, np.inf
        assert search.enter(belief) == n
        assert store.worth[n] == pytest.approx((vectors[:, at] @ belief[at]).max(), abs=1e-9)
        assert store.upper[n] == pytest.approx(naive_sawtooth(store, *points, belief), abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_pruning_and_hanging_change_no_bound_that_holds(seed):
    dense = sample(seed)
    search, node = searched(SparsePOMDP.of(dense), 3)
    store, before = search.store, search.bounds(node)
    keep = np.zeros(search.vectors, np.bool_)
    keep[: dense.actions] = True
    keep[store.vector[node]] = True
    wanted = dense_vectors(store)[keep]
    bounds.prune(store, keep)
    assert dense_vectors(store).tolist() == wanted.tolist()
    bounds.hang(store, store.corner.copy())
    points = [store.point[e] for e in range(store.used[LOG])]
    assert len(set(points)) == len(points)
    assert search.bounds(node) == before
    for _ in range(20):
        search.advance(node, 1e-6)
    least, most = sides(dense, [dense.belief])[0]
    assert search.bounds(node)[0] <= most + 1e-9
    assert search.bounds(node)[1] >= least - 1e-9


def test_beliefs_that_follow_are_those_of_bayes_rule():
    dense = sample(7, states=5, actions=3, observations=4)
    search, node = searched(SparsePOMDP.of(dense), 1)
    store, joint = search.store, np.zeros(dense.observations)
    for a in range(dense.actions):
        joint[:] = 0
        for k in range(reach.look_ahead(store, node, a)):
            likely, at = reach.divided(store, k), slice(store.o_first[k], store.o_first[k + 1])
            belief = np.zeros(dense.states)
            belief[store.o_state[at]] = store.o_share[at]
            wanted = update_belief(dense, dense.belief, a, int(store.o_seen[k]))
            assert belief == pytest.approx(wanted.belief, abs=1e-12)
            assert likely == pytest.approx(wanted.probability, abs=1e-12)
            joint[store.o_seen[k]] = likely
        assert joint.sum() == pytest.approx(1)


def test_bounds_to_begin_with_are_the_fast_informed_one_and_the_blind_ones():
    dense = sample(3, states=6, actions=3, discount=0.9)
    above, below = begin(SparsePOMDP.of(dense), 0.9)
    assert above == pytest.approx(fast_informed_bound(dense).vectors, abs=1e-6)
    assert below == pytest.approx(blind(dense, 0.9).vectors, abs=1e-6)


def test_one_node_a_belief():
    search, _ = searched(SparsePOMDP.of(sample(1, states=4)))
    store = search.store
    beliefs = [np.round(belief_of(store, n), 12) for n in range(store.used[NODES]) if store.first[n] >= 0]
    assert len({(b + 0.0).tobytes() for b in beliefs}) == len(beliefs) > 10


def test_a_rover_among_rocks_is_solved():
    """RockSample with a single rock, by exact programming on dense arrays."""
    model = replace(rock_sample(2, [(1, 1)], start=(0, 0)), discount=0.7)
    found = point_based(model, limit=30, gap=1e-5)
    least, most = sides(model.dense(), [model.belief])[0]
    assert found.gap <= 1e-5
    assert found.lower <= most + 1e-9
    assert found.upper >= least - 1e-9


def test_the_policy_earns_the_lower_bound():
    """Mean discounted return of 4,000 episodes, 5 standard errors: a false alarm in 3 million."""
    model = rock_sample(3, [(1, 0), (2, 2)])
    found, rng, returns = point_based(model, limit=20, gap=1e-2), np.random.default_rng(0), []
    dense = model.dense()
    plan = {}
    for _ in range(4000):
        s, belief, total, past = int(rng.choice(model.states, p=model.start)), dense.belief, 0.0, ()
        for t in range(120):
            if past not in plan:
                plan[past] = found.act(belief), belief
            a, belief = plan[past]
            total += 0.95**t * model.expected[a, s]
            s = int(rng.choice(model.states, p=dense.transitions[a, s]))
            o = int(rng.choice(model.observations, p=dense.emissions[a, s]))
            past = (*past, o)
            if past not in plan:
                belief = update_belief(dense, belief, a, o).belief
            if dense.absorbing[s]:
                break
        returns.append(total)
    assert np.mean(returns) >= found.lower - 5 * np.std(returns) / np.sqrt(len(returns))


def corridor(slip=0.2):
    """Five cells, the last one ends; a step returns -1 and may slip."""

    def step(s, a):
        to = min(max(s + (1 if a else -1), 0), 4)
        return [(1 - slip, to, -1.0, to == 4), (slip, s, -1.0, False)]

    return FiniteMDP.from_functions(range(5), range(2), step, start=1)


@pytest.mark.parametrize("seen", [[0, 0, 0, 0, 1], [0, 0, 1, 1, 2]], ids=["walls unseen", "halves"])
def test_without_discount_values_are_those_of_the_belief_mdp(seen):
    model = FinitePOMDP.of(corridor(0.0).starting([0.5, 0.5, 0, 0, 0]), seen, discount=1.0)
    mdp, beliefs = belief_mdp(model)
    values = em.plan.value_iteration(mdp, 1.0).values
    found = point_based(model, limit=20, gap=1e-6)
    assert found.gap <= 1e-6
    assert found.lower == pytest.approx(values[0], abs=1e-5)
    for n in range(0, len(beliefs), 3):
        lower, upper = found.bounds(beliefs[n])
        assert lower <= values[n] + 1e-9
        assert upper >= values[n] - 1e-9


def test_a_slippery_corridor_ends_without_discount():
    """Each cell takes 1 / .8 steps, so three cells take 3.75."""
    found = point_based(FinitePOMDP.of(corridor(), np.arange(5), discount=1.0), limit=20, gap=1e-6)
    assert (found.lower, found.upper) == pytest.approx((-3.75, -3.75), abs=1e-5)


def test_without_end_a_discount_is_asked_for():
    with pytest.raises(ValueError, match=r"gamma is 1\.0, expected a number from 0 below 1: without end"):
        point_based(sample(0), 1.0)
    trapped = FinitePOMDP(transitions=[np.eye(3)], emissions=[np.ones((3, 1))], rewards=[[0, 1, 1]])
    with pytest.raises(ValueError, match=r"without end.*\(state '?1'? leads to no absorbing state\)"):
        point_based(trapped, 1.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"limit": -1}, "limit is -1, expected a number from 0 to"),
        ({"gap": -0.1}, r"gap is -0\.1, expected a number from 0 up"),
        ({"gamma": 1.2}, r"gamma is 1\.2"),
        ({"beliefs": [[0.5, 0.6, 0.0]]}, r"belief sums to 1\.1"),
    ],
)
def test_what_does_not_fit_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        point_based(sample(0), **options)


def test_two_planners_agree_at_every_corner():
    model = sample(2)
    solved, found = em.plan.solve_pomdp(model, tolerance=1e-5), point_based(model, beliefs=np.eye(3), gap=1e-4)
    for corner in np.eye(3):
        lower, upper = found.bounds(corner)
        assert lower - 1e-5 <= solved.value(corner) <= upper + 1e-5
        assert upper - lower <= 1e-4
