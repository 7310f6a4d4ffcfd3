"""Planners agree with brute force and with each other, their bounds hold, and what has no value is refused."""

from __future__ import annotations

import itertools
from fractions import Fraction

import gymnasium
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evomusic as em
from evomusic.models.mdp import FiniteMDP
from evomusic.models.outcomes import ROW, Outcomes
from evomusic.plan.mdp import evaluation, iteration, sweeps
from evomusic.plan.mdp import iteration as prioritised
from evomusic.plan.mdp.evaluation import evaluate_policy, evaluate_q, improve, iterate_policy, q_of
from evomusic.plan.mdp.horizon import finite_horizon
from evomusic.plan.mdp.iteration import modified_policy_iteration, policy_iteration, value_iteration
from evomusic.plan.mdp.softened import soft
from tests.evolve.oracles import oracle

PLANNERS = {
    "value iteration": value_iteration,
    "asynchronous": lambda mdp, gamma: value_iteration(mdp, gamma, order="asynchronous"),
    "prioritised": lambda mdp, gamma: value_iteration(mdp, gamma, order="prioritised"),
    "policy iteration": policy_iteration,
    "modified": modified_policy_iteration,
    "modified, no sweep": lambda mdp, gamma: modified_policy_iteration(mdp, gamma, sweeps=0),
}
planners = pytest.mark.parametrize("plan", PLANNERS.values(), ids=PLANNERS)


def random_mdp(rng, states, actions, outcomes, ends=0.1, whole=False):
    """Some outcomes a pair, some of them ends; whole rewards make ties."""
    count = states * actions * outcomes
    rows = np.zeros(count + 1, ROW)
    p = rng.dirichlet(np.ones(outcomes), states * actions)
    rows["p"] = np.append(p.ravel(), 1.0)
    rows["to"] = rng.integers(0, states, count + 1)
    rows["reward"] = rng.integers(-2, 3, count + 1) if whole else rng.normal(size=count + 1)
    rows["end"][:-1] = rng.random(count) < ends
    return FiniteMDP(Outcomes(np.append(np.arange(0, count + 1, outcomes), count + 1), rows, actions), states)


def exact_optimum(mdp, gamma):
    """The optimum in fractions: equations of every policy solved by elimination, the best in each state."""
    found = [exact_values(mdp, policy, gamma) for policy in itertools.product(range(mdp.actions), repeat=mdp.states)]
    return [max(column) for column in zip(*found, strict=True)]


def exact_values(mdp, policy, gamma):
    """V = r + gamma P V in fractions, by Gauss-Jordan elimination; terminal states have 0."""
    size, first, rows = mdp.states, mdp.outcomes.first, mdp.outcomes.rows
    table = [[Fraction(int(i == j)) for j in range(size)] + [Fraction(0)] for i in range(size)]
    for s in range(size):
        group = s * mdp.actions + policy[s]
        for p, reward, to, end in rows[first[group] : first[group + 1]].tolist():
            table[s][size] += Fraction(p) * Fraction(reward)
            table[s][to] -= 0 if end else Fraction(gamma) * Fraction(p)
    for i in range(size):
        pivot = next(k for k in range(i, size) if table[k][i] != 0)
        table[i], table[pivot] = table[pivot], table[i]
        table[i] = [x / table[i][i] for x in table[i]]
        for k in range(size):
            if k != i:
                table[k] = [x - table[k][i] * y for x, y in zip(table[k], table[i], strict=True)]
    return [Fraction(0) if mdp.terminal[s] else table[s][size] for s in range(size)]


@planners
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), gamma=st.sampled_from([0.0, 0.3, 0.9, 0.99]))
def test_optimum_is_that_of_brute_force_in_fractions_and_the_bound_holds(plan, seed, gamma):
    rng = np.random.default_rng(seed)
    mdp = random_mdp(rng, 3, 2, int(rng.integers(1, 3)), ends=0.0 if seed % 2 else 0.3, whole=seed % 3 == 0)
    solved, exact = plan(mdp, gamma), exact_optimum(mdp, gamma)
    off = max(abs(Fraction(float(v)) - e) for v, e in zip(solved.values, exact, strict=True))
    assert off <= Fraction(solved.bound)
    assert solved.bound <= 1e-9
    worth = exact_values(mdp, solved.policy.tolist(), gamma)
    assert max(e - w for w, e in zip(worth, exact, strict=True)) < 1e-7


@pytest.mark.parametrize("tolerance", [1.0, 1e-2, 1e-5])
@pytest.mark.parametrize("order", iteration.ORDERS)
def test_coarse_values_are_within_the_bound_that_they_state(order, tolerance):
    mdp = random_mdp(np.random.default_rng(0), 60, 3, 4, ends=0.02)
    exact = policy_iteration(mdp, 0.95)
    solved = value_iteration(mdp, 0.95, tolerance, order)
    assert np.abs(solved.values - exact.values).max() <= solved.bound + exact.bound
    assert exact.bound < solved.bound <= tolerance
    modified = modified_policy_iteration(mdp, 0.95, tolerance, sweeps=3)
    assert np.abs(modified.values - exact.values).max() <= modified.bound + exact.bound
    assert modified.bound <= tolerance


@pytest.mark.parametrize("gamma", [0.9, 0.98])
@pytest.mark.parametrize("ends", [0.0, 0.05])
@pytest.mark.parametrize("outcomes", [1, 5])
def test_planners_agree_on_larger_problems(outcomes, ends, gamma):
    mdp = random_mdp(np.random.default_rng(1), 200, 4, outcomes, ends)
    values = evaluate_policy(mdp, policy_iteration(mdp, gamma).policy, gamma)
    for plan in PLANNERS.values():
        solved = plan(mdp, gamma)
        assert np.abs(solved.values - values).max() < 2e-9
        assert (solved.values == solved.q.max(axis=1)).all()
        assert (solved.policy == solved.q.argmax(axis=1)).all()


def test_ties_do_not_cycle():
    """Every action is as good as any other."""
    mdp = FiniteMDP.of({s: {a: [(1.0, (s + a) % 4, 1.0, False)] for a in range(3)} for s in range(4)}, start=0)
    assert policy_iteration(mdp, 0.75).values.tolist() == [4.0] * 4


def test_chains_that_mix_slowly_are_solved_as_equations():
    """A ring of 400 with gamma .9999: sweeps would take 300,000."""
    mdp = FiniteMDP.of({s: {0: [(1.0, (s + 1) % 400, float(s == 0), False)]} for s in range(400)}, start=0)
    solved = policy_iteration(mdp, 0.9999)
    assert solved.values[0] == pytest.approx(1 / (1 - 0.9999**400), abs=1e-9)
    assert solved.bound < 1e-8
    assert solved.backups < 100_000


def test_values_without_an_end_need_few_sweeps_for_all_states_err_alike():
    """Puterman (1994), section 6.6.3: the middle of the bounds; without it, gamma .999 takes 20,000 sweeps."""
    mdp = random_mdp(np.random.default_rng(2), 100, 3, 20, ends=0.0)
    assert value_iteration(mdp, 0.999).sweeps < 60


def test_prioritised_order_needs_fewer_backups_where_little_changes():
    """A corridor of 200 with the only reward at its end: one sweep a state against one backup or two."""
    mdp = FiniteMDP.of(
        {
            s: {
                a: [(1.0, max(s - 1, 0) if a else s + 1, float(s == 199 and not a), s == 199 and not a)] for a in (0, 1)
            }
            for s in range(200)
        }
        | {200: {a: [(1.0, 200, 0.0, True)] for a in (0, 1)}},
        start=0,
    )
    whole, need = value_iteration(mdp, 0.99), value_iteration(mdp, 0.99, order="prioritised")
    assert np.abs(whole.values - need.values).max() < 2e-9
    assert need.backups < whole.backups / 10


@pytest.mark.parametrize("seed", range(5))
def test_kernels_are_what_they_say_in_plain_python(seed):
    rng = np.random.default_rng(seed)
    layout = sweeps.laid_out(random_mdp(rng, 7, 3, 1 + seed % 2, ends=0.2))
    arrays = layout.rewards, layout.first, layout.p, layout.to, 0.9
    for kernel in (sweeps.sweep, sweeps.sweep.py_func):
        both = np.zeros(8), np.zeros(8)
        assert kernel(*arrays, *both, bool(seed % 2), True, 0.0, 0.0, 5)[0] == 5
        answer = both[0 if seed % 2 else 1]
        assert answer == pytest.approx(swept_naively(layout, 0.9, 5, bool(seed % 2)), abs=1e-14)
    q = np.empty((7, 3))
    sweeps.back_up.py_func(*arrays, answer, q)
    assert q == pytest.approx(sweeps.action_values(layout, 0.9, answer), abs=1e-14)


def swept_naively(layout, gamma, count, in_place):
    v = np.zeros(8)
    for n in range(count):
        old = v if in_place else v.copy()
        for s in range(7)[::-1] if in_place and n % 2 else range(7):
            v[s] = max(
                layout.rewards[s, a]
                + gamma * sum(layout.flat[k] * old[layout.to[k]] for k in outcomes_of(layout, s, a))
                for a in range(3)
            )
    return v


def outcomes_of(layout, s, a):
    return range(layout.first[3 * s + a], layout.first[3 * s + a + 1])


def test_heap_keeps_the_largest_on_top_through_any_changes():
    rng, size = np.random.default_rng(0), 13
    key = rng.random(size)
    heap = np.argsort(-key)
    place = np.empty(size, np.int64)
    place[heap] = np.arange(size)
    for _ in range(500):
        if rng.random() < 0.5:
            key[heap[0]] = 0.0
            prioritised.sink(heap, place, key)
        else:
            s = rng.integers(size)
            key[s] += rng.random()
            prioritised.rise(heap, place, key, place[s])
        assert key[heap[0]] == key.max()
        assert (heap[place] == np.arange(size)).all()


# Without a discount


@planners
def test_rest_is_worth_nothing_and_beats_what_costs(plan):
    """State 0 may stay unpaid for ever, or pay 1 for an end that pays half of that."""
    mdp = FiniteMDP.of(
        {
            0: {0: [(1.0, 1, -1.0, False)], 1: [(1.0, 0, 0.0, False)]},
            1: {0: [(1.0, 1, 0.5, True)], 1: [(1.0, 0, 0.0, False)]},
        },
        start=0,
    )
    solved = plan(mdp, 1.0)
    assert solved.values.tolist() == [0.0, 0.5]
    assert solved.policy.tolist() == [1, 0]


@planners
def test_unpaid_ring_takes_the_best_way_out_though_any_number_solves_its_equations(plan):
    ring = {s: {0: [(1.0, (s + 1) % 3, 0.0, False)], 1: [(1.0, 3, float(s), True)]} for s in range(3)}
    mdp = FiniteMDP.of(ring | {3: {a: [(1.0, 3, 0.0, True)] for a in (0, 1)}}, start=0)
    solved = plan(mdp, 1.0)
    assert solved.values.tolist() == [2.0, 2.0, 2.0, 0.0]
    assert evaluate_policy(mdp, solved.policy).tolist() == [2.0, 2.0, 2.0, 0.0]


@planners
def test_gain_without_limit_is_refused(plan):
    """Round and round for 2 - 1, with a way out that hides nothing."""
    mdp = FiniteMDP.of(
        {0: {0: [(1.0, 1, 2.0, False)], 1: [(1.0, 2, 0.0, True)]}, 1: {a: [(1.0, 0, -1.0, False)] for a in (0, 1)}}
        | {2: {a: [(1.0, 2, 0.0, True)] for a in (0, 1)}},
        start=0,
    )
    with pytest.raises(ValueError, match="a policy may gain for ever from state"):
        plan(mdp, 1.0)
    assert plan(mdp, 0.9).values[0] == pytest.approx(1.1 / (1 - 0.81), abs=1e-9)


@planners
def test_a_start_that_never_ends_and_gains_is_refused(plan):
    mdp = FiniteMDP.of({"home": {"stay": [(1.0, "home", 1.0, False)]}}, start="home")
    with pytest.raises(ValueError, match="a policy may gain for ever from state 'home': the value there is infinite"):
        plan(mdp, 1.0)


@planners
def test_a_start_that_must_lose_for_ever_is_worth_minus_infinity(plan):
    """State 0 goes to 1, which loses; 2 is another way to end that 0 does not have; 3 may come to 1."""
    model = {0: {0: [(1.0, 1, 7.0, False)]}, 1: {0: [(1.0, 1, -1.0, False)]}, 2: {0: [(1.0, 2, 4.0, True)]}}
    mdp = FiniteMDP.of(model | {3: {0: [(0.5, 1, 0.0, False), (0.5, 2, 0.0, True)]}}, start=0)
    solved = plan(mdp, 1.0)
    assert solved.values.tolist() == [-np.inf, -np.inf, 4.0, -np.inf]
    assert solved.q.ravel().tolist() == solved.values.tolist()
    assert solved.bound < 1e-9
    assert evaluate_policy(mdp, [0, 0, 0, 0]).tolist() == solved.values.tolist()
    assert iterate_policy(mdp, [0, 0, 0, 0]).values.tolist() == solved.values.tolist()


@planners
@pytest.mark.parametrize("losses", [2.0, 1.0, 0.5], ids=["lose more", "cancel", "gain more"])
def test_gains_and_losses_without_end_are_weighed(plan, losses):
    """Round and round: +1, then minus something; what is won once on the way in does not matter."""
    ring = {0: {0: [(1.0, 1, 1.0, False)]}, 1: {0: [(1.0, 0, -losses, False)]}, 2: {0: [(1.0, 0, 100.0, False)]}}
    mdp = FiniteMDP.of(ring, start=2)
    if losses > 1:
        assert plan(mdp, 1.0).values.tolist() == [-np.inf] * 3
        assert evaluate_policy(mdp, [0, 0, 0]).tolist() == [-np.inf] * 3
        return
    message = "gains that cancel its losses" if losses == 1 else "may gain for ever from state [01]"
    with pytest.raises(ValueError, match=f"a policy .*{message}"):
        plan(mdp, 1.0)
    with pytest.raises(ValueError, match=f"this policy .*{message}"):
        evaluate_policy(mdp, [0, 0, 0])


def restless_mdp(rng):
    """Three states, two actions, rewards -1, 0 and 1, few ends: policies end, rest, lose, gain or neither."""
    choices = [(1.0,), (0.5, 0.5)]
    model = {
        s: {
            a: [
                (p, int(rng.integers(3)), float(rng.integers(-1, 2 if rng.random() < 0.3 else 1)), rng.random() < 0.1)
                for p in choices[int(rng.integers(2))]
            ]
            for a in (0, 1)
        }
        for s in range(3)
    }
    return FiniteMDP.of(model, start=[1 / 3] * 3)  # episodes visit every state, so rows of all count


def recurrent_gain(chain, rewards, states):
    """The gain of a closed set of states in fractions: its stationary distribution, by elimination."""
    table = [[chain[i][j] - (i == j) for i in states] + [Fraction(0)] for j in states[:-1]]
    table.append([Fraction(1)] * len(states) + [Fraction(1)])
    for i in range(len(states)):
        pivot = next(k for k in range(i, len(states)) if table[k][i] != 0)
        table[i], table[pivot] = table[pivot], table[i]
        table[i] = [x / table[i][i] for x in table[i]]
        for k in range(len(states)):
            if k != i:
                table[k] = [x - table[k][i] * y for x, y in zip(table[k], table[i], strict=True)]
    return sum(row[-1] * rewards[s] for row, s in zip(table, states, strict=True))


def fate(mdp, policy):
    """Values of a deterministic policy with gamma 1 from the definition: -inf where it may lose for ever.

    None where its gains may cancel its losses for ever; the word "gain" if it may gain for ever from any state.
    """
    size, none = mdp.states, Fraction(0)
    chain, rewards, some = [[none] * size for _ in range(size)], [none] * size, [False] * size
    for s in np.flatnonzero(~mdp.terminal).tolist():
        for p, to, reward, end in mdp[s, policy[s]]:
            rewards[s] += Fraction(p) * Fraction(reward)
            some[s] |= reward != 0
            chain[s][to] += 0 if end else Fraction(p)
    leads = np.array([[x > 0 for x in row] for row in chain]) | np.eye(size, dtype=bool)
    for _ in range(size):
        leads = leads @ leads
    lost, rest, cancel = set(), set(), set()
    for s in range(size):
        group = np.flatnonzero(leads[s]).tolist()
        if any(not leads[t, s] for t in group) or any(sum(chain[t]) < 1 for t in group):
            continue  # transient, or it ends
        gain = recurrent_gain(chain, rewards, group)
        if not any(some[t] for t in group):
            rest.add(s)
        elif gain > 0:
            return "gain"
        else:
            (lost if gain < 0 else cancel).add(s)
    doomed = {s for s in range(size) if any(leads[s, t] for t in lost)}
    unsettled = {s for s in range(size) if any(leads[s, t] for t in cancel)} - doomed
    held = [mdp.terminal[s] or s in rest | doomed | unsettled for s in range(size)]
    rows = {
        s: {0: [(1.0, s, 0.0, True)] if held[s] else [(p, to, r, e or held[to]) for p, to, r, e in mdp[s, policy[s]]]}
        for s in range(size)
    }
    values = exact_values(FiniteMDP.of(rows, start=0).starting([1 / 3] * 3), [0] * size, 1)
    special = dict.fromkeys(unsettled) | dict.fromkeys(doomed, -np.inf) | dict.fromkeys(np.flatnonzero(mdp.terminal), 0)
    return [None if s in unsettled else float(special.get(s, v)) for s, v in enumerate(values)]


@pytest.mark.parametrize("seed", range(150))
def test_policies_with_gamma_1_end_rest_lose_or_are_refused_as_brute_force_says(seed):
    mdp = restless_mdp(np.random.default_rng(seed))
    for policy in itertools.product((0, 1), repeat=3):
        exact = fate(mdp, policy)
        if exact == "gain" or None in exact:
            message = "may gain for ever" if exact == "gain" else "gains that cancel its losses"
            with pytest.raises(ValueError, match=f"this policy .*{message}"):
                evaluate_policy(mdp, policy)
            continue
        assert evaluate_policy(mdp, policy) == pytest.approx(exact, abs=1e-9)
        assert iterate_policy(mdp, policy).values == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("seed", range(150))
def test_optima_with_gamma_1_are_those_of_brute_force(seed):
    """The best of all policies whose returns have a limit; refused where one gains for ever, or only losers have it."""
    mdp = restless_mdp(np.random.default_rng(seed))
    fates = [fate(mdp, policy) for policy in itertools.product((0, 1), repeat=3)]
    columns = [] if "gain" in fates else list(zip(*fates, strict=True))
    best = [max((v for v in column if v is not None), default=-np.inf) for column in columns]
    cancels = any(top == -np.inf and None in column for top, column in zip(best, columns, strict=True))
    for plan in PLANNERS.values():
        if "gain" in fates or cancels:
            message = "gains that cancel its losses" if cancels else "may gain for ever from state"
            with pytest.raises(ValueError, match=f"a policy .*{message}"):
                plan(mdp, 1.0)
            continue
        solved = plan(mdp, 1.0)
        assert solved.values == pytest.approx(best, abs=1e-9)
        assert fate(mdp, solved.policy.tolist()) == pytest.approx(best, abs=1e-9)


def test_random_models_of_that_test_have_every_fate():
    every = [fate(restless_mdp(np.random.default_rng(seed)), (0, 0, 0)) for seed in range(150)]
    values = [v for x in every if x != "gain" for v in x]
    assert "gain" in every
    assert None in values
    assert -np.inf in values
    assert any(v not in (None, -np.inf, 0) for v in values)


@planners
def test_trap_that_can_be_avoided_is_worth_minus_infinity_and_is_avoided(plan):
    """Action 0 falls into the trap half the time, and pays well."""
    mdp = FiniteMDP.of(
        {
            0: {0: [(0.5, 1, 9.0, False), (0.5, 2, 9.0, True)], 1: [(1.0, 2, -5.0, True)]},
            1: {a: [(1.0, 1, -1.0, False)] for a in (0, 1)},
        }
        | {2: {a: [(1.0, 2, 0.0, True)] for a in (0, 1)}},
        start=0,
    )
    solved = plan(mdp, 1.0)
    assert solved.values.tolist() == [-5.0, -np.inf, 0.0]
    assert solved.q[0].tolist() == [-np.inf, -5.0]
    assert solved.policy[0] == 1


@planners
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_undiscounted_optimum_is_that_of_brute_force_in_fractions(plan, seed):
    """Costs only, and every pair may end: all policies end."""
    rng = np.random.default_rng(seed)
    mdp = random_mdp(rng, 3, 2, 2, ends=0.0, whole=seed % 2 == 0)
    mdp.outcomes.rows["end"][:12:2] = 1
    mdp = FiniteMDP(mdp.outcomes, 3)
    solved, exact = plan(mdp, 1.0), exact_optimum(mdp, 1)
    assert max(abs(Fraction(float(v)) - e) for v, e in zip(solved.values, exact, strict=True)) <= solved.bound
    assert solved.bound < 1e-9 * max(1.0, np.abs(solved.values).max())


@planners
def test_task_written_out_has_the_tasks_optimum_to_the_last_bit(plan):
    task = em.make("tiny")
    solved = plan(FiniteMDP.from_task(task), 1.0)
    assert solved.values[0] == task.optimum().value


def test_task_written_out_has_the_tasks_q_table():
    """Both list a state by the histories that lead to it; the table joins those that are paid alike ever after."""
    task = em.make("tiny")
    mdp, solved = FiniteMDP.from_task(task), value_iteration(FiniteMDP.from_task(task), 1.0)
    for row in task.q_table():
        s = 0
        for token in row.history:
            s = mdp.outcomes.rows["to"][mdp.outcomes.first[s * mdp.actions + token]]
        assert solved.q[s].tolist() == row.q.tolist()


def test_discounted_task_is_worth_its_best_melody():
    """Brute force over the 625 melodies, rewards discounted by step."""
    from tests import naive

    task = em.make("tiny")
    returns = task.rewards(naive.every_melody(task.grid)) @ 0.9 ** np.arange(task.grid.steps)
    assert policy_iteration(FiniteMDP.from_task(task), 0.9).values[0] == pytest.approx(returns.max(), abs=1e-12)


# Within a horizon


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), gamma=st.sampled_from([0.0, 0.9, 1.0]))
def test_finite_horizon_is_the_best_of_all_timed_policies(seed, gamma):
    mdp = random_mdp(np.random.default_rng(seed), 2, 2, 2, ends=0.2)
    timed = finite_horizon(mdp, 3, gamma)
    every = [np.array(p).reshape(3, 2) for p in itertools.product((0, 1), repeat=6)]
    best = np.max([evaluate_policy(mdp, p, gamma, horizon=3) for p in every], axis=0)
    assert timed.values[0] == pytest.approx(best, abs=1e-12)
    assert evaluate_policy(mdp, timed.policy, gamma, horizon=3) == pytest.approx(best, abs=1e-12)
    for t in range(3):
        assert (timed.q(t).max(axis=1) == timed.values[t]).all()
    assert (timed.values[3] == 0).all()


def test_steps_are_counted_though_changes_stay_the_same():
    mdp = FiniteMDP.of({0: {0: [(1.0, 0, 1.0, False)]}}, start=0)
    assert evaluate_policy(mdp, [0], horizon=1000).tolist() == [1000.0]
    assert finite_horizon(mdp, 1000).values[:3, 0].tolist() == [1000.0, 999.0, 998.0]


def test_long_horizon_nears_the_optimum_without_one():
    mdp = random_mdp(np.random.default_rng(4), 40, 3, 3, ends=0.0)
    timed = finite_horizon(mdp, 300, 0.9)
    assert timed.values[0] == pytest.approx(policy_iteration(mdp, 0.9).values, abs=1e-10)


# Policies


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), gamma=st.sampled_from([0.0, 0.9, 0.99, 1.0]))
def test_sweeps_come_as_near_to_a_policys_values_as_they_say(seed, gamma):
    rng = np.random.default_rng(seed)
    mdp = random_mdp(rng, 12, 3, 4, ends=0.2)
    policy = rng.dirichlet(np.ones(3), 12)
    exact = evaluate_policy(mdp, policy, gamma)
    for order, tolerance in itertools.product(evaluation.ORDERS, (1e-2, 1e-9)):
        made = iterate_policy(mdp, policy, gamma, tolerance, order)
        assert np.abs(made.values - exact).max() <= made.bound + 1e-12
        assert made.bound <= tolerance


def test_action_values_of_a_policy_are_an_action_and_then_the_policy():
    mdp = random_mdp(np.random.default_rng(5), 9, 3, 3, ends=0.2)
    policy = np.random.default_rng(5).integers(0, 3, 9)
    q, values = evaluate_q(mdp, policy, 0.9), evaluate_policy(mdp, policy, 0.9)
    assert q[np.arange(9), policy] == pytest.approx(values, abs=1e-12)
    assert (q == q_of(mdp, values, 0.9)).all()
    assert (improve(mdp, values, 0.9) == q.argmax(axis=1)).all()
    better = evaluate_policy(mdp, improve(mdp, values, 0.9), 0.9)
    assert (better >= values - 1e-12).all()  # policy improvement, Sutton & Barto (2018), equation 4.7
    assert better.sum() > values.sum() + 0.01


@pytest.mark.parametrize("epsilon", [0.0, 0.3, 1.0])
def test_soft_model_is_the_model_under_mixed_policies(epsilon):
    mdp = random_mdp(np.random.default_rng(6), 10, 3, 3, ends=0.1)
    policy = np.random.default_rng(6).integers(0, 3, 10)
    mixed = (1 - epsilon) * np.eye(3)[policy] + epsilon / 3
    assert evaluate_policy(soft(mdp, epsilon), policy, 0.9) == pytest.approx(
        evaluate_policy(mdp, mixed, 0.9), abs=1e-12
    )
    assert soft(mdp, epsilon).start.tolist() == mdp.start.tolist()


def test_soft_model_joins_outcomes_that_are_the_same():
    mdp = FiniteMDP.of({0: {a: [(0.5, 0, 1.0, False), (0.5, 0, 1.0, True)] for a in range(4)}}, start=0)
    assert len(soft(mdp, 0.1).outcomes.rows) == 9  # two outcomes an action, and the start


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: value_iteration(m, 1.01), "gamma is 1.01"),
        (lambda m: policy_iteration(m, -0.1), "gamma is -0.1"),
        (lambda m: modified_policy_iteration(m, float("nan")), "gamma is nan"),
        (lambda m: value_iteration(m, True), "gamma is True"),
        (lambda m: value_iteration(m, 0.9, 0.0), "tolerance is 0.0"),
        (lambda m: value_iteration(m, 0.9, float("inf")), "tolerance is inf"),
        (lambda m: modified_policy_iteration(m, 0.9, -1.0), "tolerance is -1.0"),
        (lambda m: iterate_policy(m, [0], 0.9, float("nan")), "tolerance is nan"),
        (lambda m: value_iteration(m, 0.9, order="prioritized"), "did you mean 'prioritised'"),
        (lambda m: iterate_policy(m, [0], 0.9, order="prioritised"), "expected one of 'synchronous', 'asynchronous'"),
        (lambda m: modified_policy_iteration(m, 0.9, sweeps=-1), "sweeps is -1"),
        (lambda m: modified_policy_iteration(m, 0.9, sweeps=1.5), "sweeps is 1.5"),
        (lambda m: finite_horizon(m, -1), "horizon is -1"),
        (lambda m: finite_horizon(m, 2).q(2), "step is 2"),
        (lambda m: evaluate_policy(m, [0], horizon=2.5), "horizon is 2.5"),
        (lambda m: q_of(m, [0.0, 1.0]), "values has shape"),
        (lambda m: soft(m, 1.5), "epsilon is 1.5"),
    ],
)
def test_arguments_out_of_range_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(FiniteMDP.of({0: {0: [(1.0, 0, 1.0, False)]}}, start=0))


def test_policy_iteration_equals_pymdptoolboxs():
    toolbox = oracle("mdptoolbox.mdp")
    mdp = random_mdp(np.random.default_rng(7), 100, 4, 6, ends=0.0)
    rows, shape = mdp.outcomes.rows[:-1], (100, 4, 6)
    p, r = np.zeros((4, 100, 100)), np.add.reduceat(rows["p"] * rows["reward"], mdp.outcomes.first[:-2])
    at = np.indices(shape)
    np.add.at(p, (at[1], at[0], rows["to"].reshape(shape)), rows["p"].reshape(shape))
    peer = toolbox.PolicyIteration(p, r.reshape(100, 4), 0.95)
    peer.run()
    assert np.abs(policy_iteration(mdp, 0.95).values - peer.V).max() < 1e-9


WANDER = {  # 0 pays 5 once and then rests unpaid in 1; 2 loses for ever; 3 may come to 2 or end; 4 gains for ever
    0: {0: [(1.0, 1, 5.0, False)], 1: [(1.0, 0, 0.0, True)]},
    1: {0: [(1.0, 1, 0.0, False)], 1: [(1.0, 1, 0.0, True)]},
    2: {0: [(1.0, 2, -1.0, False)], 1: [(1.0, 2, 0.0, True)]},
    3: {0: [(0.5, 2, 0.0, False), (0.5, 3, 0.0, True)], 1: [(1.0, 3, 0.0, True)]},
    4: {0: [(1.0, 4, 1.0, False)], 1: [(1.0, 4, 7.0, True)]},
}


def test_a_policy_that_may_lose_for_ever_is_worth_minus_infinity_there():
    mdp = em.FiniteMDP.of(WANDER, 0)
    assert em.plan.evaluate_policy(mdp, [0, 0, 0, 0, 1]).tolist() == [5.0, 0.0, -np.inf, -np.inf, 7.0]
    assert em.plan.evaluate_policy(mdp, [0, 0, 1, 0, 1]).tolist() == [5.0, 0.0, 0.0, 0.0, 7.0]


def test_action_values_of_such_a_policy_are_minus_infinity_where_they_lead_to_it():
    q = em.plan.evaluate_q(em.FiniteMDP.of(WANDER, 0), [0, 0, 0, 0, 1])
    assert q[2:4].tolist() == [[-np.inf, 0.0], [-np.inf, 0.0]]
    assert q[0].tolist() == [5.0, 0.0]


def test_a_policy_that_gains_for_ever_is_refused():
    with pytest.raises(ValueError, match="this policy may gain for ever from state 4"):
        em.plan.evaluate_policy(em.FiniteMDP.of(WANDER, 0), [0, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (em.make("tiny"), "expected a FiniteMDP: FiniteMDP.from_task makes one"),
        (gymnasium.make("FrozenLake-v1"), "expected a FiniteMDP: FiniteMDP.from_gymnasium makes one"),
    ],
    ids=["a task", "an environment"],
)
def test_what_is_no_explicit_model_is_refused_with_a_way_to_one(wrong, message):
    with pytest.raises(ValueError, match=message):
        em.plan.value_iteration(wrong, gamma=0.9)
