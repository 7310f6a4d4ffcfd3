"""Planning on explicit models: backups/s, and policy iteration against pymdptoolbox."""

from __future__ import annotations

import os
import warnings
from importlib.util import find_spec

import numpy as np

import evomusic as em
from benchmarks.timing import Sheet, seconds
from evomusic.models.mdp import FiniteMDP
from evomusic.models.outcomes import ROW, Outcomes
from evomusic.plan.mdp.iteration import policy_iteration, value_iteration


def random_mdp(states: int, actions: int, outcomes: int) -> FiniteMDP:
    """Each pair leads to some random states with random probabilities; with one outcome, the model is deterministic."""
    rng, count = np.random.default_rng(0), states * actions * outcomes
    rows = np.zeros(count + 1, ROW)
    p = rng.random((states * actions, outcomes))
    rows["p"] = np.append(p / p.sum(axis=1, keepdims=True), 1.0)
    rows["to"], rows["reward"] = rng.integers(0, states, count + 1), rng.random(count + 1)
    return FiniteMDP(Outcomes(np.append(np.arange(0, count + 1, outcomes), count + 1), rows, actions), states)


def melodies(states: int, actions: int) -> FiniteMDP:
    """A deterministic model whose states go in a ring of random jumps: ends keep the sweeps many."""
    mdp = random_mdp(states, actions, 1)
    mdp.outcomes.rows["end"][:-1:97] = 1
    return FiniteMDP(mdp.outcomes, states)


def iteration(sheet: Sheet, small: bool) -> None:
    for states in (1000, 2000):
        mdp, gamma = melodies(states, 36), 0.9 if small else 0.999
        made = value_iteration(mdp, gamma)
        took = seconds(lambda mdp=mdp, gamma=gamma: value_iteration(mdp, gamma), sheet.repeats)
        what = f"value iteration, {states:,} states x 36 actions, deterministic, {made.sweeps} sweeps"
        sheet.least(what, made.backups / took / 1e9, "G backups/s", 1)


def policies(sheet: Sheet, small: bool) -> None:
    """Both are given the finished model; theirs in its dense and its sparse form, of which the faster counts."""
    if find_spec("mdptoolbox") is None:
        print("skip policy iteration: pymdptoolbox is not installed, it is in the extra [oracles]", flush=True)
        return
    from mdptoolbox import mdp as toolbox
    from scipy.sparse import csr_matrix

    states, actions, outcomes, gamma = 200 if small else 2000, 10, 10, 0.95
    mdp = random_mdp(states, actions, outcomes)
    rows = mdp.outcomes.rows[:-1].reshape(states, actions, outcomes)
    paid = (rows["p"] * rows["reward"]).sum(axis=2)
    first = np.arange(0, states * outcomes + 1, outcomes)
    sparse = [
        csr_matrix((rows["p"][:, a].ravel(), rows["to"][:, a].ravel(), first), shape=(states, states))
        for a in range(actions)
    ]
    took = {}
    for form, given in (("sparse", sparse), ("dense", np.array([p.toarray() for p in sparse]))):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            peer = toolbox.PolicyIteration(given, paid, gamma)
        took[form] = seconds(peer.run, 1)
        off = np.abs(policy_iteration(mdp, gamma).values - peer.V).max()
        sheet.most(f"policy iteration, largest difference from pymdptoolbox's ({form})", off, "", 1e-9)
    form = min(took, key=took.get)
    ours = seconds(lambda: policy_iteration(mdp, gamma), sheet.repeats)
    what = f"policy iteration, {states:,} states x {actions} actions x {outcomes} outcomes"
    sheet.ratio(what, 1 / ours, 1 / took[form], "solutions/s", 50, f"pymdptoolbox, {form}, {os.cpu_count()} cores")


def tasks(sheet: Sheet, small: bool) -> None:
    mdp = FiniteMDP.from_task(em.make("tiny"))
    sheet.most("tiny as an MDP, optimum", 1e3 * seconds(lambda: value_iteration(mdp, 1.0), sheet.repeats), "ms", 50)
