"""Explicit models seen through observations: checks, beliefs, and the walk of learners."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import evomusic as em
from evomusic._jit import njit
from evomusic.learn.training import train
from evomusic.models.mdp import FiniteMDP
from evomusic.models.pomdp import FinitePOMDP
from evomusic.models.walk import start, step
from evomusic.plan.mdp.evaluation import evaluate_policy
from evomusic.plan.pomdp.belief import successors, update_belief
from evomusic.plan.pomdp.belief_mdp import belief_mdp

FALSE_ALARM = 1e-4  # of each test by chance, with its seed fixed


def sample(seed=0, states=4, actions=2, observations=3, **options):
    """A random model whose rewards depend on everything."""
    rng = np.random.default_rng(seed)
    return FinitePOMDP(
        transitions=rng.dirichlet(np.ones(states), (actions, states)),
        emissions=rng.dirichlet(np.ones(observations), (actions, states)),
        rewards=rng.normal(size=(actions, states, states, observations)),
        start=rng.dirichlet(np.ones(states)),
        discount=0.9,
        **options,
    )


def corridor():
    """Five cells in a row; 0 moves left, 1 right; a step costs 1; the right end ends."""
    p = np.zeros((5, 2, 5))
    for s in range(5):
        p[s, 0, max(s - 1, 0)] = p[s, 1, min(s + 1, 4)] = 1
    return FiniteMDP.from_arrays(p, np.full((5, 2), -1.0), start=0, terminal=[4])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"transitions": np.ones((2, 4, 3))}, r"transitions has shape \(2, 4, 3\), expected \(A, S, S\)"),
        ({"emissions": np.ones((2, 3, 3))}, r"emissions has shape \(2, 3, 3\), expected \(2, 4, O\)"),
        ({"rewards": np.ones((2, 4, 3))}, r"rewards has shape \(2, 4, 3\), expected \(2, 4\)"),
        ({"rewards": np.full((2, 4), np.inf)}, "rewards has a number that is not finite"),
        ({"start": [1, 1, 0, 0]}, r"start sums to 2\.0, expected 4 numbers"),
        ({"discount": 1.1}, r"discount is 1\.1, expected a number from 0 to 1"),
        ({"state_names": ["a", "b", "a", "c"]}, "state_names has 3 different names, expected 4"),
        ({"first": np.ones((4, 3))}, "first in state '0' is no distribution"),
        ({"first": np.ones((3, 3))}, r"first has shape \(3, 3\), expected \(4, 3\)"),
    ],
)
def test_what_does_not_fit_is_refused(changed, message):
    good = sample()
    fields = {name: getattr(good, name) for name in ("transitions", "emissions", "rewards")}
    with pytest.raises(ValueError, match=message):
        FinitePOMDP(**{**fields, **changed})


def test_the_callers_arrays_are_not_touched():
    rewards = np.zeros((2, 4))
    good = sample()
    FinitePOMDP(transitions=good.transitions, emissions=good.emissions, rewards=rewards)
    rewards[0, 0] = 1  # would raise if it had been made read-only


def test_a_belief_follows_bayes_rule():
    pomdp, belief = sample(), np.array([0.1, 0.2, 0.3, 0.4])
    found = update_belief(pomdp, belief, 1, 2)
    joint = [
        sum(belief[s] * pomdp.transitions[1, s, s2] for s in range(4)) * pomdp.emissions[1, s2, 2] for s2 in range(4)
    ]
    assert found.probability == pytest.approx(sum(joint), abs=1e-15)
    assert found.belief.tolist() == pytest.approx([x / sum(joint) for x in joint], abs=1e-15)


def test_all_successors_are_the_updates_one_by_one():
    pomdp = sample(1)
    ahead, likely = successors(pomdp, pomdp.belief[None])
    assert likely.sum(axis=2)[0].tolist() == pytest.approx([1, 1], abs=1e-14)
    for a in range(2):
        for o in range(3):
            one = update_belief(pomdp, pomdp.belief, str(a), str(o))
            assert ahead[0, a, o].tolist() == pytest.approx(one.belief.tolist(), abs=1e-15)
            assert likely[0, a, o] == pytest.approx(one.probability, abs=1e-15)


def test_an_impossible_observation_is_refused():
    pomdp = FinitePOMDP.of(corridor(), np.arange(5))
    with pytest.raises(ValueError, match="observation '3' cannot be seen after action '1' from this belief"):
        update_belief(pomdp, np.eye(5)[0], 1, 3)
    with pytest.raises(ValueError, match="observation is 'five', expected a name or 0 to 4"):
        update_belief(pomdp, np.eye(5)[0], 1, "five")


def test_what_is_seen_first_tells_of_the_first_state():
    pomdp = FinitePOMDP.of(corridor().starting([0.5, 0.25, 0.25, 0, 0]), [0, 0, 1, 1, 2])
    found = update_belief(pomdp, pomdp.belief, None, 0)
    assert found.belief.tolist() == pytest.approx([2 / 3, 1 / 3, 0, 0, 0])
    assert found.probability == 0.75
    with pytest.raises(ValueError, match="this model shows nothing before one"):
        update_belief(sample(), sample().belief, None, 0)


def test_an_mdp_keeps_its_rewards_and_its_ends():
    pomdp = FinitePOMDP.of(corridor(), np.zeros(5, int))
    assert pomdp.absorbing.tolist() == [False, False, False, False, True]
    assert pomdp.expected.tolist() == [[-1, -1, -1, -1, 0]] * 2
    assert pomdp.transitions[1, 3].tolist() == [0, 0, 0, 0, 1]


def test_outcomes_that_share_a_next_state_pay_their_mean():
    mdp = FiniteMDP.of({0: {0: [(0.25, 0, 4.0, False), (0.75, 0, 0.0, False)]}}, start=0)
    assert FinitePOMDP.of(mdp, [0]).expected.tolist() == [[1.0]]


def test_an_end_in_a_state_that_goes_on_is_refused():
    mdp = FiniteMDP.of({0: {0: [(0.5, 0, 1.0, True), (0.5, 0, 0.0, False)]}}, start=0)
    with pytest.raises(ValueError, match="ends in state 0, which other episodes go on from"):
        FinitePOMDP.of(mdp, [0])


def test_observations_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"observe has shape \(4,\), expected \(5,\) whole numbers"):
        FinitePOMDP.of(corridor(), [0, 1, 2, 3])


@njit(cache=True)
def walk(model, memory, actions, seen, true, rewards, ends, rng):
    s = start(model, memory, rng)
    for i in range(len(actions)):
        seen[i], true[i] = s, memory[0]
        s, rewards[i], ends[i] = step(model, memory, s, actions[i], rng)
        if ends[i]:
            s = start(model, memory, rng)


def walked(kernel, pomdp, count, seed=0):
    rng = np.random.default_rng(seed)
    actions = rng.integers(0, pomdp.actions, count)
    out = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count), np.zeros(count, np.bool_)
    kernel(pomdp.walk, np.zeros(pomdp.memory_size, np.int64), actions, *out, rng)
    return actions, *out


@pytest.mark.parametrize("model", [sample(), FinitePOMDP.of(corridor(), np.arange(5))], ids=["random", "corridor"])
def test_the_compiled_walk_equals_its_plain_python_twin(model):
    for compiled, plain in zip(walked(walk, model, 500), walked(walk.py_func, model, 500), strict=True):
        assert compiled.tolist() == plain.tolist()


def test_a_walk_is_drawn_from_the_model():
    pomdp = sample(2)
    actions, seen, true, rewards, ends = walked(walk, pomdp, 40_000)
    assert seen[0] == pomdp.observations
    assert not ends.any()
    now, ahead, shows = true[:-1], true[1:], seen[1:]
    assert rewards[:-1].tolist() == pomdp.rewards[actions[:-1], now, ahead, shows].tolist()
    joint = pomdp.transitions[:, :, :, None] * pomdp.emissions[:, None, :, :]  # (A, S, S, O)
    found = np.zeros(joint.shape)
    np.add.at(found, (actions[:-1], now, ahead, shows), 1)
    wanted = found.sum(axis=(2, 3), keepdims=True) * joint
    freedom = 2 * 4 * (4 * 3 - 1)
    assert ((found - wanted) ** 2 / wanted).sum() < stats.chi2.isf(FALSE_ALARM, freedom)


def test_a_walk_begins_in_the_start_and_shows_it_where_it_is_seen():
    pomdp = FinitePOMDP.of(corridor().starting([0.5, 0.3, 0.2, 0, 0]), [[1, 0], [0.5, 0.5], [0, 1], [0, 1], [0, 1]])
    memory, rng = np.zeros(1, np.int64), np.random.default_rng(5)
    visits = np.zeros((5, 2))
    for _ in range(4000):
        o = start(pomdp.walk, memory, rng)
        visits[memory[0], o] += 1
    wanted = 4000 * np.array([0.5, 0.15, 0.15, 0.2])
    assert visits.sum() == visits[0, 0] + visits[1, 0] + visits[1, 1] + visits[2, 1]
    found = np.array([visits[0, 0], visits[1, 0], visits[1, 1], visits[2, 1]])
    assert ((found - wanted) ** 2 / wanted).sum() < stats.chi2.isf(FALSE_ALARM, 3)


def test_a_learner_that_sees_the_state_learns_as_on_the_mdp():
    pomdp = FinitePOMDP.of(corridor(), np.arange(5))
    learner = em.QLearning(alpha=1.0, gamma=1.0, epsilon=0.5)
    seen = train(learner, pomdp, steps=3000, seed=1)
    assert seen.q[:4].tolist() == train(learner, corridor(), steps=3000, seed=1).q[:4].tolist()
    assert seen.q[:4, 1].tolist() == [-4, -3, -2, -1]


def test_a_learner_that_sees_nothing_still_finds_the_best_single_action():
    blind = train(em.QLearning(alpha=0.1, gamma=0.9), FinitePOMDP.of(corridor(), np.zeros(5, int)), steps=5000, seed=1)
    assert blind.policy[0] == 1


def test_beliefs_are_the_states_of_an_mdp():
    pomdp = FinitePOMDP.of(corridor().starting([0.5, 0.5, 0, 0, 0]), [0, 0, 0, 1, 2])
    mdp, beliefs = belief_mdp(pomdp)
    assert mdp.start.tolist() == [1] + [0] * (mdp.states - 1)
    assert beliefs[0].tolist() == [0.5, 0.5, 0, 0, 0]
    assert evaluate_policy(mdp, np.ones(mdp.states, int))[0] == pytest.approx(-3.5, abs=1e-12)  # four steps or three
    learnt = train(em.QLearning(alpha=0.02, gamma=1.0, epsilon=0.5), mdp, steps=50_000, seed=2)
    assert learnt.policy[0] == 1
    assert beliefs[mdp.terminal].tolist() == [[0, 0, 0, 0, 1]]


def test_beliefs_without_end_are_refused():
    with pytest.raises(ValueError, match="more than 50 beliefs can follow"):
        belief_mdp(sample(), limit=50)
