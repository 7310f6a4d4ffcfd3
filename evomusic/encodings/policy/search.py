"""PolicySearch: policies evolved on any finite MDP. It stands where encodings of policies and loops expect a task."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.task import Task
from evomusic.encodings.base import check_count, concatenate, count, take
from evomusic.encodings.policy.rollout import choices, expect, play
from evomusic.encodings.policy.scene import Inputs, Scene
from evomusic.models.mdp import FiniteMDP


class Policies(Protocol):
    """An encoding of policies."""

    def policies(self, task: Task, genomes: Any) -> tuple[Any, int]:
        """Policies as kernels know them, and the scratch that they need."""
        ...


class AskTell(Protocol):
    """A loop over an encoding, as far as it is used here: GA, ES, CMAES and others."""

    @property
    def encoding(self) -> Any:
        """The searched space."""
        ...

    def begin(self, task: Task, rng: np.random.Generator) -> Any:
        """The state before anything was proposed."""
        ...

    def ask(self, task: Task, state: Any, rng: np.random.Generator) -> tuple[Any, Any]:
        """The state, and genomes to be evaluated."""
        ...

    def tell(self, task: Task, state: Any, genomes: Any, returns: NDArray[np.float64]) -> Any:
        """The state after genomes turned out to return (P,)."""
        ...


class Found(NamedTuple):
    """What a search left.

    `genome` is the best policy's (leading axis 1), `policy` what it does in each state of the MDP when an episode
    begins there (S,), `value` its fitness, `curve` (N, 2) policies evaluated and best fitness at each improvement.
    """

    genome: Any
    policy: NDArray[np.uint8]
    value: float
    curve: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class PolicySearch:
    """Policies for a finite MDP, searched by any loop: evolution as reinforcement learning.

    The fitness is the expected discounted return from the start within `horizon` steps: exact, by the model, when
    `episodes` is 0; else the mean of so many episodes (Monte Carlo), which is the only way for a policy that remembers.
    A horizon longer than any good episode leaves the best policy what it is. From one start the fitness may be flat:
    with `exploring` starts (Sutton & Barto 2018, section 5.3) episodes begin in every state that is not terminal alike.

    Args:
        mdp: the model.
        gamma: discount, 0 to 1.
        horizon: steps an episode at most.
        episodes: episodes a policy is judged by; 0 for the exact expectation.
        observe: (S,) what each state looks like, 0 to O - 1; each like itself when None. This is how an MDP is only
            partially observed.
        exploring: whether episodes begin in every state instead of the MDP's own starts.
        features: (O, F) numbers that a network or a tree is shown instead of the observation itself.

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
        check_count("horizon", self.horizon)
        check_count("episodes", self.episodes, 0)
        if isinstance(self.gamma, bool) or not 0 <= self.gamma <= 1:
            raise ValueError(f"gamma is {self.gamma!r}, expected 0 to 1")
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
        """(S,) what each state looks like."""
        given = np.arange(self.mdp.states) if self.observe is None else np.asarray(self.observe)
        if given.dtype.kind not in "iu":
            raise ValueError(f"observe has dtype {given.dtype}, expected whole numbers")
        return given.astype(np.int64)

    @cached_property
    def model(self) -> FiniteMDP:
        """The MDP with the starts of the search."""
        free = ~self.mdp.terminal
        return self.mdp.starting(free / free.sum()) if self.exploring else self.mdp

    @cached_property
    def _features(self) -> NDArray[np.float64]:
        return np.asarray(self.features, np.float64)

    @cached_property
    def scene(self) -> Scene:
        """What policies see here: the observation, or its features."""
        looks, actions = int(self.observed.max()) + 1, self.mdp.actions
        number, one = np.arange(looks), np.ones((looks, 1))
        if self.features is None:
            inputs = Inputs(np.stack([0 * number, 1 + number], axis=1).astype(np.int32), np.ones((looks, 2)), looks + 1)
            seen = [("state", number.astype(float))]
        else:
            width = self._features.shape[1]
            places = np.tile(np.arange(width + 1, dtype=np.int32), (looks, 1))
            inputs = Inputs(places, np.concatenate([one, self._features], axis=1), width + 1)
            seen = [(f"feature{j}", self._features[:, j].copy()) for j in range(width)]
        offered = [("action", np.arange(actions, dtype=float))]
        offered += [(f"is{a}", (np.arange(actions) == a).astype(float)) for a in range(actions) if actions <= 16]
        nothing = np.zeros(0, np.int64)
        pitch, recent = np.full(actions, -1), np.zeros((looks, 0), np.int64)
        return Scene(looks, actions, self.model.outcomes, looks, inputs, seen, offered, pitch, recent, nothing)

    def evaluate(self, encoding: Policies, genomes: Any, rng: np.random.Generator) -> NDArray[np.float64]:
        """Fitness (P,) of policies.

        Args:
            encoding: how genomes are policies.
            genomes: leading axis P.
            rng: used when `episodes` is not 0.

        Raises:
            ValueError: the policies remember, and `episodes` is 0.
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
        """(P, S) what each policy does in each state of the MDP when an episode begins there."""
        found, room = encoding.policies(cast("Task", self), genomes)
        done = np.empty((count(genomes), self.scene.states), np.uint8)
        choices(found, room, done)
        return np.ascontiguousarray(done[:, self.observed])

    def run(self, method: AskTell, evaluations: int = 30_000, seed: int = 0, target: float = np.inf) -> Found:
        """Search with a loop over an encoding of policies.

        Args:
            method: GA, ES, CMAES or another loop that asks and tells, over PolicyTable, PolicyTree or PolicyWeights.
            evaluations: policies to evaluate; the last batch is finished.
            seed: seeds the only random generator.
            target: a fitness that is enough.
        """
        check_count("evaluations", evaluations)
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
