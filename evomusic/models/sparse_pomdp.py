"""Partially observable models as lists of what can happen: large ones, whose dense arrays would not fit.

A `SparsePOMDP` holds, by action and state, the next states that can follow, and by action and next state the
observations that can be seen. `FinitePOMDP` holds the same as dense arrays; planners take both.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance, number, shown, wrong
from evomusic.models.listing import start_rows
from evomusic.models.names import near, number_of, numbers_of
from evomusic.models.outcomes import TOLERANCE
from evomusic.models.pomdp import FinitePOMDP, as_belief
from evomusic.models.pomdp_from_mdp import CELLS, words_of
from evomusic.models.rows import LISTED, Rows


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class SparsePOMDP:
    """A large model that is seen through observations, checked; made by `from_functions`, `read`, `parse` and `of`.

    Args:
        transitions: A x S rows of next states; row a S + s belongs to action a in state s.
        emissions: A x S rows of observations; row a S + s2 belongs to action a that led to s2.
        expected: (A, S) expected reward of an action in a state.
        start: (S,) probabilities of the first state.
        discount: 0 to 1.
        state_names: S names.
        action_names: A names.
        observation_names: O names.

    Raises:
        ValueError: shapes or names do not fit, a row does not sum to 1, or a number is out of range.
    """

    transitions: Rows
    emissions: Rows
    expected: NDArray[np.float64]
    start: NDArray[np.float64]
    discount: float = 1.0
    state_names: Sequence[Any]
    action_names: Sequence[Any]
    observation_names: Sequence[Any]

    def __post_init__(self) -> None:
        if not np.isfinite(self.expected).all():
            raise ValueError("rewards have a number that is not finite, expected finite numbers")
        for rows, of, what in (
            (self.transitions, "state", "next states"),
            (self.emissions, "next state", "observations"),
        ):
            self._check(rows, of, what)
        object.__setattr__(self, "start", as_belief(self.start, self.states, "start"))
        object.__setattr__(self, "discount", number("discount", self.discount, 0.0, 1.0))

    def __repr__(self) -> str:
        return f"SparsePOMDP({self.states} states, {self.actions} actions, {self.observations} observations)"

    def _check(self, rows: Rows, of: str, what: str) -> None:
        """Raise where probabilities are negative or do not sum to 1."""
        sums = rows.sums()
        bad = ~(np.abs(sums - 1) <= TOLERANCE)
        bad[rows.row[~(rows.p >= 0)]] = True
        if bad.any():
            a, s = divmod(int(np.argmax(bad)), self.states)
            raise ValueError(
                f"action {shown(self.action_names[a])} in {of} {shown(self.state_names[s])} has probabilities of "
                f"{what} with a sum of {sums[a * self.states + s]}, expected numbers from 0 up that sum to 1"
            )

    @property
    def actions(self) -> int:
        """A."""
        return self.expected.shape[0]

    @property
    def states(self) -> int:
        """S."""
        return self.expected.shape[1]

    @property
    def observations(self) -> int:
        """O."""
        return len(self.observation_names)

    @property
    def belief(self) -> NDArray[np.float64]:
        """(S,) the belief before the first observation: `start`."""
        return self.start

    def names(self, kind: str) -> Sequence[Any]:
        """The names of every `state`, `action` or `observation`, by number."""
        return {"state": self.state_names, "action": self.action_names, "observation": self.observation_names}[kind]

    @cached_property
    def absorbing(self) -> NDArray[np.bool_]:
        """(S,) True for states that are never left and have reward 0."""
        stay = np.zeros((self.actions, self.states), np.bool_)
        a, s = np.divmod(self.transitions.row, self.states)
        alone = (self.transitions.to == s) & (self.transitions.p == 1)
        stay[a[alone], s[alone]] = True
        return np.asarray((stay & (self.expected == 0)).all(axis=0))

    @classmethod
    def of(cls, pomdp: FinitePOMDP) -> SparsePOMDP:
        """The same model, of which only what can happen is listed."""
        a, s, to = np.nonzero(pomdp.transitions)
        b, s2, o = np.nonzero(pomdp.emissions)
        count = pomdp.actions * pomdp.states
        return cls(
            transitions=Rows.of(a * pomdp.states + s, to, pomdp.transitions[a, s, to], count),
            emissions=Rows.of(b * pomdp.states + s2, o, pomdp.emissions[b, s2, o], count),
            expected=pomdp.expected,
            start=pomdp.belief,
            discount=pomdp.discount,
            state_names=pomdp.names("state"),
            action_names=pomdp.names("action"),
            observation_names=pomdp.names("observation"),
        )

    @classmethod
    def read(cls, path: str | Path, discount: float | None = None) -> SparsePOMDP:
        """A model from a `.POMDP` file; see `parse`.

        Raises:
            OSError: the file cannot be read.
            ValueError: a line is not understood, or for SparsePOMDP's reasons; the error names the file and the line.
        """
        from evomusic.models.pomdp_file import LONG_SIZE, read_text

        return read_text(path, LONG_SIZE, lambda text: cls.parse(text, discount))

    @classmethod
    def parse(cls, text: str, discount: float | None = None) -> SparsePOMDP:
        """A model from text in the classic `.POMDP` format, of which only what can happen is listed.

        Memory and time are those of the text, not of states x states. A text has at most 2^27 characters and 2^24
        words; stars and words such as `uniform` list 2^24 numbers at most.

        Args:
            text: the text.
            discount: 0 to 1, where the text says none.

        Raises:
            ValueError: a line is not understood, a bound is passed, or for SparsePOMDP's reasons.
        """
        from evomusic.models.pomdp_file import parse_fields

        instance("text", text, str, "the text of a model")
        return cls(**parse_fields(text.removeprefix("\ufeff"), discount, listed=True))

    def to_text(self) -> str:
        """The model in the classic `.POMDP` format, an entry a line.

        Rewards are those expected of an action in a state. Names that are no text are numbers.

        Raises:
            ValueError: a name cannot be a word of that format.
        """
        from evomusic.models.pomdp_file import write_listed

        return write_listed(self)

    def dense(self) -> FinitePOMDP:
        """The same model as dense arrays; rewards are those expected of an action in a state.

        Raises:
            ValueError: they would have more than 2^27 numbers.
        """
        shape = self.actions, self.states
        cells = self.actions * self.states * (self.states + self.observations)
        if cells > CELLS:
            raise ValueError(f"{self!r} has {cells:,} numbers as dense arrays, expected at most {CELLS:,}")
        return FinitePOMDP(
            transitions=self.transitions.dense((*shape, self.states)),
            emissions=self.emissions.dense((*shape, self.observations)),
            rewards=self.expected,
            start=self.start,
            discount=self.discount,
            state_names=words_of(self.state_names),
            action_names=words_of(self.action_names),
            observation_names=words_of(self.observation_names),
        )

    @classmethod
    def from_functions(
        cls,
        states: Sequence[Hashable],
        actions: Sequence[Hashable],
        observations: Sequence[Hashable],
        step: Callable[[Any, Any], Iterable[tuple[float, Any, float]]],
        observe: Callable[[Any, Any], Iterable[tuple[float, Any]]],
        start: Any,
        discount: float = 1.0,
    ) -> SparsePOMDP:
        """A model that functions describe, each called once a pair.

        Args:
            states: S names.
            actions: A names.
            observations: O names.
            step: of a state and an action, all (probability, next state, reward).
            observe: of an action and the state that it led to, all (probability, observation).
            start: the first state, or a dict of states and their probabilities.
            discount: 0 to 1.

        Raises:
            ValueError: a function returned something else, a name is unknown, or probabilities do not sum to 1.
        """
        size = len(states)
        if size * len(actions) > LISTED:
            raise ValueError(f"{size} states x {len(actions)} actions are too many, expected at most {LISTED:,} pairs")
        numbers, seen = numbers_of(states), numbers_of(observations)
        expected = np.zeros((len(actions), size))
        moves: Lists = ([], [], [])
        shows: Lists = ([], [], [])
        for (a, action), (s, state) in ((a, s) for a in enumerate(actions) for s in enumerate(states)):
            for p, to, reward in _outcomes("step", step(state, action), 3):
                expected[a, s] += p * reward
                _enter(moves, a * size + s, _place("state", to, states, numbers), p)
            for p, o in _outcomes("observe", observe(action, state), 2):
                _enter(shows, a * size + s, _place("observation", o, observations, seen), p)
        return cls(
            transitions=Rows.of(*moves, count=size * len(actions)),
            emissions=Rows.of(*shows, count=size * len(actions)),
            expected=expected,
            start=_start(start, states),
            discount=discount,
            state_names=states,
            action_names=actions,
            observation_names=observations,
        )


def as_sparse(pomdp: FinitePOMDP | SparsePOMDP) -> SparsePOMDP:
    """A model in its sparse form."""
    return pomdp if isinstance(pomdp, SparsePOMDP) else SparsePOMDP.of(pomdp)


Lists = tuple[list[int], list[int], list[float]]  # row, place and probability of each entry


def _enter(lists: Lists, row: int, to: int, p: float) -> None:
    """One more entry of rows."""
    lists[0].append(row)
    lists[1].append(to)
    lists[2].append(p)
    if len(lists[0]) > LISTED:
        raise ValueError(f"the model lists more than {LISTED:,} outcomes, expected fewer")


def _outcomes(name: str, found: Any, size: int) -> list[Any]:
    """The result of a function, as a list of tuples of a size."""
    wanted = "(probability, next state, reward)" if size == 3 else "(probability, observation)"
    try:
        rows = [tuple(row) for row in found]
    except TypeError:
        raise wrong(f"{name}(..)", found, f"a list of {wanted}") from None
    for row in rows:
        if len(row) != size:
            raise wrong(f"{name}(..)", found, f"a list of {wanted}")
        number(f"a probability of {name}(..)", row[0], 0.0, 1.0)
        if size == 3:
            number(f"a reward of {name}(..)", row[2])
    return rows


def _place(what: str, name: Any, names: Sequence[Any], numbers: Any) -> int:
    """The number of a state or observation that a function named."""
    found = number_of(name, names, numbers)
    if found < 0:
        raise wrong(what, name, f"one of {len(names)} {what}s{near(name, names)}")
    return found


def _start(start: Any, states: Sequence[Any]) -> NDArray[np.float64]:
    """(S,) probabilities of the first state."""
    belief = np.zeros(len(states))
    for p, _, place, _ in start_rows(start, states):
        belief[place] += p
    return belief
