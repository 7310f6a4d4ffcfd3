"""Prediction is held to the textbooks: anchors on two random walks, identities, answers by hand, and wrong variants.

Statistical anchors: a mean of RUNS runs lies within 4.5 standard errors of the published mean, which by chance fails
in 7 of a million tests. The sd of one run is the published one in brackets; where none was published it is taken from
the runs themselves.
"""

from __future__ import annotations

import numpy as np
import pytest

from evomusic.learn.prediction.batch import fit_values
from evomusic.learn.prediction.predict import predict
from evomusic.learn.prediction.td import TD, LambdaReturn, MonteCarloValues
from evomusic.models.mdp import FiniteMDP
from evomusic.plan.mdp.evaluation import evaluate_policy
from tests.textbook.worlds import chain, five_state_walk, nineteen_state_walk, uniform

RUNS = 300
FIVE, NINETEEN = np.arange(1, 6) / 6, np.arange(-9, 10) / 10
KINDS = ("accumulating", "replacing", "dutch")


def errors(mdp, true, method, episodes, seed):
    """RMS errors (E + 1,) over the inner states, before and after each episode of the uniform policy."""
    history = predict(method, mdp, uniform(mdp), episodes=episodes, seed=seed).history
    return np.sqrt(((history[:, 1:-1] - true) ** 2).mean(axis=1))


def deviation(found, published, sd=None):
    """How many standard errors the mean of runs lies from what was published."""
    return (found.mean() - published) / ((found.std(ddof=1) if sd is None else sd) / np.sqrt(len(found)))


def test_exact_values_of_the_walks():
    for mdp, true in ((five_state_walk(), FIVE), (nineteen_state_walk(), NINETEEN)):
        assert evaluate_policy(mdp, uniform(mdp))[1:-1] == pytest.approx(true, abs=1e-9)


@pytest.mark.parametrize(
    ("method", "published", "sd"),
    [
        (TD(alpha=0.05, initial=0.5), 0.0353, 0.0164),
        (TD(alpha=0.1, initial=0.5), 0.0553, 0.0228),
        (TD(alpha=0.15, initial=0.5), 0.0706, 0.0280),
        (MonteCarloValues(first=False, alpha=0.01, initial=0.5), 0.0972, 0.0235),
        (MonteCarloValues(first=False, alpha=0.02, initial=0.5), 0.0818, 0.0394),
        (MonteCarloValues(first=False, alpha=0.03, initial=0.5), 0.0938, 0.0479),
        (MonteCarloValues(first=False, alpha=0.04, initial=0.5), 0.1071, 0.0542),
    ],
    ids=lambda x: f"{type(x).__name__}-{x.alpha}" if hasattr(x, "alpha") else "",
)
def test_errors_on_the_five_state_walk_after_100_episodes(method, published, sd):
    """Sutton & Barto 2018, example 6.2."""
    mdp = five_state_walk()
    runs = np.array([errors(mdp, FIVE, method, 100, seed)[[0, 100]] for seed in range(RUNS)])
    assert runs[:, 0] == pytest.approx(np.sqrt((2 / 9 + 2 / 36) / 5), abs=1e-12)  # .2357, by hand
    assert abs(deviation(runs[:, 1], published, sd)) < 4.5


@pytest.mark.parametrize(
    ("method", "published", "sd"),
    [
        (TD(n=4, alpha=0.4), 0.2635, 0.0491),
        (TD(n=1, alpha=0.4), 0.4123, None),
        (TD(alpha=0.8), 0.3454, None),
        (TD(lam=0.8, alpha=0.315, traces="accumulating"), 0.2612, None),
        (TD(lam=0.8, alpha=0.55, traces="replacing"), 0.2527, None),
        (TD(lam=0.8, alpha=0.4, traces="dutch"), 0.2545, None),
        (LambdaReturn(lam=0.8, alpha=0.45), 0.2691, None),
        (TD(lam=0.95, alpha=0.12, traces="accumulating"), 0.3318, None),
        (TD(lam=0.95, alpha=0.4, traces="replacing"), 0.2758, None),
        (TD(lam=0.95, alpha=0.2, traces="dutch"), 0.3151, None),
        (LambdaReturn(lam=0.95, alpha=0.2), 0.3264, None),
    ],
    ids=lambda x: f"{getattr(x, 'traces', 'returns')}-{getattr(x, 'n', 0) or x.lam}" if hasattr(x, "alpha") else "",
)
def test_errors_on_the_nineteen_state_walk_over_10_episodes(method, published, sd):
    """Sutton & Barto 2018, figures 7.2, 12.3, 12.6 and 12.8: the mean over the errors after each of ten episodes."""
    mdp = nineteen_state_walk()
    runs = np.array([errors(mdp, NINETEEN, method, 10, seed)[1:].mean() for seed in range(RUNS)])
    assert abs(deviation(runs, published, sd)) < 4.5


# Slow twins: from the definitions, on episodes as lists of (s, r, s2, terminated).


def random_world(seed=0):
    """Six states and an end, three actions, everything random; state 6 is the end."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(7, 0.5), (7, 3))
    return FiniteMDP.from_arrays(p, rng.normal(size=(7, 3, 7)), start=[1 / 6] * 6 + [0], terminal=[6])


def learnt(method, mdp, episodes=30, horizon=None, seed=1):
    """What the kernel learns, and the episodes that it learnt from."""
    result = predict(method, mdp, episodes=episodes, seed=seed, horizon=horizon, keep=True)
    steps = list(zip(result.log.s, result.log.r, result.log.s2, result.log.terminated, strict=True))
    cuts = np.cumsum(result.lengths)
    return result, [steps[b - n : b] for b, n in zip(cuts, result.lengths, strict=True)]


def by_traces(episodes, v, alpha, gamma, lam, kind="accumulating", fault=None):
    """TD(lambda) as the book prints it, dense traces; `fault` makes it one of the wrong variants."""
    history, z = [v.copy()], np.zeros(len(v))
    for episode in episodes:
        z, old = z if fault == "traces are kept" else np.zeros(len(v)), 0.0
        for t, (s, r, s2, terminated) in enumerate(episode):
            over = terminated or (fault == "a cut is an end" and t + 1 == len(episode))
            now, later = v[s], 0.0 if over and fault != "an end has a value" else v[s2]
            z = z * lam * (0.0 if over and fault == "discount of the end" else gamma)
            delta = r + gamma * later - now
            if kind == "dutch":
                z[s] += 1 - alpha * z[s]
                v += alpha * (delta + now - old) * z
                v[s] -= alpha * (now - old)
                old = later
            else:
                z[s] = 1.0 if kind == "replacing" else z[s] + 1
                v += alpha * delta * z
        history.append(v.copy())
    return np.array(history)


def n_step_return(episode, t, n, v, gamma):
    """G_{t:t+n} (7.1); beyond a cut, which is no end, nothing is known but the value of the last state."""
    stop = min(t + n, len(episode))
    g = sum(gamma ** (k - t) * episode[k][1] for k in range(t, stop))
    _, _, last, terminated = episode[stop - 1]
    return g if terminated else g + gamma ** (stop - t) * v[last]


def lambda_return(episode, t, v, gamma, lam):
    """G^lambda_t by its definition as a weighted mean (12.3)."""
    left = len(episode) - t
    shorter = sum(lam ** (n - 1) * n_step_return(episode, t, n, v, gamma) for n in range(1, left))
    return (1 - lam) * shorter + lam ** (left - 1) * n_step_return(episode, t, left, v, gamma)


@pytest.mark.parametrize("horizon", [None, 3], ids=["whole", "cut"])
@pytest.mark.parametrize(
    "method", [*(TD(alpha=0.3, gamma=0.9, traces=k) for k in KINDS), TD(alpha=0.3, gamma=0.9, n=1)]
)
def test_lambda_0_and_n_1_are_td_0_to_the_bit(method, horizon):
    result, episodes = learnt(method, random_world(), horizon=horizon)
    v = np.zeros(7)
    history = [v.copy()]
    for episode in episodes:
        for s, r, s2, terminated in episode:
            v[s] += 0.3 * (r + 0.9 * (0.0 if terminated else v[s2]) - v[s])
        history.append(v.copy())
    assert result.history.tolist() == np.array(history).tolist()


@pytest.mark.parametrize("horizon", [None, 3], ids=["whole", "cut"])
@pytest.mark.parametrize("kind", KINDS)
def test_traces_are_those_of_the_book(kind, horizon):
    result, episodes = learnt(TD(alpha=0.2, gamma=0.9, lam=0.7, traces=kind), random_world(), horizon=horizon)
    assert result.history == pytest.approx(by_traces(episodes, np.zeros(7), 0.2, 0.9, 0.7, kind), abs=1e-12)


@pytest.mark.parametrize("horizon", [None, 3], ids=["whole", "cut"])
def test_true_online_td_is_the_online_lambda_return_algorithm(horizon):
    """Sutton & Barto 2018, section 12.4: at each step all updates of the episode are made anew, one step deeper."""
    alpha, gamma, lam = 0.2, 0.9, 0.7
    result, episodes = learnt(TD(alpha=alpha, gamma=gamma, lam=lam, traces="dutch"), random_world(), horizon=horizon)
    v = np.zeros(7)
    for episode, found in zip(episodes, result.history[1:], strict=True):
        passed = [v]  # values after each step: what a return bootstraps from
        for h in range(1, len(episode) + 1):
            w = passed[0].copy()
            for t in range(h):
                returns = [n_step_return(episode, t, n, passed[t + n - 1], gamma) for n in range(1, h - t + 1)]
                weights = [(1 - lam) * lam**i for i in range(h - t - 1)] + [lam ** (h - t - 1)]
                w[episode[t][0]] += alpha * (np.dot(weights, returns) - w[episode[t][0]])
            passed.append(w)
        v = passed[-1]
        assert found == pytest.approx(v, abs=1e-12)


@pytest.mark.parametrize("horizon", [None, 3], ids=["whole", "cut"])
def test_off_line_forward_view_is_the_backward_view(horizon):
    """All lambda-returns of an episode move the values as all its traces do (Sutton & Barto 1998, section 7.4)."""
    alpha, gamma, lam = 0.1, 0.9, 0.7
    method = LambdaReturn(alpha=alpha, gamma=gamma, lam=lam, together=True)
    result, episodes = learnt(method, random_world(), horizon=horizon)
    forward, backward = np.zeros(7), np.zeros(7)
    for episode, found in zip(episodes, result.history[1:], strict=True):
        v, z, moved = backward.copy(), np.zeros(7), forward.copy()
        for t, (s, r, s2, terminated) in enumerate(episode):
            z *= gamma * lam
            z[s] += 1
            backward += alpha * (r + gamma * (0.0 if terminated else v[s2]) - v[s]) * z
            moved[s] += alpha * (lambda_return(episode, t, forward, gamma, lam) - forward[s])
        forward = moved
        assert found == pytest.approx(forward, abs=1e-12)
        assert found == pytest.approx(backward, abs=1e-12)


@pytest.mark.parametrize("horizon", [None, 3], ids=["whole", "cut"])
def test_off_line_lambda_return_moves_one_state_after_the_other(horizon):
    result, episodes = learnt(LambdaReturn(alpha=0.3, gamma=0.9, lam=0.7), random_world(), horizon=horizon)
    v = np.zeros(7)
    for episode, found in zip(episodes, result.history[1:], strict=True):
        targets = [lambda_return(episode, t, v, 0.9, 0.7) for t in range(len(episode))]
        for (s, *_), g in zip(episode, targets, strict=True):
            v[s] += 0.3 * (g - v[s])  # (12.4)
        assert found == pytest.approx(v, abs=1e-12)


@pytest.mark.parametrize("n", [2, 3, 10])
def test_n_step_td_is_that_of_the_book(n):
    """Sutton & Barto 2018, the box in section 7.1: an update a step, n steps late; the last ones after the end."""
    result, episodes = learnt(TD(alpha=0.3, gamma=0.9, n=n), random_world())
    v = np.zeros(7)
    for episode, found in zip(episodes, result.history[1:], strict=True):
        for tau in range(1 - n, len(episode)):
            if tau >= 0:
                v[episode[tau][0]] += 0.3 * (n_step_return(episode, tau, n, v, 0.9) - v[episode[tau][0]])
        assert found == pytest.approx(v, abs=1e-12)


def test_n_of_a_whole_episode_is_constant_alpha_monte_carlo():
    first, episodes = learnt(TD(alpha=0.3, gamma=0.9, n=10**6), random_world())
    second, _ = learnt(MonteCarloValues(first=False, alpha=0.3, gamma=0.9), random_world())
    v = np.zeros(7)
    for episode in episodes:
        for t, (s, *_) in enumerate(episode):
            v[s] += 0.3 * (n_step_return(episode, t, len(episode), v, 0.9) - v[s])  # (6.1)
    assert first.history == pytest.approx(second.history, abs=1e-12)
    assert first.values == pytest.approx(v, abs=1e-12)


@pytest.mark.parametrize("first", [True, False], ids=["first visits", "every visit"])
def test_monte_carlo_values_are_means_of_returns(first):
    result, episodes = learnt(MonteCarloValues(first=first, gamma=0.9), random_world())
    returns = [[] for _ in range(7)]
    for episode in episodes:
        passed = set()
        for t, (s, *_) in enumerate(episode):
            if not (first and s in passed):
                returns[s].append(n_step_return(episode, t, len(episode), np.zeros(7), 0.9))
            passed.add(s)
    assert any(len({s for s, *_ in episode}) < len(episode) for episode in episodes)  # some came back to a state
    assert result.values[:6] == pytest.approx([np.mean(g) for g in returns[:6]], abs=1e-12)


# Answers by hand on chains, which hold every predictor that waits for nothing less than the end (lambda 1).


def by_predictor(make):
    def run(rewards, episodes, initial, horizon=None):
        mdp, method = chain(*rewards), make(initial)
        return predict(method, mdp, [0] * mdp.states, episodes=episodes, horizon=horizon).values[:-1]

    return run


def by_twin(fault):
    def run(rewards, episodes, initial, horizon=None):
        last = len(rewards) - 1
        episode = [(s, r, s + 1, s == last) for s, r in enumerate(rewards)][:horizon]
        v = np.full(len(rewards) + 1, initial)
        return by_traces([episode] * episodes, v, 0.1, 0.9, 1.0, fault=fault)[-1][:-1]

    return run


HAND = {
    "credit": (((0.0, 1.0), 1, 0.0), [0.09, 0.1]),
    "two episodes": (((0.0, 1.0), 2, 0.0), [0.09 + 0.1 * 0.81, 0.19]),  # errors 0 and .9, traces .9 and 1
    "end": (((1.0,), 1, 0.5), [0.5 + 0.1 * (1 - 0.5)]),
    "cut": (((0.0, 1.0), 1, 0.5, 1), [0.5 + 0.1 * (0.9 * 0.5 - 0.5), 0.5]),
}
WHOLE = {"alpha": 0.1, "gamma": 0.9}
PREDICTORS = {
    **{k: lambda v, k=k: TD(**WHOLE, initial=v, lam=1.0, traces=k) for k in KINDS},
    "n-step": lambda v: TD(**WHOLE, initial=v, n=9),
    "returns": lambda v: LambdaReturn(**WHOLE, initial=v, lam=1.0),
    "returns together": lambda v: LambdaReturn(**WHOLE, initial=v, lam=1.0, together=True),
    "Monte Carlo": lambda v: MonteCarloValues(**WHOLE, initial=v),
}


@pytest.mark.parametrize("question", HAND)
@pytest.mark.parametrize("name", PREDICTORS)
def test_chains_by_hand(name, question):
    arguments, answer = HAND[question]
    assert by_predictor(PREDICTORS[name])(*arguments) == pytest.approx(answer, abs=1e-12)


@pytest.mark.parametrize(
    ("fault", "caught"),
    [
        (None, set()),
        ("discount of the end", {"credit", "two episodes"}),
        ("traces are kept", {"two episodes"}),
        ("an end has a value", {"end"}),
        ("a cut is an end", {"cut"}),
    ],
)
def test_wrong_variants_are_caught_by_the_chains(fault, caught):
    wrong = {
        name
        for name, (arguments, answer) in HAND.items()
        if by_twin(fault)(*arguments) != pytest.approx(answer, abs=1e-12)
    }
    assert wrong == caught


@pytest.mark.parametrize(
    ("mdp", "true", "start", "alpha", "lam", "episodes", "published", "fault"),
    [
        (nineteen_state_walk(), NINETEEN, 0.0, 0.315, 0.8, slice(1, 11), 0.2612, "discount of the end"),
        (five_state_walk(), FIVE, 0.5, 0.1, 0.0, slice(100, 101), 0.0553, "an end has a value"),
    ],
    ids=["19 states", "5 states"],
)
def test_wrong_variants_are_caught_by_the_walks(mdp, true, start, alpha, lam, episodes, published, fault):
    """The anchors and the rule from above, on 20 runs; the twin without a fault passes.

    Kept traces pass here, since a walk ends far from where it starts: the chains are there for them.
    """
    found = {None: [], fault: []}
    for seed in range(20):
        _, walked = learnt(TD(lam=lam, alpha=alpha, initial=start), mdp, episodes=episodes.stop - 1, seed=seed)
        for wrong, runs in found.items():
            history = by_traces(walked, np.full(mdp.states, start), alpha, 1.0, lam, fault=wrong)
            runs.append(np.sqrt(((history[episodes, 1:-1] - true) ** 2).mean(axis=1)).mean())
    assert abs(deviation(np.array(found[None]), published)) < 4.5
    assert abs(deviation(np.array(found[fault]), published)) > 4.5


# Batches.

A, B = 0, 1
EIGHT = [(A, 0, 0, B, False), (B, 0, 0, 2, True), *[(B, 0, 1, 2, True)] * 6, (B, 0, 0, 2, True)]


def test_batch_td_and_monte_carlo_disagree_on_the_eight_episodes():
    """Sutton & Barto 2018, example 6.4: A 0 B 0, six times B 1, once B 0."""
    assert fit_values(EIGHT, "td").tolist() == pytest.approx([0.75, 0.75])
    assert fit_values(EIGHT, "mc").tolist() == pytest.approx([0.0, 0.75])


def test_batch_td_beats_batch_monte_carlo_on_the_five_state_walk():
    """Example 6.3. Paired runs: were there no difference, 4.5 standard errors would be passed by 3 in a million."""
    mdp, better = five_state_walk(), []
    for seed in range(60):
        log = predict(TD(), mdp, episodes=100, seed=seed, keep=True).log
        td, mc = (np.sqrt(((fit_values(log, kind, states=7)[1:6] - FIVE) ** 2).mean()) for kind in ("td", "mc"))
        better.append(mc - td)
    assert deviation(np.array(better), 0.0) > 4.5
