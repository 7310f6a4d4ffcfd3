"""Every method and encoding is held to its contract; a new one enters the list."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, NamedTuple

import numpy as np
import pytest

import evomusic as em
from evomusic.core.method import Batch
from evomusic.learn.learner import Learner
from evomusic.study import registry
from evomusic.testing import check_encoding, check_method
from tests import random_tasks

ENCODINGS = {
    "notes": em.Notes(),
    "form": em.Form(form="A'"),
    "motifs": em.Motifs(),
    "bits": em.Bits(),
    "tree": em.Tree(),
    "grammar": em.Grammar(),
    "policy-table": em.PolicyTable(),
    "policy-weights": em.PolicyWeights(),
    "policy-recurrent": em.PolicyWeights(hidden=4, recurrent=True),
    "policy-tree": em.PolicyTree(),
}
METHODS = {
    "random": em.RandomSearch(batch=7),
    "hill": em.HillClimb(),
    "beam": em.BeamSearch(width=5),
    "ga-notes": em.GA(population=10),
    "ga-bits": em.GA(population=10, encoding=em.Bits()),
    "ga-tree": em.GA(population=10, encoding=em.Tree()),
    "ga-grammar": em.GA(population=10, encoding=em.Grammar()),
    "ga-policy-table": em.GA(population=10, encoding=em.PolicyTable()),
    "ga-policy-weights": em.GA(population=10, encoding=em.PolicyWeights(hidden=4, recurrent=True)),
    "ga-policy-tree": em.GA(population=10, encoding=em.PolicyTree()),
    "cma-es": em.CMAES(population=8, separable=True),
    "es": em.ES(parents=3, offspring=9),
    "islands": em.Islands(epoch=2),
    "islands-mixed": em.Islands(
        epoch=2, methods=(em.GA(population=8), em.GA(population=8, encoding=em.Bits()), em.HillClimb())
    ),
    "deap-tree": em.Deap(population=10, encoding=em.Tree()),
    "deap-nsga2": em.Deap(algorithm="eaMuPlusLambda", select="selNSGA2", population=10),
    "deap-cma": em.Deap(algorithm="eaGenerateUpdate", population=8, encoding=em.PolicyWeights(view="blind")),
    "ga-lexicase": em.GA(population=10, selection=em.Lexicase()),
    "plus": em.MuPlusLambda(mu=6, lam=9),
    "steady": em.SteadyState(population=10),
    "annealing": em.Annealing(),
    "cross-entropy": em.CrossEntropy(samples=10),
    "best-of-n": em.BestOfN(n=5, encoding=em.Notes()),
    "soft-sampler": em.SoftSampler(batch=7, limit=5000),
    "nsga2": em.NSGA2(population=10),
    "map-elites": em.MapElites(first=10, batch=10),
    "map-elites-cvt": em.MapElites(cells=30, first=10, batch=10, encoding=em.Bits()),
    "deap-simple": em.Deap(population=10),
    "deap-mu-lambda": em.Deap(algorithm="eaMuPlusLambda", population=10),
    "q-blind": em.QLearning(view="blind"),
    "q-short": em.QLearning(epsilon=em.Decay(1.0, 0.1, 0.5)),
    "q-markov": em.QLearning(view="markov", rows="on-demand"),
    "sarsa": em.Sarsa(view="pair"),
    "expected-sarsa": em.ExpectedSarsa(),
    "double-q": em.DoubleQ(view="markov", rows="on-demand"),
    "q-softmax": em.QLearning(explore=em.Softmax(em.Decay(2.0, 0.1, 0.5, shape="exponential"))),
    "q-ucb": em.QLearning(explore=em.UCB(), alpha=em.Average(0.8), view="markov", rows="on-demand"),
    "expected-softmax": em.ExpectedSarsa(explore=em.Softmax(0.5)),
    "expected-ucb": em.ExpectedSarsa(explore=em.UCB(0.5)),
    "q-and-ga": em.Islands(methods=(em.GA(population=10), em.QLearning()), epoch=2),
    "sarsa-lambda": em.SarsaLambda(),
    "watkins-q": em.WatkinsQ(),
    "n-step-sarsa": em.NStepSarsa(),
    "monte-carlo": em.MonteCarlo(),
    "monte-carlo-weighted": em.MonteCarlo(importance="weighted", epsilon=0.3),
    "actor-critic": em.ActorCritic(),
    "actor-critic-traces": em.ActorCritic(view="pair", lam=0.8, alpha=em.Decay(0.2, 0.01, 0.5)),
    "actor-critic-markov": em.ActorCritic(view="markov", rows="on-demand", lam_critic=0.5),
    "soft-q": em.SoftQLearning(temperature=em.Decay(2.0, 0.1, 0.5)),
    "soft-actor-critic": em.SoftActorCritic(alpha=em.Decay(0.2, 0.01, 0.5), lam=0.5),
    "dyna": em.Dyna(),
    "dyna-sweeping": em.Dyna(priority=1e-3, rows="on-demand"),
    "tree-search": em.TreeSearch(simulations=30),
    "rollouts": em.Rollouts(),
    "reinforce": em.Reinforce(rows="on-demand"),
    "reinforce-plain": em.Reinforce(baseline=False, gamma=0.9),
}
TASKS = {
    "rules": random_tasks.task(np.random.default_rng(0), em.Grid(bars=2, beats=3, steps_per_beat=2)),
    "final": random_tasks.task(np.random.default_rng(1), em.Grid(bars=2, beats=2, steps_per_beat=3), final=True),
    "delayed": replace(
        random_tasks.task(np.random.default_rng(3), em.Grid(bars=1, beats=3, steps_per_beat=2)), delayed=True
    ),
    "one-step": random_tasks.task(np.random.default_rng(2), em.Grid(bars=1, beats=1, steps_per_beat=1, high=60)),
}


def test_every_registered_method_is_held_to_the_contract():
    """Learners are held to it by tests/learn/test_contract.py, and Deep, an optional package, by tests/learn/deep."""
    held = {type(method).__name__ for method in METHODS.values()} | {"Deep"}
    assert {name for name in registry.METHODS if not issubclass(getattr(em, name), Learner)} <= held


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("method", METHODS)
def test_methods_keep_their_contract(method, task):
    check_method(METHODS[method], TASKS[task])


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings_keep_their_contract(encoding, task):
    check_encoding(ENCODINGS[encoding], TASKS[task])


@pytest.mark.parametrize("method", METHODS)
def test_no_method_beats_the_optimum(method):
    task = TASKS["rules"]
    best = em.run(METHODS[method], task, steps=20_000, seed=1).best_return
    assert best <= task.optimum().value


class Walk(NamedTuple):
    count: int


class Cheat:
    """A method that breaks the contract in one way."""

    def __init__(self, how: str) -> None:
        self.how, self.hidden = how, 0

    def init(self, task, rng):
        return self.step(task, Walk(0), rng)

    def step(self, task, state, rng):
        if self.how == "global":
            np.random.random()  # noqa: NPY002
        if self.how == "hidden":
            self.hidden += 1
            rng = np.random.default_rng(self.hidden)
        melodies = rng.integers(0, task.grid.tokens, (4, task.grid.steps), dtype=np.uint8)
        returns = task.evaluate(melodies)
        if self.how == "peeks":
            task.evaluate(melodies[:1])
        if self.how == "lies":
            returns = returns + 1
        if self.how == "drops":
            melodies, returns = melodies[:3], returns[:3]
        if self.how == "too few":
            returns = returns[:3]
        if self.how == "float32":
            returns = returns.astype(np.float32)
        if self.how == "a list":
            returns = returns.tolist()
        if self.how == "infinite":
            returns = np.where(returns == returns.max(), np.inf, returns)
        if self.how == "wide":
            melodies = melodies.astype(np.int64)
        return Walk(state.count + 1), "music" if self.how == "no batch" else Batch(melodies, returns)

    def deliver(self, task, state):
        if self.how == "None":
            return None
        melodies = np.zeros((0 if self.how == "nothing" else 1, task.grid.steps), np.uint8)
        return {"one row": np.zeros(task.grid.steps, np.uint8), "no token": melodies + np.uint8(200)}.get(
            self.how, melodies
        )


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("peeks", "evaluated 60 melodies but returned 48"),
        ("drops", "evaluated 48 melodies but returned 36"),
        ("lies", "not the melodies' own"),
        ("hidden", "the same seed gave other bytes"),
        ("nothing", "delivers no melody"),
        ("None", "delivers no melody"),
        ("one row", r"what it delivers has melodies of shape \(12,\), expected \(P, 12\)"),
        ("no token", "what it delivers has the token 200, expected 0 to"),
        ("too few", r"a batch of 4 melodies has returns \(3,\), expected one a melody"),
        ("float32", "returns of a batch are float32, expected an array of float64"),
        ("a list", "returns of a batch are list, expected an array of float64"),
        ("infinite", r"a batch has the return \[inf\], expected finite numbers"),
        ("wide", "melodies of int64, expected an array of uint8"),
        ("no batch", "gave 'music', expected a Batch"),
        ("global", "global generator"),
    ],
)
def test_contract_finds_out_methods_that_cheat(how, message):
    with pytest.raises(AssertionError, match=message):
        check_method(Cheat(how), TASKS["rules"])


@pytest.mark.parametrize("thing", [None, em.HillClimb, em.Notes()], ids=["None", "class", "encoding"])
def test_contract_finds_out_what_is_no_method(thing):
    with pytest.raises(AssertionError, match="a method has init, step and deliver"):
        check_method(thing, TASKS["rules"])


class Bad(em.Notes):
    """An encoding that breaks the contract in one way."""

    how: ClassVar[str] = ""

    def decode(self, task, genomes):
        melodies = super().decode(task, genomes)
        return {"wide": melodies.astype(int), "few": melodies[1:], "short": melodies[:, 1:]}[self.how]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("wide", "decoding has melodies of int64, expected an array of uint8"),
        ("few", r"decoding has melodies of shape \(63, 12\), expected \(64, 12\)"),
        ("short", r"decoding has melodies of shape \(64, 11\), expected \(64, 12\)"),
    ],
)
def test_contract_finds_out_encodings_that_decode_badly(how, message, monkeypatch):
    monkeypatch.setattr(Bad, "how", how)
    with pytest.raises(AssertionError, match=message):
        check_encoding(Bad(), TASKS["rules"])


def test_honest_method_passes():
    check_method(Cheat("not"), TASKS["rules"])


def test_state_of_another_method_is_refused(tmp_path):
    rng = np.random.default_rng(0)
    state, _ = METHODS["sarsa"].init(TASKS["rules"], rng)
    em.save_state(tmp_path / "state.npz", state, rng)
    with pytest.raises(ValueError, match="holds no state of this method"):
        em.load_state(tmp_path / "state.npz", Walk(0))
    (tmp_path / "state.npz").write_bytes(b"PK\x03\x04 damaged")
    with pytest.raises(ValueError, match="holds no state of this method"):
        em.load_state(tmp_path / "state.npz", state)
