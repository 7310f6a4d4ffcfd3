"""Tile coding and semi-gradient Sarsa(lambda), held to naive twins written from the book."""

from __future__ import annotations

import math

import gymnasium
import numpy as np
import pytest

import evomusic as em
from evomusic.learn import LinearSarsa, MountainCar, TileCoding

LOW, HIGH = np.array([-1.2, -0.07]), np.array([0.5, 0.07])


def naive_tiles(state, tilings, tiles):
    """Tiles by name: displaced by whole steps of 1/K of a tile, (1, 3, 5, ...) a tiling (section 9.5.4)."""
    steps = [math.floor((x - a) / (b - a) * tiles * tilings) for x, a, b in zip(state, LOW, HIGH, strict=True)]
    return [(k, *((q + k * (1 + 2 * d)) // tilings for d, q in enumerate(steps))) for k in range(tilings)]


@pytest.mark.parametrize(("tilings", "tiles"), [(1, 8), (4, 3), (8, 8)])
def test_states_share_a_tile_where_naive_tiles_do(tilings, tiles):
    seen = em.learn.Tiled(MountainCar(), TileCoding(tilings=tilings, tiles=tiles))
    states = np.random.default_rng(0).uniform(LOW, HIGH, (2000, 2))
    features = seen.features(states)
    names: dict[tuple[int, ...], int] = {}
    for row, state in zip(features, states, strict=True):
        for feature, name in zip(row.tolist(), naive_tiles(state, tilings, tiles), strict=True):
            assert names.setdefault(name, feature) == feature
    assert len(set(names.values())) == len(names)
    assert features.min() >= 0
    assert features.max() < seen.observed_states


def test_what_lies_beyond_is_clipped():
    seen = em.learn.Tiled(MountainCar(), TileCoding())
    inside = seen.features([[-1.2, 0.07], [0.5, -0.07]])
    assert (seen.features([[-9.0, np.inf], [9.0, -np.inf]]) == inside).all()


def naive_step(x, v, a):
    v = min(max(v + 0.001 * (a - 1) - 0.0025 * math.cos(3 * x), -0.07), 0.07)
    x = min(max(x + v, -1.2), 0.5)
    return x, 0.0 if x == -1.2 else v


def best(values, rng):
    ties = [a for a in range(3) if values[a] == max(values)]
    return ties[int(rng.random() * len(ties))] if len(ties) > 1 else ties[0]


def naive_sarsa(alpha, lam, kind, epsilon, gamma, episodes, seed):
    """The boxes of sections 10.1 and 12.7, with dictionaries for weights and traces; lengths of episodes, weights."""
    rng, w, lengths = np.random.default_rng(seed), dict[tuple[int, ...], float](), []
    step_size = alpha / 8

    def features(x, v, a):
        return [(a, *tile) for tile in naive_tiles((x, v), 8, 8)]

    def q(active):
        return sum((w.get(i, 0.0) for i in active), 0.0)

    def act(x, v):
        explores = rng.random() < epsilon
        return int(rng.random() * 3) if explores else best([q(features(x, v, a)) for a in range(3)], rng)

    for _ in range(episodes):
        x, v, z, old, n = -0.6 + 0.2 * rng.random(), 0.0, {}, 0.0, 0
        a = act(x, v)
        while True:
            active = features(x, v, a)
            x, v = naive_step(x, v, a)
            n += 1
            now, later = q(active), 0.0
            if x < 0.5:
                a = act(x, v)
                later = q(features(x, v, a))
            error = -1.0 + gamma * later - now
            overlap = sum(z.get(i, 0.0) for i in active)
            for i in active:
                if kind == "replacing":
                    z[i] = 1.0
                elif kind == "accumulating":
                    z[i] = z.get(i, 0.0) + 1.0
                else:
                    z[i] = z.get(i, 0.0) + 1.0 - step_size * overlap
            drift = now - old if kind == "dutch" else 0.0
            for i, trace in z.items():
                w[i] = w.get(i, 0.0) + step_size * (error + drift) * trace
            if kind == "dutch":
                for i in active:
                    w[i] -= step_size * drift
            old = later
            z = {i: trace * gamma * lam for i, trace in z.items() if trace * gamma * lam > 0}
            if x >= 0.5:
                break
        lengths.append(n)
    return lengths, w


@pytest.mark.parametrize(
    ("kind", "lam", "epsilon"),
    [("replacing", 0.0, 0.1), ("replacing", 0.9, 0.0), ("accumulating", 0.5, 0.0), ("dutch", 0.9, 0.0)],
)
def test_episodes_are_those_of_a_naive_twin(kind, lam, epsilon):
    lengths, w = naive_sarsa(0.5, lam, kind, epsilon, 0.99, 2, seed=4)
    learner = LinearSarsa(alpha=0.5, lam=lam, traces=kind, epsilon=epsilon, gamma=0.99, cut=0.0)
    learnt = em.learn.train(learner, MountainCar(), episodes=2, seed=4)
    assert learnt.lengths.tolist() == lengths
    assert learnt.agent.tile_weights.sum() == pytest.approx(sum(w.values()), rel=1e-9)
    assert np.abs(learnt.agent.tile_weights).max() == pytest.approx(max(map(abs, w.values())), rel=1e-9)


def test_all_traces_are_one_without_lambda():
    runs = [
        em.learn.train(LinearSarsa(traces=kind), MountainCar(), steps=2000, seed=0).agent.tile_weights
        for kind in ("replacing", "accumulating", "dutch")
    ]
    assert (runs[0] == runs[1]).all()
    assert runs[2] == pytest.approx(runs[0], abs=1e-9)


def test_values_and_actions_are_read_at_any_state():
    learnt = em.learn.train(LinearSarsa(), MountainCar(), episodes=20, seed=0)
    values = learnt.action_values([[-0.5, 0.0], [0.45, 0.06]])
    assert values.shape == (2, 3)
    assert values[1].max() > values[0].max()  # nearer to the top
    assert learnt.act([-0.5, 0.0]) == values[0].argmax()
    with pytest.raises(AttributeError, match="LinearSarsa keeps no table of policy; use action_values and act"):
        _ = learnt.policy


def test_gymnasiums_mountain_car_is_learnt_though_its_episodes_are_cut_off():
    """Without the top within 200 steps all returns are -200; cut off and not ended, the values go on falling."""
    env = gymnasium.make("MountainCar-v0")
    features = TileCoding(low=(-1.2, -0.07), high=(0.6, 0.07))
    learnt = em.learn.train(LinearSarsa(lam=0.9, features=features), env, episodes=200, seed=0)
    assert learnt.returns[:3].tolist() == [-200.0] * 3
    assert learnt.returns[-50:].mean() > -160
    assert learnt.act(env.reset(seed=0)[0]) in env.action_space


def test_the_same_seed_gives_the_same_weights_on_an_environment():
    env = gymnasium.make("MountainCar-v0")
    runs = [em.learn.train(LinearSarsa(), env, steps=500, seed=seed).agent.tile_weights for seed in (1, 1, 2)]
    assert (runs[0] == runs[1]).all()
    assert (runs[0] != runs[2]).any()


def test_gymnasiums_cart_pole_is_learnt():
    """Episodes grow from 10 steps to nearly 500; the means of the last thirty of seeds 0 to 2 are 439, 494 and 484."""
    env = gymnasium.make("CartPole-v1")
    features = TileCoding(tiles=(2, 4, 6, 6), low=(-2.4, -3.0, -0.21, -3.0), high=(2.4, 3.0, 0.21, 3.0))
    schedules = {"alpha": em.Decay(0.3, 0.01, 0.9), "epsilon": em.Decay(0.1, 0.0, 0.5)}
    learner = LinearSarsa(lam=0.8, gamma=0.99, features=features, **schedules)
    learnt = em.learn.train(learner, env, steps=60_000, seed=0)
    assert learnt.returns[:10].mean() < 60
    assert learnt.returns[-30:].mean() > 350


def test_the_cart_pole_of_1983_is_learnt_from_its_body():
    features = TileCoding(tiles=6, low=(-2.4, -3.0, -0.21, -3.5), high=(2.4, 3.0, 0.21, 3.5))
    learner = LinearSarsa(lam=0.8, gamma=0.95, features=features, alpha=0.2)
    learnt = em.learn.train(learner, em.learn.CartPole(), steps=100_000, seed=0, horizon=1000)
    assert learnt.lengths[-1:].max() > 5 * learnt.lengths[:5].mean()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LinearSarsa(alpha=-1.0), "alpha is -1.0, expected a number from 0 up"),
        (lambda: LinearSarsa(lam=2), "lam is 2, expected a number from 0 to 1"),
        (lambda: LinearSarsa(traces="replace"), "traces is 'replace', expected one of .*did you mean 'replacing'"),
        (lambda: LinearSarsa(features=8), r"features is 8, expected TileCoding\(\)"),
        (lambda: LinearSarsa(explore=em.UCB()), "explore is UCB"),
        (lambda: TileCoding(tilings=0), "tilings is 0, expected a whole number from 1"),
        (lambda: TileCoding(tiles=(8, 0)), r"tiles\[1\] is 0, expected a whole number from 1"),
        (lambda: em.learn.Tiled(MountainCar(), TileCoding(tiles=(8, 8, 8))), "tiles is .*expected a number, or 2"),
        (
            lambda: em.learn.train(LinearSarsa(), gymnasium.make("CartPole-v1"), steps=5),
            "dimension 1 is tiled from -inf to inf, expected finite low below high: give TileCoding both",
        ),
        (lambda: em.learn.train(LinearSarsa(), gymnasium.make("Blackjack-v1"), steps=5), "observation space is Tuple"),
        (
            lambda: em.learn.train(LinearSarsa(), em.FiniteMDP.of({0: {0: [(1.0, 0, 0.0, True)]}}, 0), steps=5),
            "problem",
        ),
        (lambda: em.learn.train(LinearSarsa(), MountainCar(), steps=5, keep=True), "keep is True, expected False"),
        (lambda: em.learn.train(em.QLearning(), MountainCar(), steps=5), "em.learn.LinearSarsa learns on continuous"),
        (
            lambda: em.learn.train(LinearSarsa(), em.make("tiny"), steps=5),
            "LinearSarsa learns on no task; em.SarsaLambda does",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
