"""Finite Markov decision processes, written out: every outcome of every action in every state.

Letters: S states, A actions, N outcomes. An outcome says how likely it is, what it pays, where it leads, and whether
the episode ends with it. What lies behind an end is never paid: rows of terminal states may say what they like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.models.outcomes import ROW, TOLERANCE, Outcomes

if TYPE_CHECKING:
    from evomusic.core.task import Task
    from evomusic.core.views import View

Given = Mapping[int, Mapping[int, Sequence[tuple[float, int, float, bool]]]]


@dataclass(frozen=True, eq=False)
class FiniteMDP:
    """An explicit model, checked.

    Args:
        outcomes: what may happen, as kernels walk it; `of`, `from_arrays`, `from_gymnasium` and `from_task` make it.
        states: S.

    Raises:
        ValueError: probabilities do not sum to 1, a reward is not finite, or a state is not there.
    """

    outcomes: Outcomes
    states: int

    def __post_init__(self) -> None:
        first, rows = self.outcomes.first, self.outcomes.rows
        if len(first) != self.states * self.actions + 2 or first[-1] != len(rows) or (np.diff(first) < 1).any():
            raise ValueError(
                f"outcomes have {len(first) - 1} groups for {len(rows)} rows, expected {self.states} states x "
                f"{self.actions} actions and one of starts, each with a row or more"
            )
        for name, good, wanted in (
            ("p", (rows["p"] > 0) & np.isfinite(rows["p"]), "a probability above 0"),
            ("reward", np.isfinite(rows["reward"]), "a finite number"),
            ("to", (rows["to"] >= 0) & (rows["to"] < self.states), f"a state from 0 to {self.states - 1}"),
        ):
            if not good.all():
                row = int(np.argmin(good))
                raise ValueError(f"{self._where(row)} has {name} {rows[name][row]!r}, expected {wanted}")
        sums = np.add.reduceat(rows["p"], first[:-1])
        if (np.abs(sums - 1) > TOLERANCE).any():
            group = int(np.argmax(np.abs(sums - 1)))
            raise ValueError(
                f"{self._where(int(first[group]))} has probabilities that sum to {sums[group]}, expected 1"
            )

    def _where(self, row: int) -> str:
        """What a row belongs to, for an error."""
        group = int(np.searchsorted(self.outcomes.first, row, side="right")) - 1
        if group == self.states * self.actions:
            return "the start"
        return f"action {group % self.actions} in state {group // self.actions}"

    @property
    def actions(self) -> int:
        """A."""
        return self.outcomes.actions

    @property
    def walk(self) -> Outcomes:
        """The model that learners walk."""
        return self.outcomes

    @property
    def observed_states(self) -> int:
        """Number of states that learners see: all (see `models/walk.py`)."""
        return self.states

    @property
    def memory_size(self) -> int:
        """Length of a walk's memory (see `models/walk.py`)."""
        return 1

    @cached_property
    def start(self) -> NDArray[np.float64]:
        """Where episodes start: (S,) probabilities."""
        rows = self.outcomes.rows[self.outcomes.first[-2] :]
        return np.bincount(rows["to"], rows["p"], minlength=self.states).astype(np.float64)

    @cached_property
    def terminal(self) -> NDArray[np.bool_]:
        """(S,) which states episodes end in and never go on from."""
        rows, state = self.outcomes.rows, self.state_of_rows
        on = rows["end"] == 0
        met = reached(state[on], rows["to"][on], self.states, self.states)  # the start is numbered S
        ended = np.zeros(self.states, np.bool_)
        ended[rows["to"][~on & met[state]]] = True
        return ended & ~met[:-1]

    @cached_property
    def state_of_rows(self) -> NDArray[np.int64]:
        """(N,) the state of each row; S for those of the start."""
        group = np.repeat(np.arange(self.states * self.actions + 1), np.diff(self.outcomes.first))
        return group // self.actions

    def starting(self, start: int | ArrayLike) -> FiniteMDP:
        """The same model, with episodes that start elsewhere: in a state, or by (S,) probabilities.

        Raises:
            ValueError: there is no such state, or probabilities do not fit.
        """
        begin = np.array(_start_rows(start, self.states), ROW)
        first, rows = self.outcomes.first.copy(), self.outcomes.rows
        first[-1] = first[-2] + len(begin)
        return FiniteMDP(Outcomes(first, np.concatenate([rows[: first[-2]], begin]), self.actions), self.states)

    @classmethod
    def of(cls, model: Given, start: int | ArrayLike) -> FiniteMDP:
        """An MDP from outcomes in Gymnasium's form: `model[s][a]` lists (p, next state, reward, terminated).

        Args:
            model: states 0 to S - 1, each with actions 0 to A - 1. Outcomes of probability 0 are left out.
            start: a state, or (S,) probabilities.

        Raises:
            ValueError: a state or action is missing, or what FiniteMDP says.
        """
        states, actions = len(model), len(model[0]) if 0 in model else 0
        if not states or not actions:
            raise ValueError("the model has no action in state 0, expected states 0 to S - 1 with actions 0 to A - 1")
        rows: list[tuple[float, float, int, int]] = []
        first = [0]
        for s in range(states):
            if s not in model or sorted(model[s]) != list(range(actions)):
                came = f"actions {sorted(model[s])}" if s in model else "no such state"
                raise ValueError(f"state {s} of {states}: {came}, expected actions 0 to {actions - 1}")
            for a in range(actions):
                rows += _outcomes(model[s][a], s, a)
                first.append(len(rows))
        begin = _start_rows(start, states)
        first.append(len(rows) + len(begin))
        return cls(Outcomes(np.array(first), np.array(rows + begin, ROW), actions), states)

    @classmethod
    def from_arrays(
        cls, transitions: ArrayLike, rewards: ArrayLike, start: int | ArrayLike, terminal: ArrayLike = ()
    ) -> FiniteMDP:
        """An MDP from dense arrays.

        Args:
            transitions: (S, A, S) probabilities of the next state.
            rewards: (S, A), or (S, A, S) by next state.
            start: a state, or (S,) probabilities.
            terminal: states, by number or as (S,) truth values; to enter one ends the episode. What their own rows say
                does not matter, and they may be zeros.

        Raises:
            ValueError: shapes do not fit, or what FiniteMDP says.
        """
        p = np.asarray(transitions, float)
        if p.ndim != 3 or p.shape[0] != p.shape[2] or not p.size:
            raise ValueError(f"transitions has shape {p.shape}, expected (S, A, S)")
        paid = np.asarray(rewards, float)
        if paid.shape not in (p.shape, p.shape[:2]):
            raise ValueError(f"rewards has shape {paid.shape}, expected {p.shape[:2]} or {p.shape}")
        paid = np.broadcast_to(paid if paid.ndim == 3 else paid[:, :, None], p.shape)
        ends, states = _numbers(terminal, len(p)), range(len(p))
        empty = sorted(ends - set(np.flatnonzero(p.any(axis=(1, 2))).tolist()))
        p = p.copy()
        p[empty, :, empty] = 1.0
        return cls.of(
            {
                s: {
                    a: [(p[s, a, to], to, paid[s, a, to], to in ends) for to in np.flatnonzero(p[s, a]).tolist()]
                    for a in range(p.shape[1])
                }
                for s in states
            },
            start,
        )

    @classmethod
    def from_gymnasium(cls, env: Any, start: int | ArrayLike | None = None) -> FiniteMDP:
        """The model that a Gymnasium environment shows as `P`.

        A time limit is no part of it, nor is what an environment does beside `P`, as Taxi's fickle passenger.

        Args:
            env: an environment, wrapped or not.
            start: where episodes start; the environment's `initial_state_distrib` when None.

        Raises:
            ValueError: the environment shows no `P`, or no start and none is given.
        """
        inner = getattr(env, "unwrapped", env)
        model = getattr(inner, "P", None)
        if model is None:
            raise ValueError(f"{env!r} has no attribute P, expected one with outcomes by state and action")
        begin = getattr(inner, "initial_state_distrib", None) if start is None else start
        if begin is None:
            raise ValueError(f"{env!r} does not say where it starts; give start, a state or (S,) probabilities")
        return cls.of(model, begin)

    @classmethod
    def from_task(cls, task: Task, view: View | str = "markov") -> FiniteMDP:
        """A task through a Markov view, written out: state 0 is the start, the last state follows every melody.

        Raises:
            ValueError: the view has no clock or is not Markov for this task.
            TooManyStates: there are too many states to write out.
        """
        from evomusic.models.mdp_from_task import task_outcomes

        return cls(*task_outcomes(task, view))


def _outcomes(given: Any, s: int, a: int) -> list[tuple[float, float, int, int]]:
    """Rows of one action in one state."""
    try:
        rows = [(float(p), float(r), int(to), int(end)) for p, to, r, end in given if p != 0]
        if any(to != int(to) for _, to, _, _ in given):
            raise ValueError
    except (TypeError, ValueError):
        raise ValueError(
            f"action {a} in state {s} has outcomes {given!r}, expected (p, next state, reward, terminated) of each"
        ) from None
    return rows


def _numbers(given: ArrayLike, states: int) -> set[int]:
    """States that are given by number or as (S,) truth values."""
    known = np.atleast_1d(np.asarray(given))
    if known.dtype == np.bool_ and known.shape == (states,):
        return set(np.flatnonzero(known).tolist())
    whole = not known.size or (known.ndim == 1 and known.dtype.kind in "iu")
    if not whole or (known.size and not (known.min() >= 0 and known.max() < states)):
        raise ValueError(f"terminal is {given!r}, expected states from 0 to {states - 1}, or {states} truth values")
    return set(known.astype(int).tolist())


def _start_rows(start: int | ArrayLike, states: int) -> list[tuple[float, float, int, int]]:
    """Rows of where episodes start."""
    given = np.asarray(start)
    if given.ndim == 0 and given.dtype.kind in "iu":
        return [(1.0, 0.0, int(given), 0)]
    if given.shape != (states,) or given.dtype.kind not in "fiu":
        raise ValueError(f"start is {start!r}, expected a state or {states} probabilities")
    return [(float(p), 0.0, s, 0) for s, p in enumerate(given.tolist()) if p != 0] or [(0.0, 0.0, 0, 0)]


def reached(left: NDArray[Any], right: NDArray[Any], begin: int, size: int) -> NDArray[np.bool_]:
    """(size + 1,) numbers that edges from `left` to `right` lead to from `begin`, itself among them."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    graph = csr_array((np.ones(len(left)), (left, right)), shape=(size + 1, size + 1))
    met = np.zeros(size + 1, np.bool_)
    met[breadth_first_order(graph, begin, return_predecessors=False)] = True
    return met
