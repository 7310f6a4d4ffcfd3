"""PolicySearch: policies for any finite MDP, evolved by the loops and encodings of policies that melodies use.

It takes the place of a task in their methods, because it has a `scene`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import able, flag, instance, number, probability, whole, wrong
from evomusic.core.task import Task
from evomusic.encodings.base import MOST, assign, concatenate, count, take
from evomusic.encodings.policy.rollout import choices, expect, play
from evomusic.encodings.policy.scene import Inputs, Scene
from evomusic.models.mdp import FiniteMDP


class Policies(Protocol):
    """An encoding of policies."""

    def policies(self, task: Task, genomes: Any) -> tuple[Any, int]:
        """Policies for `rollout`, and the size of the scratch that they need."""
        ...


class AskTell(Protocol):
    """A loop that asks and tells, over an encoding: GA, ES, CMAES and others."""

    @property
    def encoding(self) -> Any:
        """The encoding that is searched."""
        ...

    def begin(self, task: Task, rng: np.random.Generator) -> Any:
        """The initial state."""
        ...

    def ask(self, task: Task, state: Any, rng: np.random.Generator) -> tuple[Any, Any]:
        """The next state, and genomes to be evaluated."""
        ...

    def tell(self, task: Task, state: Any, genomes: Any, returns: NDArray[np.float64]) -> Any:
        """The state after the genomes' returns (P,) became available."""
        ...


class Found(NamedTuple):
    """The result of a search.

    `genome` is the best policy's (leading axis 1), `policy` (S,) its action in each state of the MDP when an episode
    begins there, `value` its fitness, `curve` (N, 2) policies evaluated and best fitness at each improvement.
    """

    genome: Any
    policy: NDArray[np.uint8]
    value: float
    curve: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class PolicySearch:
    """Policy search in a finite MDP by any evolutionary loop: evolution as reinforcement learning.

    The fitness is the expected discounted return from the start within `horizon` steps: exact, from the model, when
    `episodes` is 0; else the mean over that many episodes (Monte Carlo), which recurrent policies need. A horizon
    longer than any good episode does not change the best policy. From a single start the fitness may be flat: with
    exploring starts (Sutton & Barto 2018, section 5.3) episodes begin in every state that is not terminal, evenly.

    Args:
        mdp: the model.
        gamma: discount, 0 to 1.
        horizon: greatest number of steps in an episode.
        episodes: number of episodes by which a policy is evaluated; 0 for the exact expectation.
        observe: observation (S,) of each state, 0 to O - 1; each state is its own observation when None. States that
            share one make the MDP partially observed.
        features: (O, F) inputs of a network or a tree, instead of the observation itself.
        exploring: whether episodes begin in every state instead of the MDP's own starts.

    Raises:
        ValueError: a number is out of range, or an array does not fit the MDP.
    """

    mdp: FiniteMDP
    gamma: float = 1.0
    horizon: int = 200
    episodes: int = 0
    observe: ArrayLike | None = None
    features: ArrayLike | None = None
    exploring: bool = False

    def __post_init__(self) -> None:
        instance("mdp", self.mdp, FiniteMDP, "a FiniteMDP")
        assign(
            self,
            gamma=probability("gamma", self.gamma),
            horizon=whole("horizon", self.horizon, 1, MOST),
            episodes=whole("episodes", self.episodes, 0, MOST),
            exploring=flag("exploring", self.exploring),
        )
        observed = self.observed
        if observed.shape != (self.mdp.states,) or observed.min() < 0:
            raise ValueError(f"observe has shape {observed.shape}, expected {self.mdp.states} whole numbers from 0 up")
        shape = (int(observed.max()) + 1,)
        if self.features is not None and (self._features.ndim != 2 or self._features.shape[:1] != shape):
            raise ValueError(
                f"features has shape {self._features.shape}, expected ({shape[0]}, F): a row an observation"
            )

    @cached_property
    def observed(self) -> NDArray[np.int64]:
        """The observation (S,) of each state."""
        if self.observe is None:
            return np.arange(self.mdp.states)
        try:
            numbers = np.asarray(self.observe)
        except ValueError:
            numbers = np.zeros(0, object)  # rows of different lengths
        if numbers.dtype.kind not in "iu":
            raise wrong("observe", self.observe, f"an array of {self.mdp.states} whole numbers")
        return numbers.astype(np.int64)

    @cached_property
    def model(self) -> FiniteMDP:
        """The MDP, with the starting states of the search."""
        free = ~self.mdp.terminal
        return self.mdp.starting(free / free.sum()) if self.exploring else self.mdp

    @cached_property
    def _features(self) -> NDArray[np.float64]:
        try:
            return np.asarray(self.features, np.float64)
        except (TypeError, ValueError, OverflowError):
            raise wrong("features", self.features, "an array of numbers, a row for each observation") from None

    @cached_property
    def scene(self) -> Scene:
        """The observations and actions of policies here."""
        size, actions = int(self.observed.max()) + 1, self.mdp.actions
        states, one = np.arange(size), np.ones((size, 1))
        if self.features is None:
            places = np.stack([0 * states, 1 + states], axis=1).astype(np.int32)
            inputs = Inputs(places, np.ones((size, 2)), size + 1)
            seen = [("state", states.astype(float))]
        else:
            width = self._features.shape[1]
            places = np.tile(np.arange(width + 1, dtype=np.int32), (size, 1))
            inputs = Inputs(places, np.concatenate([one, self._features], axis=1), width + 1)
            seen = [(f"feature{j}", self._features[:, j].copy()) for j in range(width)]
        offered = [("action", np.arange(actions, dtype=float))]
        offered += [(f"is{a}", (np.arange(actions) == a).astype(float)) for a in range(actions) if actions <= 16]
        nothing = np.zeros(0, np.int64)
        pitch, recent = np.full(actions, -1), np.zeros((size, 0), np.int64)
        return Scene(size, actions, self.model.outcomes, size, inputs, seen, offered, pitch, recent, nothing)

    def evaluate(self, encoding: Policies, genomes: Any, rng: np.random.Generator) -> NDArray[np.float64]:
        """Fitness (P,) of policies.

        Args:
            encoding: of the policies.
            genomes: with leading axis P.
            rng: for episodes; not used when `episodes` is 0.

        Raises:
            ValueError: the policies are recurrent, and `episodes` is 0.
        """
        out = np.empty(count(genomes))
        if self.episodes == 0:
            if getattr(encoding, "recurrent", False):
                raise ValueError("a recurrent policy has no exact value here; give the search episodes")
            expect(self.model.outcomes, self.policies(encoding, genomes), float(self.gamma), self.horizon, out)
            return out
        found, room = encoding.policies(cast("Task", self), genomes)
        play(found, self.model.outcomes, self.observed, room, float(self.gamma), self.horizon, self.episodes, rng, out)
        return out

    def policies(self, encoding: Policies, genomes: Any) -> NDArray[np.uint8]:
        """Action (P, S) of each policy in each state of the MDP, where an episode begins there."""
        found, room = encoding.policies(cast("Task", self), genomes)
        chosen = np.empty((count(genomes), self.scene.states), np.uint8)
        choices(found, room, chosen)
        return np.ascontiguousarray(chosen[:, self.observed])

    def run(self, method: AskTell, evaluations: int = 30_000, seed: int = 0, target: float = np.inf) -> Found:
        """Search with a loop over an encoding of policies.

        Args:
            method: GA, ES, CMAES or another loop that asks and tells, over PolicyTable, PolicyTree or PolicyWeights.
            evaluations: number of policies to evaluate; the last batch is finished.
            seed: of the only random generator.
            target: the fitness at which the search ends early.

        Raises:
            ValueError: a number is out of range, or the method is no loop over an encoding of policies.
        """
        able("method", method, ("begin", "ask", "tell"), "a loop that asks and tells, such as em.GA()")
        able("encoding", getattr(method, "encoding", None), ("policies",), "an encoding of policies: PolicyTable()")
        whole("evaluations", evaluations, 1)
        whole("seed", seed)
        if target != np.inf:
            number("target", target)
        rng, here, spent = np.random.default_rng(seed), cast("Task", self), 0
        state, best, champion = method.begin(here, rng), -np.inf, None
        curve: list[tuple[float, float]] = []
        while spent < evaluations and best < target:
            state, genomes = method.ask(here, state, rng)
            returns = self.evaluate(method.encoding, genomes, rng)
            state = method.tell(here, state, genomes, returns)
            spent, top = spent + len(returns), int(returns.argmax())
            if champion is None or returns[top] > best:
                best, champion = float(returns[top]), concatenate([take(genomes, np.array([top]))])
                curve.append((spent, best))
        return Found(champion, self.policies(method.encoding, champion)[0], best, np.array(curve))
