from __future__ import annotations

import math

import numpy as np
import pytest

import evomusic as em
from evomusic.learn import explore
from evomusic.learn.explore import explorer, schedule, step_size
from tests.kernels import Entries

kernels = Entries(explore)
expected, greedy, now, pick, sized = kernels.expected, kernels.greedy, kernels.now, kernels.pick, kernels.sized

Q = np.array([[1.0, 2.5, 2.5, -1.0, 0.5]])
DRAWS = 30_000


def counted(exploration, n=0, q=Q):
    """Return how often each of five actions is taken."""
    rng = np.random.default_rng(0)
    return np.bincount([pick(exploration, q, 0, n, rng) for _ in range(DRAWS)], minlength=5)


def chi_square(counts, chances):
    wanted = DRAWS * chances
    return (((counts - wanted) ** 2) / wanted).sum()


@pytest.mark.parametrize(
    ("shape", "fallen"), [("linear", [1.0, 0.52, 0.04, 0.04]), ("exponential", [1.0, 0.2, 0.04, 0.04])]
)
def test_decays_fall_to_their_plateau(shape, fallen):
    """By hand, at the start, half way down, at the end of the fall, and at the end of the run."""
    falling = schedule("epsilon", em.Decay(1.0, 0.04, 0.5, steps=100, shape=shape))
    assert [now(falling, n) for n in (0, 25, 50, 99)] == pytest.approx(fallen, abs=1e-12)


def test_exponential_decay_falls_by_the_same_factor_each_step():
    falling = schedule("epsilon", em.Decay(1.0, 0.01, 1.0, steps=40, shape="exponential"))
    values = np.array([now(falling, n) for n in range(41)])
    assert values[1:] / values[:-1] == pytest.approx(np.full(40, 0.01 ** (1 / 40)), abs=1e-12)


def test_decay_of_no_fraction_is_at_its_end_at_once():
    assert now(schedule("epsilon", em.Decay(1.0, 0.1, 0.0, steps=100)), 0) == 0.1


@pytest.mark.parametrize("power", [1.0, 0.8])
def test_average_steps_shrink_by_visits_of_the_pair(power):
    size = step_size(em.Average(power), (2, 2))
    assert [sized(size, 1, 0, 99) for _ in range(4)] == pytest.approx([n**-power for n in (1, 2, 3, 4)])
    assert sized(size, 1, 1, 99) == 1.0


def test_epsilon_greedy_draws_by_its_probabilities():
    """Chi-square with 4 degrees of freedom: 23.5 is exceeded by chance once in 10,000."""
    chances = np.array([0.06, 0.41, 0.41, 0.06, 0.06])  # .3 / 5, and half of the rest for each of the best two
    assert chi_square(counted(explorer(None, 0.3, Q.shape)), chances) < 23.5


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_softmax_draws_by_its_probabilities(temperature):
    """Chi-square with 4 degrees of freedom: 23.5 is exceeded by chance once in 10,000."""
    chances = np.exp(Q[0] / temperature) / np.exp(Q[0] / temperature).sum()
    assert chi_square(counted(explorer(em.Softmax(temperature), 0.0, Q.shape)), chances) < 23.5


def test_softmax_cools_with_its_schedule():
    exploration = explorer(em.Softmax(em.Decay(1e6, 1e-3, 1.0, steps=100)), 0.0, Q.shape)
    assert chi_square(counted(exploration, n=0), np.full(5, 0.2)) < 23.5  # hot: all alike
    assert counted(exploration, n=100)[[0, 3, 4]].tolist() == [0, 0, 0]  # cold: only the best


def test_softmax_of_large_values_does_not_overflow():
    exploration, q = explorer(em.Softmax(1.0), 0.0, (1, 3)), np.array([[1e6, 1e6 - 800, 0.0]])
    assert pick(exploration, q, 0, 0, np.random.default_rng(0)) == 0


def test_upper_confidence_bounds_choose_as_their_naive_twin():
    """Values move at random; in each of three states every arm is tried first (Sutton & Barto 2018, equation 2.10)."""
    exploration, rng, own = explorer(em.UCB(1.5), 0.0, (3, 4)), np.random.default_rng(1), np.random.default_rng(2)
    q, tried = own.normal(size=(3, 4)), np.zeros((3, 4))
    for _ in range(600):
        s = int(own.integers(3))
        a = pick(exploration, q, s, 0, rng)
        if (tried[s] == 0).any():
            assert tried[s, a] == 0
        else:
            bounds = [q[s, b] + 1.5 * math.sqrt(math.log(tried[s].sum()) / tried[s, b]) for b in range(4)]
            assert a == int(np.argmax(bounds))
        tried[s, a] += 1
        q[s, a] += own.normal() / 10
    assert (exploration.tried == tried).all()


def test_upper_confidence_bounds_break_ties_evenly():
    """Five arms never tried, 5,000 times: chi-square with 4 degrees of freedom, 23.5 once in 10,000."""
    rng, q = np.random.default_rng(0), np.zeros((1, 5))
    counts = np.bincount([pick(explorer(em.UCB(), 0.0, (1, 5)), q, 0, 0, rng) for _ in range(5000)], minlength=5)
    assert (((counts - 1000) ** 2) / 1000).sum() < 23.5


@pytest.mark.parametrize(
    ("explore", "chances"),
    [
        (None, np.array([0.06, 0.41, 0.41, 0.06, 0.06])),
        (em.Softmax(0.7), np.exp(Q[0] / 0.7) / np.exp(Q[0] / 0.7).sum()),
    ],
    ids=["epsilon", "softmax"],
)
def test_expected_value_is_that_of_the_way_to_explore(explore, chances):
    rng = np.random.default_rng(0)
    value = expected(explorer(explore, 0.3, Q.shape), Q, 0, greedy(Q, 0, rng), 0, rng)
    assert value == pytest.approx(chances @ Q[0], abs=1e-12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: em.Decay(fraction=1.5), "fraction is 1.5"),
        (lambda: em.Decay(shape="linaer"), "shape is 'linaer'"),
        (lambda: em.Decay(1.0, 0.0, shape="exponential"), "expected both above 0"),
        (lambda: em.Average(0.0), "power is 0.0"),
        (lambda: em.Softmax(0.0), "temperature is 0.0"),
        (lambda: em.UCB(-1.0), "c is -1.0"),
    ],
)
def test_wrong_numbers_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_inner_kernels_called_from_python_run_as_plain_python():
    """They have no compiled entry: a call would end the process."""
    assert explore.now(schedule("epsilon", em.Decay(1.0, 0.0, 1.0, steps=10)), 5) == 0.5
    assert explore.greedy(Q[:, [0, 1]], 0, np.random.default_rng(0)) == 1
