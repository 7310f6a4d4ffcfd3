"""Partially observable Markov decision processes, written out.

Letters: S states, A actions, O observations. An action in a state leads to the next state, which shows an observation;
the reward may depend on all four. Arrays have the action first: that is how the classic `.POMDP` text format, which
`read`, `parse` and `to_text` know (Cassandra, Kaelbling & Littman 1994), and most papers write them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import choice, instance, number, shown, wrong
from evomusic.models.arrays import real_array
from evomusic.models.hidden import MEMORY_SIZE, Hidden, hide
from evomusic.models.names import named
from evomusic.models.outcomes import TOLERANCE

if TYPE_CHECKING:
    from evomusic.models.mdp import FiniteMDP

KINDS = ("state", "action", "observation")


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class FinitePOMDP:
    """An explicit model that is seen through observations, checked; also made by `of`, `read` and `parse`.

    Args:
        transitions: (A, S, S) probabilities of the next state, by action and state.
        emissions: (A, S, O) probabilities of the observation, by action and next state.
        rewards: (A, S), (A, S, S) by next state, or (A, S, S, O); stored with four axes, the last two of length 1 where
            nothing depends on them.
        start: (S,) probabilities of the first state; uniform when None.
        first: (S, O) probabilities of an observation of the first state, before any action; None where there is none.
        discount: 0 to 1.
        state_names: S names; `0`, `1`, ... when None.
        action_names: A names, likewise.
        observation_names: O names, likewise.

    Raises:
        ValueError: shapes or names do not fit, a row does not sum to 1, or a number is out of range.
    """

    transitions: NDArray[np.float64]
    emissions: NDArray[np.float64]
    rewards: NDArray[np.float64]
    start: NDArray[np.float64] | None = None
    first: NDArray[np.float64] | None = None
    discount: float = 1.0
    state_names: Sequence[str] | None = None
    action_names: Sequence[str] | None = None
    observation_names: Sequence[str] | None = None

    def __post_init__(self) -> None:
        transitions, emissions = self._array("transitions"), self._array("emissions")
        if transitions.ndim != 3 or transitions.shape[1] != transitions.shape[2] or not transitions.size:
            raise ValueError(f"transitions has shape {transitions.shape}, expected (A, S, S)")
        actions, states = transitions.shape[:2]
        if emissions.ndim != 3 or emissions.shape[:2] != (actions, states) or not emissions.size:
            raise ValueError(f"emissions has shape {emissions.shape}, expected ({actions}, {states}, O)")
        self._set("rewards", _four_axes(self._array("rewards"), (actions, states, states, emissions.shape[2])))
        for field, count in (("state", states), ("action", actions), ("observation", emissions.shape[2])):
            self._set(f"{field}_names", _names(field, getattr(self, f"{field}_names"), count))
        self._check_rows(transitions, "state", "next states")
        self._check_rows(emissions, "next state", "observations")
        self._set(
            "start", as_belief(np.full(states, 1 / states) if self.start is None else self.start, states, "start")
        )
        if self.first is not None:
            self._check_first(self._array("first"))
        self._set("discount", number("discount", self.discount, 0.0, 1.0))

    def __repr__(self) -> str:
        return f"FinitePOMDP({self.states} states, {self.actions} actions, {self.observations} observations)"

    def _set(self, name: str, value: Any) -> None:
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
        object.__setattr__(self, name, value)

    def _array(self, name: str) -> NDArray[np.float64]:
        """A field as an array of its own, finite numbers only."""
        array = real_array(name, getattr(self, name))
        if not np.isfinite(array).all():
            raise ValueError(f"{name} has a number that is not finite, expected finite numbers")
        self._set(name, array)
        return array

    def _check_rows(self, table: NDArray[np.float64], of: str, what: str) -> None:
        """Raise where probabilities (A, S, N) are negative or do not sum to 1."""
        sums = table.sum(axis=2)
        wrong = (np.abs(sums - 1) > TOLERANCE) | (table < 0).any(axis=2)
        if wrong.any():
            a, s = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
            least = table[a, s].min()
            came = f"one of {least}" if least < 0 else f"a sum of {sums[a, s]}"
            raise ValueError(
                f"action {shown(self.names('action')[a])} in {of} {shown(self.names('state')[s])} has probabilities of "
                f"{what} with {came}, expected numbers from 0 up that sum to 1"
            )

    def _check_first(self, table: NDArray[np.float64]) -> None:
        """Raise where what is seen at first (S, O) does not fit."""
        if table.shape != self.emissions.shape[1:]:
            raise ValueError(f"first has shape {table.shape}, expected {self.emissions.shape[1:]}")
        sums = table.sum(axis=1)
        if (np.abs(sums - 1) > TOLERANCE).any() or (table < 0).any():
            state = self.names("state")[int(np.argmax((np.abs(sums - 1) > TOLERANCE) | (table < 0).any(axis=1)))]
            raise ValueError(
                f"first in state {shown(state)} is no distribution, expected numbers from 0 up that sum to 1"
            )

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of every `state`, `action` or `observation`, by number."""
        return tuple(getattr(self, f"{choice('kind', kind, KINDS)}_names"))

    @property
    def actions(self) -> int:
        """A."""
        return self.transitions.shape[0]

    @property
    def states(self) -> int:
        """S."""
        return self.transitions.shape[1]

    @property
    def observations(self) -> int:
        """O."""
        return self.emissions.shape[2]

    @property
    def observed_states(self) -> int:
        """Number of states that learners see: each observation, and one before there was any."""
        return self.observations + 1

    @property
    def memory_size(self) -> int:
        """Length of a walk's memory: the true state."""
        return MEMORY_SIZE

    @cached_property
    def walk(self) -> Hidden:
        """The model that learners walk, see `models/walk.py`; an episode ends in a state that is absorbing."""
        return hide(self.transitions, self.emissions, self.rewards, self.belief, self.first, self.absorbing)

    @property
    def belief(self) -> NDArray[np.float64]:
        """(S,) the belief before the first observation: `start`."""
        return np.asarray(self.start)

    @cached_property
    def expected(self) -> NDArray[np.float64]:
        """(A, S) expected reward of an action in a state."""
        if self.rewards.shape[3] == 1:
            rewards = self.rewards[:, :, :, 0]
        else:
            rewards = np.stack(
                [np.einsum("jo,ijo->ij", z, _wide(r, z)) for z, r in zip(self.emissions, self.rewards, strict=True)]
            )
        return np.asarray((rewards * self.transitions).sum(axis=2))

    @cached_property
    def absorbing(self) -> NDArray[np.bool_]:
        """(S,) True for states that are never left and have reward 0: episodes may be said to end there."""
        stay = (np.diagonal(self.transitions, axis1=1, axis2=2) == 1).all(axis=0)
        return np.asarray(stay & (self.expected == 0).all(axis=0))

    @classmethod
    def read(cls, path: str | Path, discount: float | None = None) -> FinitePOMDP:
        """A model from a `.POMDP` file; see `parse`.

        Raises:
            OSError: the file cannot be read.
            ValueError: a line is not understood, or for FinitePOMDP's reasons; the error names the file and the line.
        """
        from evomusic.models.pomdp_file import SIZE, read_text

        return read_text(path, SIZE, lambda text: cls.parse(text, discount))

    @classmethod
    def parse(cls, text: str, discount: float | None = None) -> FinitePOMDP:
        """A model from text in the classic `.POMDP` format; costs become negative rewards.

        Rows of probabilities that were rounded to a few decimals (a sum within 1e-5 of 1) are divided by their sum. A
        text has at most 2^24 characters and 2^20 words of 200 characters; the tables of a model have at most 2^24
        numbers together, and entries write 2^27 cells at most. `SparsePOMDP` reads larger ones.

        Args:
            text: the text.
            discount: 0 to 1, where the text says none.

        Raises:
            ValueError: a line is not understood, a bound is passed, or for FinitePOMDP's reasons.
        """
        from evomusic.models.pomdp_file import parse_fields

        instance("text", text, str, "the text of a model")
        return cls(**parse_fields(text.removeprefix("\ufeff"), discount))  # a byte-order mark

    def to_text(self) -> str:
        """The model in the classic `.POMDP` format; `parse` gives the same back, within its bounds.

        Raises:
            ValueError: a name cannot be a word of that format.
        """
        from evomusic.models.pomdp_file import write_text

        return write_text(vars(self))

    @classmethod
    def of(cls, mdp: FiniteMDP, observe: ArrayLike, discount: float = 1.0) -> FinitePOMDP:
        """An MDP seen through observations; terminal states are absorbing, with reward 0.

        Args:
            mdp: the model.
            observe: (S,) whole numbers, the observation of each state; or (S, O) probabilities; or (A, S, O), by the
                action that led there. Where the action does not matter, the first state is observed too.
            discount: the model's discount.

        Raises:
            ValueError: `observe` does not fit, or an episode ends in a state that other episodes go on from.
        """
        from evomusic.models.pomdp_from_mdp import fields_of

        return cls(**fields_of(mdp, observe), discount=discount)


def _wide(rewards: NDArray[np.float64], emissions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rewards (S, 1 or S, O) of one action as (S, S, O)."""
    return np.broadcast_to(rewards, (len(emissions), *emissions.shape))


def as_belief(belief: ArrayLike, states: int, name: str = "belief") -> NDArray[np.float64]:
    """A belief (S,) as an array of its own.

    Raises:
        ValueError: it has another shape, a negative number, or does not sum to 1.
    """
    belief = real_array(name, belief, f"{states} numbers from 0 up that sum to 1")
    if belief.shape != (states,):
        raise ValueError(f"{name} has shape {belief.shape}, expected ({states},): a probability a state")
    if not (belief >= 0).all():
        raise ValueError(f"{name} holds {belief.min()}, expected {states} numbers from 0 up that sum to 1")
    if not abs(belief.sum() - 1) <= TOLERANCE:
        raise ValueError(f"{name} sums to {belief.sum()}, expected {states} numbers from 0 up that sum to 1")
    return belief


def _four_axes(rewards: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Rewards (A, S), (A, S, S) or (A, S, S, O) with four axes."""
    table = rewards.reshape(rewards.shape + (1,) * (4 - rewards.ndim)) if rewards.ndim in (2, 3) else rewards
    if (
        table.ndim != 4
        or table.shape[:2] != shape[:2]
        or any(n not in (1, m) for n, m in zip(table.shape[2:], shape[2:], strict=True))
    ):
        raise ValueError(f"rewards has shape {rewards.shape}, expected {shape[:2]}, {shape[:3]} or {shape}")
    return table


def _names(kind: str, names: Sequence[str] | None, count: int) -> tuple[str, ...]:
    """Names of states, actions or observations, checked: words."""
    field = f"{kind}_names"
    words = tuple(map(str, range(count))) if names is None else tuple(named(field, names, count))
    for word in words:
        if not isinstance(word, str):
            raise wrong(field, word, "words")
    return words  # type: ignore[return-value]
