"""States of the lecture: history, state, what is observed of it, and beliefs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import evomusic as em
from evomusic.commands.concepts.entry import book, control, silver, states

if TYPE_CHECKING:
    from evomusic.core.task import Task
    from evomusic.models.mdp import FiniteMDP

HIDDEN = "Kaelbling, Littman & Cassandra 1998, Planning and acting in partially observable stochastic domains"


@states(
    "MDP",
    "em.FiniteMDP",
    "the state tells (chance, reward, next state, end) of each token: here at the start",
    text="A Markov decision process: in each state, each token has a reward and leads to a next state, whatever "
    "came before. Writing a melody note by note is one; write yours, and see the states that it walks "
    "through.",
    equations=("p(s', r | s, a) = Pr{S_t=s', R_t=r | S_{t-1}=s, A_{t-1}=a}",),
    sources=(book("3.1", "3.2"), silver(2)),
    control=control("writer", columns=["state", "reward", "next"]),
)
def _mdp(task: Task, mdp: FiniteMDP) -> Any:
    return mdp.outcomes.rows[: mdp.actions]


@states(
    "history",
    "em.Melody",
    "H_t: all tokens that were written so far",
    text="The history is everything that happened so far: here, all tokens that were written. Choose tokens, and "
    "see the history before each of them.",
    equations=("H_t = A_1, A_2, ..., A_t",),
    sources=(silver(1), book("17.3")),
    control=control("writer", columns=["history"]),
)
def _history(task: Task, mdp: FiniteMDP) -> Any:
    return [task.optimum().melody.tokens[:t].tolist() for t in range(5)]


@states(
    "state",
    "em.Task.q_table",
    "a function of the history: 156 histories, 18 states that differ",
    text="A state is what is remembered of a history, a function of it. Histories that nothing later can tell "
    "apart share a state; the table counts them.",
    equations=("S_t = f(H_t)",),
    sources=(silver(1), book("17.3")),
    control=control("writer", columns=["history", "state", "alike"]),
)
def _state(task: Task, mdp: FiniteMDP) -> Any:
    return sum(task.grid.tokens**t for t in range(task.grid.steps)), len(task.q_table())


@states(
    "environment state",
    "em.environment_states",
    "step and all rule memories: Markov by construction",
    text="The environment state is all that the environment itself needs to say what follows: the step, and what "
    "each rule of the reward remembers. Rewards depend on it and on the token alone.",
    equations=("S_{t+1}^e = g(S_t^e, A_t)", "R_{t+1} = r(S_t^e, A_t)"),
    sources=(silver(1),),
    control=control("writer", columns=["state", "reward", "alike"]),
)
def _environment_state(task: Task, mdp: FiniteMDP) -> Any:
    return em.environment_states(task, [[0, 2], [2, 0], [2, 1]])[:, -1]


@states(
    "agent state",
    "em.View, em.agent_states",
    "what the agent sees of the history: here the last pitch",
    text="The agent state is what the agent makes of the history, and all that it can act on. Choose a view: blind "
    "sees the clock alone, short the last pitch too, pair the last two, markov all that the rules remember.",
    equations=("S_t^a = f(H_t)",),
    sources=(silver(1), book("17.3")),
    control=control("writer", view="short", columns=["history", "agent state", "state"]),
)
def _agent_state(task: Task, mdp: FiniteMDP) -> Any:
    return em.agent_states(task, "short", [[2, 3], [4, 3], [2, 4]])[:, -1]


@states(
    "information state",
    "em.View.is_markov",
    "tells what follows as well as the history: computed",
    text="A state is an information state, or Markov, when it says as much of what follows as the whole history "
    "does. Where a view is not, two histories look alike to it, and yet different things follow; the page "
    "searches such a pair.",
    equations=("Pr{S_{t+1} | S_t, A_t} = Pr{S_{t+1} | S_1, A_1, ..., S_t, A_t}",),
    sources=(silver(1), book("17.3")),
    control=control("views", view="short"),
)
def _information_state(task: Task, mdp: FiniteMDP) -> Any:
    return {name: em.View.named(name).is_markov(task) for name in ("blind", "short", "pair", "markov")}


@states(
    "full observability",
    "em.View, em.FiniteMDP",
    "the agent sees a Markov state: the task is an MDP to it",
    text="The agent observes a Markov state, so that the task is an MDP to it, and an optimal policy needs nothing "
    "more. Through the view markov the best policy earns the optimum.",
    equations=("S_t^a = S_t^e",),
    sources=(silver(1),),
    control=control("views", view="markov"),
)
def _full_observability(task: Task, mdp: FiniteMDP) -> Any:
    return em.plan.value_iteration(em.FiniteMDP.from_task(task, "markov"), gamma=1.0).values[0]


@states(
    "partial observability",
    "em.value_of_observation",
    "it sees less: what it loses by that, exactly",
    text="The agent observes less than a Markov state, and must do alike in states that look alike to it. The loss "
    "is the optimum minus the best return of any policy of what is seen, computed by search; longer melodies "
    "lose more.",
    equations=('"loss" = max_pi v_pi(s_0) - max_{pi "of what is seen"} v_pi(s_0)',),
    sources=(silver(1), book("17.3")),
    control=control("table", {"bars": 1}, table="observation"),
)
def _partial_observability(task: Task, mdp: FiniteMDP) -> Any:
    return {seen: em.value_of_observation(em.make("tiny", bars=2), seen).loss for seen in ("pitch", "pitches", "bar")}


@states(
    "belief",
    "em.FinitePOMDP, em.plan.update_belief, em.Listener",
    "how likely each hidden state is",
    text="Where the state is hidden, the agent holds a belief: the probability of each state, updated by Bayes' "
    "rule with each observation. Here a listener has one of two tastes and smiles or frowns, rightly with "
    "some probability.",
    equations=("b'(s) = frac{b(s) Pr{o | s}}{sum_{x} b(x) Pr{o | x}}",),
    sources=(book("17.3"), silver(1), HIDDEN),
    control=control("belief", {"accuracy": 0.8, "prior": 0.5}),
)
def _belief(task: Task, mdp: FiniteMDP) -> Any:
    return em.Listener(accuracy=0.8).update([0.5, 0.5], rewards=[1.0, -1.0], smiled=True)


@states(
    "recurrent policy",
    "em.PolicyWeights",
    "remembers what it does not see: above any that does not",
    text="A recurrent network has a state of its own, which it updates by what it observes: it can remember what "
    "it does not see. Evolved weights of one return more than the best policy without memory.",
    equations=("h_t = f(h_{t-1}, o_t)", "A_t ~ pi(h_t)"),
    sources=(book("17.3"), silver(1)),
    control=control("table", {"hidden": 2}, table="recurrent"),
)
def _recurrent_policy(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(
        em.GA(encoding=em.PolicyWeights(view="pitch", hidden=3, recurrent=True)), em.make("tiny", bars=2), steps=40_000
    ).best_return
