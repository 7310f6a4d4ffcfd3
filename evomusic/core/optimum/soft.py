"""The soft optimum: melodies with probability proportional to prior x exp(return / temperature), exactly.

It is the optimum of the expected return less temperature x the divergence from the prior, which maximum-entropy
reinforcement learning and KL control approximate (E. Todorov, "Linearly-solvable Markov decision problems", 2006;
S. Levine, "Reinforcement learning and control as probabilistic inference", 2018). One backward pass over the product of
rules and style sums over all melodies in logarithms, and melodies are drawn forward, independently of each other.
Logarithms are natural. P melodies, T steps, A tokens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core import conditions, kernels
from evomusic.core.automata import TooManyStates
from evomusic.core.checks import choice, whole
from evomusic.core.machine import Machine, pack
from evomusic.core.melody import checked_melodies
from evomusic.core.optimum.chain import Chain, generator
from evomusic.core.optimum.layers import unroll
from evomusic.core.optimum.prior import Prior
from evomusic.core.optimum.stages import Stages, staged
from evomusic.core.optimum.sweeps import Flow, Sums, Weights, backward, joint_expectation
from evomusic.core.optimum.tied import TiedPolicy
from evomusic.core.ties import Tie, tied

PAIRS: Final = 2**23  # joint memories of the policy and of a dropped rule at one step, at most

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SoftPolicy:
    """The distribution of melodies proportional to prior x exp(return / temperature), exact but for rounding.

    Written by `Task.soften`. A token's probability depends on the whole history, as far as the prior and the rules
    remember it. Entropies, divergences and soft values are in nats; times the temperature they are in units of return.

    Attributes:
        machine: the task's rules on its grid.
        temperature: in units of return; infinite for the prior itself.
        prior: "style", "uniform" or "song".
        rules: names of the rules that the distribution has.
        dropped: names of the rules, and of final measures, that it has not.
        allowed: (T, A) bool, the tokens that its conditions leave; all without conditions.
    """

    machine: Machine
    temperature: float
    prior: str
    rules: tuple[str, ...]
    dropped: tuple[str, ...]
    allowed: NDArray[np.bool_]
    _stages: Stages
    _weights: tuple[Weights, ...]
    _sums: tuple[Sums, ...]  # (T + 1)
    _prior: Prior

    def __repr__(self) -> str:
        return (
            f"SoftPolicy(temperature={self.temperature:g}, prior={self.prior!r}, rules={len(self.rules)}, "
            f"dropped={self.dropped})"
        )

    @property
    def rows(self) -> int:
        """Rows of the product, of all steps."""
        return self._stages.rows

    @property
    def log_partition(self) -> float:
        """Logarithm of the expectation, under the prior, of exp(return / temperature) where the conditions are met."""
        return float(self._sums[0].kinds.logs(0) + self._stages.shift @ self._scale + self._constant)

    def lock(self, locked: ArrayLike) -> SoftPolicy:
        """The same distribution on the condition that tokens are locked; conditions add up.

        Only steps up to the last condition are computed again.

        Args:
            locked: (T,) whole numbers: the token of a step, or -1 where it is open; or (T, A) bool: the tokens that are
                allowed at each step. `em.conditions` makes such tables.

        Raises:
            ValueError: the shape or a token does not fit the grid, or no melody meets the conditions.
        """
        allowed = self.allowed & conditions.tokens(locked, self.machine.grid)
        empty = np.flatnonzero(~allowed.any(axis=1))
        if len(empty):
            raise ValueError(f"no melody meets the conditions: they leave no token at step {empty[0]}")
        changed = np.flatnonzero((allowed != self.allowed).any(axis=1))
        past = int(changed[-1]) + 1 if len(changed) else 0
        sums = backward(self._stages.steps, self._weights, allowed, self._sums[past:])
        return replace(self, allowed=allowed, _sums=sums)

    def tie(self, like: str | Tie | Sequence[Tie]) -> TiedPolicy:
        """The same distribution on the condition that spans sound as earlier ones.

        Conditions on a span hold for all that are tied to it, and where they fix it, samples stay exact. Where both
        spans are open, particles draw them; see `TiedPolicy.draw`.

        Args:
            like: a form such as "AABA", "ABAB", "AA'" or "period" (`em.conditions.form`), or ties.

        Raises:
            ValueError: `like` is none of these or does not fit the grid, or no melody meets ties and conditions.
        """
        ties = tied(like, self.machine.grid)
        policy = self.lock(ties.closed(self.allowed))
        return TiedPolicy(policy.chain, ties, policy.log_partition)

    def sample(
        self,
        n: int,
        rng: np.random.Generator,
        locked: ArrayLike | None = None,
        like: str | Tie | Sequence[Tie] | None = None,
    ) -> NDArray[np.uint8]:
        """Independent exact samples; with `like` those of `TiedPolicy.sample`.

        Args:
            n: number of melodies.
            rng: random generator; one number a token.
            locked: conditions, as for `lock`.
            like: ties, as for `tie`.

        Returns:
            (n, T) uint8 tokens.

        Raises:
            ValueError: n is no whole number from 0 up, rng is none, `lock` or `tie` refuses the conditions, or
                particles are worth too few melodies with ties.
        """
        n, rng = whole("n", n, 0), generator(rng)
        policy = self if locked is None else self.lock(locked)
        if like is not None:
            return policy.tie(like).sample(n, rng)
        return policy.chain.sample(n, rng)

    def log_probability(self, melodies: ArrayLike) -> Floats:
        """Log-probabilities (P,) of melodies (P, T); -inf where a condition is not met.

        Melodies that sound alike, with a hold or a rest in silence, are different rows of tokens here.

        Raises:
            ValueError: the shape or a token does not fit the grid.
        """
        chosen = checked_melodies(melodies, self.machine.grid)[..., None].astype(np.int64)
        with np.errstate(divide="ignore"):
            return np.log(np.take_along_axis(self.probabilities(melodies), chosen, axis=2)[..., 0]).sum(axis=1)

    def probabilities(self, melodies: ArrayLike) -> Floats:
        """Probability (P, T, A) of each token at each step, given the tokens of a melody (P, T) before it.

        0 for all tokens after a token that the conditions exclude.
        """
        melodies = checked_melodies(melodies, self.machine.grid)
        found = np.zeros((*melodies.shape, self.machine.grid.tokens))
        rows, possible = np.zeros(len(melodies), np.int64), np.ones(len(melodies), bool)
        for t in range(melodies.shape[1]):
            found[possible, t] = self.chain.probabilities(t, rows[possible])
            rows = self.chain.follow(t, rows, melodies[:, t])
            possible &= self.allowed[t, melodies[:, t]]
        return found

    def state_values(self, melodies: ArrayLike) -> Floats:
        """Soft value (P, T), in nats, of the state before each step of melodies (P, T).

        Logarithm of the expectation of exp(rewards to come / temperature) under the prior, given the tokens before,
        over what meets the conditions; the first is the log-partition. -inf where no continuation meets them.
        """
        melodies = checked_melodies(melodies, self.machine.grid)
        prior, rewards = self._log_prior(melodies), self._rewards(melodies)
        so_far = np.cumsum(prior + rewards / self.temperature, axis=1)
        before = np.concatenate([np.zeros((len(melodies), 1)), so_far[:, :-1]], axis=1)
        with np.errstate(divide="ignore"):
            chosen = np.take_along_axis(self.probabilities(melodies), melodies[..., None].astype(np.int64), axis=2)
            spent = np.cumsum(np.log(chosen[..., 0]), axis=1)
        spent = np.concatenate([np.zeros((len(melodies), 1)), spent[:, :-1]], axis=1)
        return self.log_partition + spent - before

    def action_values(self, melodies: ArrayLike) -> Floats:
        """Soft value (P, T, A), in nats, of each token at each step of melodies (P, T).

        The token's own log prior and reward / temperature, and the soft value of the state after it: the probability of
        a token is exp(action value - state value).
        """
        with np.errstate(divide="ignore"):
            return self.state_values(melodies)[..., None] + np.log(self.probabilities(melodies))

    def marginals(self) -> Floats:
        """Probability (T, A) of each token at each step: a piano roll of probabilities."""
        return self._flow.marginals.copy()

    @property
    def entropy(self) -> float:
        """Entropy of the distribution, in nats."""
        return self._flow.entropy

    @property
    def kl(self) -> float:
        """Divergence of the distribution from the prior, in nats."""
        prior = self._flow.values[0] * math.log(2) + self._constant
        return float(-self._flow.entropy - prior)

    def expected_return(self, rules: str = "kept") -> float:
        """The expected return, exact but for rounding.

        Args:
            rules: "kept" for the return under `self.rules`; "all" for that under all rules of the task, whose joint
                memory with the policy is then listed step by step, rule by rule.

        Raises:
            ValueError: `rules` is another word.
            TooManyStates: "all", and a dropped rule has too large a joint memory, or is a final measure; named.
        """
        if choice("rules", rules, ("kept", "all")) == "kept":
            return float(self._flow.values[1])
        return float(self._flow.values[1]) + math.fsum(self._expected(name) for name in self.dropped)

    @property
    def _scale(self) -> Floats:
        """Multipliers of bits and of return."""
        return np.array([math.log(2), 1 / self.temperature])

    @property
    def _constant(self) -> float:
        """Log-probability of a melody under the uniform prior; 0 with another, whose bits are in the product."""
        return -self.machine.grid.steps * math.log(self.machine.grid.tokens) if self.prior == "uniform" else 0.0

    @cached_property
    def chain(self) -> Chain:
        """The distribution as a chain over rows of the product."""
        return Chain(self._stages, self._weights, self._sums, self._scale, self.allowed)

    @property
    def _flow(self) -> Flow:
        return self.chain.flow

    def _expected(self, name: str) -> float:
        """The expected return of a dropped rule."""
        if name not in self.machine.names:
            raise ValueError(f"{name!r} is a final measure: expected returns are exact for rules only")
        rule = staged(unroll(self.machine.automata[self.machine.names.index(name)]), 1)
        pairs = max(len(a.kinds) * len(b.kinds) for a, b in zip(self._stages.steps, rule.steps, strict=True))
        if pairs > PAIRS:
            raise TooManyStates(f"the joint memory of this policy and of rule {name!r} has {pairs:,} rows at a step")
        return joint_expectation(self._stages.steps, self._scale, self.allowed, self._sums, rule)

    def _log_prior(self, melodies: NDArray[np.uint8]) -> Floats:
        """Log-probability (P, T) of each token of melodies under the prior."""
        if self.prior == "uniform":
            return np.full(melodies.shape, -math.log(self.machine.grid.tokens))
        return math.log(2) * self._prior.bits(melodies)

    def _rewards(self, melodies: NDArray[np.uint8]) -> Floats:
        """Step rewards (P, T) of melodies under the kept rules."""
        named = dict(zip(self.machine.names, self.machine.automata, strict=True))
        return _walked(pack([named[name] for name in self.rules], self.machine.grid), melodies)


def _walked(tables: kernels.Tables, melodies: NDArray[np.uint8]) -> Floats:
    """Values (P, T) of melodies under the automata of tables."""
    out = np.empty(melodies.shape)
    kernels.rewards(melodies, tables, out)
    return out
