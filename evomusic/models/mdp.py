"""Finite Markov decision processes, written out: every outcome of every action in every state.

Letters: S states, A actions, N outcomes. An outcome has a probability p, a next state, a reward, and may end the
episode. Nothing behind an end counts, so rows of terminal states may hold anything. States and actions are numbered
from 0 in every array; where they have names, arguments, outcomes and errors use these.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import instance, shown, whole, wrong
from evomusic.models.arrays import real_array
from evomusic.models.listing import PAIRS, Outcome, dense, keys_of, listed, pair_of, plain, start_rows
from evomusic.models.names import named, names_of, number_of, numbers_of, one_of
from evomusic.models.outcomes import ROW, TOLERANCE, Outcomes

if TYPE_CHECKING:
    from evomusic.core.task import Task
    from evomusic.core.views import View

Table = Mapping[Any, Mapping[Any, Sequence[Outcome]]]


@dataclass(frozen=True, eq=False, repr=False)
class FiniteMDP:
    """An explicit model, checked; made by `from_functions`, `from_arrays`, `from_gymnasium`, `from_task` or `of`.

    Args:
        outcomes: every outcome, as kernels walk it.
        states: S.
        state_names: S names of any hashable kind; 0, 1, ... when None.
        action_names: A names, likewise.

    Raises:
        ValueError: probabilities do not sum to 1, a reward is not finite, a state is not there, or names do not fit.
    """

    outcomes: Outcomes
    states: int
    state_names: Sequence[Hashable] | None = None
    action_names: Sequence[Hashable] | None = None

    def __post_init__(self) -> None:
        instance("outcomes", self.outcomes, Outcomes, "Outcomes: FiniteMDP.of or FiniteMDP.from_functions makes them")
        whole("states", self.states, 1)
        whole("outcomes.actions", self.outcomes.actions, 1)
        object.__setattr__(self, "state_names", named("state_names", self.state_names, self.states))
        object.__setattr__(self, "action_names", named("action_names", self.action_names, self.actions))
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

    def __repr__(self) -> str:
        return f"FiniteMDP({self.states} states, {self.actions} actions, {len(self.outcomes.rows)} outcomes)"

    def _where(self, row: int) -> str:
        """The action and state that a row belongs to, for an error."""
        group = int(np.searchsorted(self.outcomes.first, row, side="right")) - 1
        if group == self.states * self.actions:
            return "the start"
        return pair_of(self.names("state")[group // self.actions], self.names("action")[group % self.actions])

    def names(self, kind: str) -> Sequence[Hashable]:
        """The names of every `state` or `action`, by number."""
        if kind not in ("state", "action"):
            raise wrong("kind", kind, "'state' or 'action'")
        return getattr(self, f"{kind}_names")

    @cached_property
    def _numbers(self) -> dict[str, Mapping[Any, int]]:
        return {kind: numbers_of(self.names(kind)) for kind in ("state", "action")}

    def state(self, name: Hashable) -> int:
        """The number of a state, by its name: `solved.values[mdp.state("home")]`.

        Raises:
            ValueError: no state has this name; the error says the nearest.
        """
        return self._number("state", name)

    def action(self, name: Hashable) -> int:
        """The number of an action, by its name.

        Raises:
            ValueError: no action has this name; the error says the nearest.
        """
        return self._number("action", name)

    def _number(self, kind: str, name: object) -> int:
        names = self.names(kind)
        found = number_of(name, names, {} if isinstance(names, range) else self._numbers[kind])
        if found < 0:
            raise wrong(kind, name, one_of(kind, name, names))
        return found

    def __getitem__(self, pair: tuple[Hashable, Hashable]) -> list[Outcome]:
        """Outcomes `mdp[state, action]`, by name: a list of (p, next state, reward, terminated).

        Raises:
            ValueError: there is no such state or action.
        """
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise wrong("pair", pair, "mdp[state, action]")
        group = self.state(pair[0]) * self.actions + self.action(pair[1])
        rows = self.outcomes.rows[self.outcomes.first[group] : self.outcomes.first[group + 1]]
        names = self.names("state")
        return [(p, names[to], reward, bool(end)) for p, reward, to, end in rows.tolist()]

    @property
    def actions(self) -> int:
        """A."""
        return self.outcomes.actions

    @property
    def walk(self) -> Outcomes:
        """The model that learners walk; see `models/walk.py` for this and the next two."""
        return self.outcomes

    @property
    def observed_states(self) -> int:
        """Number of states that learners see: all."""
        return self.states

    @property
    def memory_size(self) -> int:
        """Length of a walk's memory."""
        return 1

    @cached_property
    def start(self) -> NDArray[np.float64]:
        """Probabilities (S,) of the first state of an episode."""
        rows = self.outcomes.rows[self.outcomes.first[-2] :]
        return np.bincount(rows["to"], rows["p"], minlength=self.states).astype(np.float64)

    @cached_property
    def terminal(self) -> NDArray[np.bool_]:
        """(S,) True for states that episodes end in and never go on from."""
        rows, state = self.outcomes.rows, self.state_of_rows
        on = rows["end"] == 0
        visited = reached(state[on], rows["to"][on], self.states, self.states)  # the start is numbered S
        ended = np.zeros(self.states, np.bool_)
        ended[rows["to"][~on & visited[state]]] = True
        return ended & ~visited[:-1]

    @cached_property
    def state_of_rows(self) -> NDArray[np.int64]:
        """(N,) the state of each row; S for those of the start."""
        group = np.repeat(np.arange(self.states * self.actions + 1), np.diff(self.outcomes.first))
        return group // self.actions

    def starting(self, start: Any) -> FiniteMDP:
        """The same model with episodes that start elsewhere: in a state, or by (S,) or {state: p} probabilities.

        Raises:
            ValueError: there is no such state, or probabilities do not fit.
        """
        begin = np.array(start_rows(start, self.names("state")), ROW)
        first, rows = self.outcomes.first.copy(), self.outcomes.rows
        first[-1] = first[-2] + len(begin)
        outcomes = Outcomes(first, np.concatenate([rows[: first[-2]], begin]), self.actions)
        return FiniteMDP(outcomes, self.states, self.state_names, self.action_names)

    @classmethod
    def from_functions(
        cls,
        states: Iterable[Hashable],
        actions: Iterable[Hashable],
        step: Callable[[Any, Any], Any],
        *,
        start: Any,
    ) -> FiniteMDP:
        """An MDP on states and actions with names, from the function of its dynamics p(s', r | s, a).

        Args:
            states: any hashable things, each once: words, numbers, cells (row, column).
            actions: likewise. Every state has the same actions; where one does nothing, let it lead to its own state.
            step: `step(state, action)` returns a list of outcomes (p, next state, reward, terminated), or just one.
            start: a state, or probabilities by state `{state: p}`, or S of them in order.

        Raises:
            ValueError: an argument is of another kind, `step` returns anything else, or probabilities do not sum to 1.

        A corridor of five cells; each move costs 1 (after Sutton & Barto 2018, example 4.1):

            >>> import evomusic as em
            >>> def step(cell, way):
            ...     ahead = max(cell - 1, 1) if way == "left" else cell + 1
            ...     return 1.0, min(ahead, 5), -1.0, ahead >= 5
            >>> mdp = em.FiniteMDP.from_functions(range(1, 6), ["left", "right"], step, start=2)
            >>> solved = em.plan.value_iteration(mdp, gamma=1.0)
            >>> float(solved.values[mdp.state(2)]), mdp.action_names[solved.policy[mdp.state(2)]]
            (-3.0, 'right')
        """
        if callable(actions):
            raise wrong(
                "actions",
                actions,
                "one list for all states: every state of a FiniteMDP has the same actions; where one does nothing, let "
                "step return the state itself",
            )
        if not callable(step):
            raise wrong("step", step, "a function of a state and an action")
        action_names = names_of("actions", actions, PAIRS)
        state_names = names_of("states", states, max(1, PAIRS // len(action_names)))
        return cls(*listed(plain(state_names), plain(action_names), step, start))

    @classmethod
    def of(cls, model: Table, start: Any) -> FiniteMDP:
        """An MDP from outcomes in Gymnasium's form: `model[s][a]` lists (p, next state, reward, terminated).

        Args:
            model: states 0 to S - 1, each with actions 0 to A - 1; or names of states, each with the same names of
                actions. Outcomes of probability 0 are left out.
            start: a state, or (S,) or {state: p} probabilities.

        Raises:
            ValueError: a state or action is missing, or for FiniteMDP's reasons.
        """
        if not isinstance(model, Mapping):
            raise wrong("model", model, "outcomes by state and action, as a dict of dicts")
        states = keys_of(model)
        actions = keys_of(model[states[0]]) if len(states) and isinstance(model.get(states[0]), Mapping) else range(0)
        if not states or not actions:
            raise ValueError("the model has no action in state 0, expected states 0 to S - 1 with actions 0 to A - 1")
        for s in states:
            each = model.get(s)
            if not isinstance(each, Mapping) or set(each) != set(actions):
                came = f"actions {shown(list(each))}" if isinstance(each, Mapping) else "no such state"
                wanted = (
                    f"actions 0 to {len(actions) - 1}" if isinstance(actions, range) else f"actions {shown(actions)}"
                )
                raise ValueError(f"state {s!r} of {len(states)}: {came}, expected {wanted}")
        return cls(*listed(states, actions, lambda s, a: model[s][a], start))

    @classmethod
    def from_arrays(
        cls,
        transitions: ArrayLike,
        rewards: ArrayLike,
        start: Any,
        terminal: ArrayLike = (),
        state_names: Sequence[Hashable] | None = None,
        action_names: Sequence[Hashable] | None = None,
    ) -> FiniteMDP:
        """An MDP from dense arrays.

        Args:
            transitions: (S, A, S) probabilities of the next state.
            rewards: (S, A), or (S, A, S) by next state.
            start: a state, or (S,) or {state: p} probabilities.
            terminal: states, by number or as (S,) truth values; to enter one ends the episode. Their own rows do not
                matter, and may be zeros.
            state_names: S names; 0, 1, ... when None.
            action_names: A names, likewise.

        Raises:
            ValueError: shapes do not fit, or for FiniteMDP's reasons.
        """
        p = real_array("transitions", transitions)
        if p.ndim != 3 or p.shape[0] != p.shape[2] or not p.size:
            raise ValueError(f"transitions has shape {p.shape}, expected (S, A, S)")
        names = named("state_names", state_names, len(p))
        return cls(dense(p, real_array("rewards", rewards), start, terminal, names), len(p), names, action_names)

    @classmethod
    def from_gymnasium(cls, env: Any, start: Any = None, check: int = 0) -> FiniteMDP:
        """The model that a Gymnasium environment shows as `P`.

        A time limit is no part of it. An environment that is known to do more than its `P` says is refused, as Taxi
        with `fickle_passenger=True`; of others `check` may be asked.

        Args:
            env: an environment, wrapped or not.
            start: a state, or (S,) or {state: p} probabilities; the environment's `initial_state_distrib` when None.
            check: random steps of the environment that are compared with `P`; it is then reset. A step that `P` calls
                impossible is found, a wrong probability is not.

        Raises:
            ValueError: the environment shows no `P`, or no start and none is given, or it does what `P` leaves out.
        """
        from evomusic.models.mdp_from_gymnasium import model_of

        return cls.of(*model_of(env, start, check))

    @classmethod
    def from_task(
        cls, task: Task, view: View | str = "markov", slip: float = 0.0, reward_noise: float = 0.0
    ) -> FiniteMDP:
        """A task through a Markov view, written out: state 0 is the start, the last state follows every melody.

        Args:
            task: the task.
            view: a Markov view with a clock, or its name.
            slip: probability with which a token is replaced by a uniformly random one, which may be the same. An agent
                sees what was written, and so may make good for it: its optimum is at least that of any fixed melody.
            reward_noise: half of all rewards are greater by this, half are less.

        Raises:
            ValueError: the view has no clock or is not Markov for this task, or a noise is out of range.
            TooManyStates: there are too many states to write out.
        """
        from evomusic.models.mdp_from_task import task_outcomes

        return cls(*task_outcomes(task, view, slip, reward_noise))


def reached(left: NDArray[Any], right: NDArray[Any], begin: int, size: int) -> NDArray[np.bool_]:
    """(size + 1,) True for numbers that edges from `left` to `right` lead to from `begin`, itself among them."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    graph = csr_array((np.ones(len(left)), (left, right)), shape=(size + 1, size + 1))
    visited = np.zeros(size + 1, np.bool_)
    visited[breadth_first_order(graph, begin, return_predecessors=False)] = True
    return visited
