"""Arguments of the wrong kind get one clear line from every planner, whatever they are."""

from __future__ import annotations

import numpy as np
import pytest

import evomusic as em

MDP = em.FiniteMDP.of({s: {a: [(1.0, 1 - s, 1.0, False)] for a in (0, 1)} for s in (0, 1)}, start=0)
POMDP = em.FinitePOMDP(
    transitions=[np.eye(2)] * 2, emissions=[[[0.8, 0.2], [0.2, 0.8]]] * 2, rewards=np.eye(2), discount=0.9
)
NO_MODEL = [None, 2.5, "mdp", True, [1], em.FiniteMDP]
NO_NUMBER = [None, "0.9", True, float("nan"), 10**400, -1, [0.5], float]
NO_COUNT = [None, "100", True, 2.5, float("nan"), 10**400, -1, [3], int]
NO_ARRAY = [None, "greedy", {}, [[0], [0, 1]], ["a", "b"], [10**400, 0], object(), [True, False]]

ON_MDP = {
    "value_iteration": lambda m, **x: em.plan.value_iteration(m, **({"gamma": 0.9} | x)),
    "policy_iteration": lambda m, **x: em.plan.policy_iteration(m, **({"gamma": 0.9} | x)),
    "modified_policy_iteration": lambda m, **x: em.plan.modified_policy_iteration(m, **({"gamma": 0.9} | x)),
    "evaluate_policy": lambda m, **x: em.plan.evaluate_policy(m, **({"policy": [0, 0], "gamma": 0.9} | x)),
    "evaluate_q": lambda m, **x: em.plan.evaluate_q(m, **({"policy": [0, 0], "gamma": 0.9} | x)),
    "iterate_policy": lambda m, **x: em.plan.iterate_policy(m, **({"policy": [0, 0], "gamma": 0.9} | x)),
    "q_of": lambda m, **x: em.plan.q_of(m, **({"values": [0, 0], "gamma": 0.9} | x)),
    "improve": lambda m, **x: em.plan.improve(m, **({"values": [0, 0], "gamma": 0.9} | x)),
    "finite_horizon": lambda m, **x: em.plan.finite_horizon(m, **({"horizon": 3, "gamma": 0.9} | x)),
}
ON_POMDP = {
    "solve_pomdp": em.plan.solve_pomdp,
    "qmdp": em.plan.qmdp,
    "fast_informed_bound": em.plan.fast_informed_bound,
    "point_based": em.plan.point_based,
}
some = pytest.mark.parametrize


def refused(call, *args, **kwargs):
    """The one line of a ValueError."""
    with pytest.raises(ValueError, match=r"\S") as error:
        call(*args, **kwargs)
    line = str(error.value)
    assert "\n" not in line
    assert len(line) < 300
    return line


def test_right_arguments_are_taken():
    for call in ON_MDP.values():
        call(MDP)
        call(MDP, gamma=np.float32(0.5))
    for call in ON_POMDP.values():
        call(POMDP)


@some("wrong", [*NO_MODEL, POMDP], ids=str)
@some("name", ON_MDP)
def test_anything_but_an_mdp_is_refused_by_planners_of_mdps(name, wrong):
    assert "expected a FiniteMDP: FiniteMDP.of makes one" in refused(ON_MDP[name], wrong)


@some("wrong", [*NO_MODEL, MDP], ids=str)
@some("name", ON_POMDP)
def test_anything_but_a_pomdp_is_refused_by_planners_of_pomdps(name, wrong):
    assert "expected a FinitePOMDP: FinitePOMDP.read or FinitePOMDP.of" in refused(ON_POMDP[name], wrong)
    assert "expected a FinitePOMDP" in refused(em.plan.belief_mdp, wrong)
    assert "expected a FinitePOMDP" in refused(em.plan.update_belief, wrong, [0.5, 0.5], 0, 0)
    assert "expected a FinitePOMDP" in refused(em.plan.solve_horizon, wrong, 2)


@some("wrong", NO_NUMBER, ids=lambda x: str(x)[:8])
def test_numbers_are_numbers_everywhere(wrong):
    for call in ON_MDP.values():
        assert refused(call, MDP, gamma=wrong).startswith("gamma is ")
    for call in ON_POMDP.values():
        if wrong is not None:  # the model's own discount
            assert refused(call, POMDP, gamma=wrong).startswith("gamma is ")
        if call is not em.plan.point_based:
            assert refused(call, POMDP, tolerance=wrong).startswith("tolerance is ")
    for name in ("limit", "gap"):
        assert refused(em.plan.point_based, POMDP, **{name: wrong}).startswith(f"{name} is ")
    for name in ("value_iteration", "modified_policy_iteration", "iterate_policy"):
        assert refused(ON_MDP[name], MDP, tolerance=wrong).startswith("tolerance is ")
    assert refused(em.plan.soft, MDP, wrong).startswith("epsilon is ")
    assert refused(em.plan.solve_horizon, POMDP, 2, wrong).startswith("gamma is ")
    assert refused(em.value_of_observation, MDP, [0, 1], wrong).startswith("gamma is ")


@some("wrong", NO_COUNT, ids=lambda x: str(x)[:8])
def test_counts_are_whole_numbers_everywhere(wrong):
    assert refused(em.plan.finite_horizon, MDP, wrong).startswith("horizon is ")
    assert refused(em.plan.finite_horizon(MDP, 3).q, wrong).startswith("step is ")
    assert refused(em.plan.modified_policy_iteration, MDP, 0.9, sweeps=wrong).startswith("sweeps is ")
    assert refused(em.plan.solve_horizon, POMDP, wrong).startswith("horizon is ")
    assert refused(em.plan.solve_horizon, POMDP, 2, limit=wrong).startswith("limit is ")
    assert refused(em.plan.solve_pomdp, POMDP, limit=wrong).startswith("limit is ")
    assert refused(em.plan.belief_mdp, POMDP, limit=wrong).startswith("limit is ")
    if wrong is not None:
        assert refused(em.plan.evaluate_policy, MDP, [0, 0], horizon=wrong).startswith("horizon is ")
        assert refused(em.value_of_observation, MDP, [0, 1], 0.9, limit=wrong).startswith("limit is ")


@some("wrong", NO_ARRAY, ids=lambda x: str(x)[:12])
def test_arrays_are_arrays_of_numbers_everywhere(wrong):
    for name in ("evaluate_policy", "evaluate_q", "iterate_policy"):
        assert refused(ON_MDP[name], MDP, policy=wrong).startswith("policy ")
    for name in ("q_of", "improve"):
        assert refused(ON_MDP[name], MDP, values=wrong).startswith("values ")
    assert refused(em.plan.update_belief, POMDP, wrong, 0, 0).startswith("belief ")
    assert refused(em.plan.solve_pomdp(POMDP).bounds, {} if wrong is None else wrong).startswith("belief ")
    assert refused(em.plan.qmdp(POMDP).value, wrong).startswith("belief ")
    assert refused(em.plan.point_based(POMDP).act, {} if wrong is None else wrong).startswith("belief ")
    assert refused(em.value_of_observation, MDP, wrong, 0.9).startswith("seen ")
    if wrong is not None:
        assert refused(em.plan.point_based, POMDP, beliefs=wrong).startswith("belief")


@some("wrong", [None, 2.5, "listen", True, -1, 2, [0]], ids=str)
def test_actions_and_observations_are_names_or_numbers(wrong):
    assert refused(em.plan.update_belief, POMDP, [0.5, 0.5], 0, wrong).startswith("observation is ")
    assert refused(em.plan.update_belief, POMDP, [0.5, 0.5], wrong, 0).startswith("action is ")


@some("wrong", [None, "synchronus", 1, ["synchronous"]], ids=str)
def test_orders_are_words(wrong):
    for name in ("value_iteration", "iterate_policy"):
        assert refused(ON_MDP[name], MDP, order=wrong).startswith("order is ")


@some("wrong", [None, "x", 10**400, [["a"]], [[1, 2], [3]], object(), {}], ids=lambda x: str(x)[:8])
@some("field", ["transitions", "emissions", "rewards", "start", "first"])
def test_fields_of_a_pomdp_are_arrays(field, wrong):
    if wrong is None and field in ("start", "first"):
        return
    fields = {"transitions": POMDP.transitions, "emissions": POMDP.emissions, "rewards": POMDP.rewards}
    assert refused(em.FinitePOMDP, **(fields | {field: wrong})).startswith(field)


@some(
    ("field", "wrong"),
    [
        ("discount", "0.9"),
        ("discount", None),
        ("state_names", "ab"),
        ("state_names", 2),
        ("action_names", [0, 1]),
        ("observation_names", [["a"], ["b"]]),
        ("state_names", ["a", "a"]),
    ],
)
def test_names_and_discount_of_a_pomdp_are_checked(field, wrong):
    fields = {"transitions": POMDP.transitions, "emissions": POMDP.emissions, "rewards": POMDP.rewards}
    assert refused(em.FinitePOMDP, **(fields | {field: wrong})).startswith(f"{field} ")


@some("wrong", [None, 2.5, "mdp"], ids=str)
def test_a_pomdp_is_made_of_an_mdp_and_observations(wrong):
    assert refused(em.FinitePOMDP.of, wrong, [0, 1]).startswith("mdp is ")
    assert refused(em.FinitePOMDP.of, MDP, wrong).startswith("observe ")
    assert "expected at most" in refused(em.FinitePOMDP.of, MDP, [0, 10**9])


def test_names_of_an_mdp_become_words_of_the_pomdp():
    cells = [(0, 0), (0, 1)]
    mdp = em.FiniteMDP.from_functions(cells, ["on"], lambda s, a: (1.0, cells[1], -1.0, True), start=cells[0])
    pomdp = em.FinitePOMDP.of(mdp, [0, 1])
    assert (pomdp.names("state"), pomdp.names("action")) == (("0_0", "0_1"), ("on",))
    assert em.FinitePOMDP.parse(pomdp.to_text()).names("state") == ("0_0", "0_1")
