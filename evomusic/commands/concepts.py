"""The lecture in the code: each concept, the name that implements it, and an example of one line.

The lecture is an introduction to reinforcement learning for evolved music; its order is kept. An example is the value
of a small function: its text is read from this file, its result is computed when it is asked for.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import evomusic as em

if TYPE_CHECKING:
    from evomusic.core.task import Task
    from evomusic.models.mdp import FiniteMDP

SETUP = ("import evomusic as em", 'task = em.make("tiny")', "mdp = em.FiniteMDP.from_task(task)")
Example = Callable[["Task", "FiniteMDP"], Any]


class Concept(NamedTuple):
    """A concept: `where` are the public names that implement it, `says` is what it is."""

    name: str
    group: str
    where: tuple[str, ...]
    says: str
    run: Example

    @property
    def example(self) -> str:
        """The example's text, to paste after SETUP."""
        lines = inspect.getsource(self.run).partition("    return ")[2].split("\n")
        return re.sub(r"(?<=[({]) | (?=[)}])", "", " ".join(map(str.strip, lines))).strip()

    def result(self) -> Any:
        """The example's value, computed now."""
        task = em.make("tiny")
        return self.run(task, em.FiniteMDP.from_task(task))


GROUPS = ("states", "exploration", "values", "learning", "planning", "approaches", "evolution as RL")
CONCEPTS: dict[str, Concept] = {}


def concept(group: str, name: str, where: str, says: str) -> Callable[[Example], Example]:
    """Enter an example into the list."""

    def enter(example: Example) -> Example:
        CONCEPTS[name] = Concept(name, group, tuple(where.split(", ")), says, example)
        return example

    return enter


states, exploration, values, learning, planning, approaches, evolution = (partial(concept, x) for x in GROUPS)


@states("MDP", "em.FiniteMDP", "the state tells (chance, reward, next state, end) of each token: here at the start")
def _mdp(task: Task, mdp: FiniteMDP) -> Any:
    return mdp.outcomes.rows[: mdp.actions]


@states("history", "em.Melody", "H_t: all tokens that were written so far")
def _history(task: Task, mdp: FiniteMDP) -> Any:
    return [task.optimum().melody.tokens[:t].tolist() for t in range(5)]


@states("state", "em.Task.q_table", "a function of the history: 156 histories, 18 states that differ")
def _state(task: Task, mdp: FiniteMDP) -> Any:
    return sum(task.grid.tokens**t for t in range(task.grid.steps)), len(task.q_table())


@states("environment state", "em.environment_states", "step and all rule memories: Markov by construction")
def _environment_state(task: Task, mdp: FiniteMDP) -> Any:
    return em.environment_states(task, [[0, 2], [2, 0], [2, 1]])[:, -1]


@states("agent state", "em.View, em.agent_states", "what the agent sees of the history: here the last pitch")
def _agent_state(task: Task, mdp: FiniteMDP) -> Any:
    return em.agent_states(task, "short", [[2, 3], [4, 3], [2, 4]])[:, -1]


@states("information state", "em.View.is_markov", "tells what follows as well as the history: computed")
def _information_state(task: Task, mdp: FiniteMDP) -> Any:
    return {name: em.View.named(name).is_markov(task) for name in ("blind", "short", "pair", "markov")}


@states("full observability", "em.View, em.FiniteMDP", "the agent sees a Markov state: the task is an MDP to it")
def _full_observability(task: Task, mdp: FiniteMDP) -> Any:
    return em.plan.value_iteration(em.FiniteMDP.from_task(task, "markov"), gamma=1.0).values[0]


@states("partial observability", "em.value_of_observation", "it sees less: what it loses by that, exactly")
def _partial_observability(task: Task, mdp: FiniteMDP) -> Any:
    return {seen: em.value_of_observation(em.make("tiny", bars=2), seen).loss for seen in ("pitch", "pitches", "bar")}


@states("belief", "em.FinitePOMDP, em.plan.update_belief, em.Listener", "how likely each hidden state is")
def _belief(task: Task, mdp: FiniteMDP) -> Any:
    return em.Listener(accuracy=0.8).update([0.5, 0.5], rewards=[1.0, -1.0], smiled=True)


@states("recurrent policy", "em.PolicyWeights", "remembers what it does not see: above any that does not")
def _recurrent_policy(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(
        em.GA(encoding=em.PolicyWeights(view="pitch", hidden=3, recurrent=True)), em.make("tiny", bars=2), steps=40_000
    ).best_return


@exploration("exploration and exploitation", "em.QLearning", "what never tries, or only tries, earns less")
def _exploration(task: Task, mdp: FiniteMDP) -> Any:
    return [em.run(em.QLearning(view="markov", epsilon=e), task, 20_000).curve.online[-1] for e in (0.0, 0.1, 1.0)]


@exploration("greedy", "em.QLearning", "always what is known as best: stuck below the optimum of 2.4")
def _greedy(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(em.QLearning(view="markov", epsilon=0.0), task, steps=20_000).curve.delivered[-1]


@exploration("random", "em.QLearning, em.RandomSearch", "any token alike: earns noise, and yet learns the optimum")
def _random(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(em.QLearning(view="markov", epsilon=1.0), task, 40_000).curve.delivered[-1], task.random_return


@exploration("epsilon-greedy", "em.QLearning", "random now and then, else greedy: earns more and more")
def _epsilon_greedy(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(em.QLearning(view="markov", epsilon=0.1), task, steps=20_000).curve.online[::20]


@exploration("decaying epsilon", "em.Decay", "from all random down to a plateau: tries first, earns then")
def _decaying_epsilon(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(em.QLearning(view="markov", epsilon=em.Decay(1.0, 0.05, 0.5)), task, 20_000).curve.online[::20]


@exploration("regret", "em.Task.optimum, em.plots.draw_regret", "the true optimum minus what is earned")
def _regret(task: Task, mdp: FiniteMDP) -> Any:
    return task.optimum().value - em.run(em.QLearning(view="markov"), task, steps=20_000).curve.online[::20]


@exploration("delayed credit", "em.make, em.TD", "all is paid at the end: traces credit all 4 states at once")
def _delayed_credit(task: Task, mdp: FiniteMDP) -> Any:
    return {
        lam: sum(em.learn.predict(em.TD(lam=lam), em.make("tiny", delayed=True), episodes=1).values != 0)
        for lam in (0.0, 0.9)
    }


@values("policy", "em.learn.train, em.plan.policy_iteration", "what to do in each state: a token, or chances")
def _policy(task: Task, mdp: FiniteMDP) -> Any:
    return em.plan.policy_iteration(mdp, gamma=1.0).policy


@values("value function", "em.plan.value_iteration", "how good each state is: the start is worth the optimum")
def _value_function(task: Task, mdp: FiniteMDP) -> Any:
    return em.plan.value_iteration(mdp, gamma=1.0).values


@values("model", "em.FiniteMDP, em.Dyna", "what is paid and what follows: learnt here, and planned with")
def _model(task: Task, mdp: FiniteMDP) -> Any:
    return em.plan.value_iteration(em.learn.train(em.Dyna(epsilon=1.0), mdp, 5_000).model, gamma=1.0).values[0]


@values("discount", "em.plan.value_iteration", "gamma: what later rewards count; 0 sees the next alone")
def _discount(task: Task, mdp: FiniteMDP) -> Any:
    return {gamma: em.plan.value_iteration(mdp, gamma=gamma).values[0] for gamma in (0.0, 0.5, 0.9, 1.0)}


@values("V", "em.plan.evaluate_policy", "what a policy earns from a state on: random tokens, from the start")
def _v(task: Task, mdp: FiniteMDP) -> Any:
    return em.plan.evaluate_policy(mdp, [[0.2] * 5] * 19)[0], task.random_return


@values("Q", "em.plan.evaluate_q, em.Task.q_table", "the same after each token: the best return, at the start")
def _q(task: Task, mdp: FiniteMDP) -> Any:
    return task.q_table()[0].q


@values("Bellman equation", "em.plan.q_of", "a value is the best reward and what follows: no residual")
def _bellman_equation(task: Task, mdp: FiniteMDP) -> Any:
    return abs(em.plan.q_of(mdp, v := em.plan.value_iteration(mdp, gamma=1.0).values).max(axis=1) - v).max()


@learning("Monte Carlo", "em.MonteCarloValues, em.MonteCarlo", "values are means of returns that were met")
def _monte_carlo(task: Task, mdp: FiniteMDP) -> Any:
    return em.learn.predict(em.MonteCarloValues(), mdp, episodes=10_000).values[0], task.random_return


@learning("TD(0)", "em.TD", "reward and next value: credit goes back one step an episode")
def _td(task: Task, mdp: FiniteMDP) -> Any:
    return em.learn.predict(em.TD(alpha=1.0), mdp, em.plan.policy_iteration(mdp, 1.0).policy, 4).history[:, 0]


@learning("TD(lambda)", "em.TD, em.LambdaReturn, em.SarsaLambda", "credit goes back as far as lambda says")
def _td_lambda(task: Task, mdp: FiniteMDP) -> Any:
    return {
        lam: em.learn.predict(em.TD(lam=lam, alpha=1.0), mdp, em.plan.policy_iteration(mdp, 1.0).policy, 1).values[0]
        for lam in (0.0, 0.5, 1.0)
    }


@learning("SARSA", "em.Sarsa", "learns what its own policy is worth, random tokens and all: below Q-learning")
def _sarsa(task: Task, mdp: FiniteMDP) -> Any:
    return [em.learn.train(learner, mdp, steps=40_000).values[0] for learner in (em.Sarsa(), em.QLearning())]


@learning("Q-learning", "em.QLearning", "learns what the best policy is worth while it explores: the optimum")
def _q_learning(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(em.QLearning(view="markov"), task, steps=40_000).curve.delivered[-1], task.optimum().value


@learning("off-policy learning", "em.learn.train", "from the history of others: here of random tokens")
def _off_policy_learning(task: Task, mdp: FiniteMDP) -> Any:
    return em.learn.train(
        em.QLearning(alpha=1.0), mdp, log=em.learn.train(em.QLearning(epsilon=1.0), mdp, 5_000, keep=True).log, passes=4
    ).values[0]


@learning("actor-critic", "em.ActorCritic, em.ASE", "a critic's values teach an actor, a policy of chances")
def _actor_critic(task: Task, mdp: FiniteMDP) -> Any:
    return em.learn.train(em.ActorCritic(), mdp, steps=40_000).policy[0]


@planning("policy evaluation", "em.plan.evaluate_policy, em.plan.iterate_policy", "exactly, or by sweeps")
def _policy_evaluation(task: Task, mdp: FiniteMDP) -> Any:
    return em.plan.iterate_policy(mdp, [[0.2] * 5] * 19).values[0], task.random_return


@planning("policy improvement", "em.plan.improve", "greedy on what noise is worth: from -2.1 to 1.4")
def _policy_improvement(task: Task, mdp: FiniteMDP) -> Any:
    return em.plan.evaluate_policy(mdp, em.plan.improve(mdp, em.plan.evaluate_policy(mdp, [[0.2] * 5] * 19)))[0]


@approaches("policy-based", "em.Reinforce, em.PolicyWeights", "the policy itself is changed: from chances to one")
def _policy_based(task: Task, mdp: FiniteMDP) -> Any:
    return em.learn.train(em.Reinforce(), mdp, steps=40_000).policy[0]


@approaches("value-based", "em.QLearning, em.Sarsa, em.DoubleQ", "learns values; the policy is greedy on them")
def _value_based(task: Task, mdp: FiniteMDP) -> Any:
    return em.learn.train(em.DoubleQ(), mdp, steps=40_000).q[0]


@approaches("model-based", "em.Dyna, em.TreeSearch, em.plan.value_iteration", "plans with a model, learnt or not")
def _model_based(task: Task, mdp: FiniteMDP) -> Any:
    return {n: em.run(em.Dyna(view="markov", planning=n), task, steps=400).curve.delivered[-1] for n in (0, 5, 50)}


@approaches("mixed approach", "em.Islands", "evolution and learning teach each other: islands of both")
def _mixed_approach(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(em.Islands(methods=(em.GA(), em.QLearning(view="markov"))), task, steps=20_000).best_return


@evolution("fitness", "em.Task.evaluate, em.Task.rewards", "the return of a melody: the sum of its rewards")
def _fitness(task: Task, mdp: FiniteMDP) -> Any:
    return task.evaluate(task.optimum().melody.tokens[None])[0], task.rewards(task.optimum().melody.tokens[None])[0]


@evolution("final reward", "em.Reward, em.measures", "what a whole melody is paid, at its last step")
def _final_reward(task: Task, mdp: FiniteMDP) -> Any:
    return em.Task(task.grid, em.Reward({}, final={em.measures.PitchEntropy(): 2.0})).rewards([[2, 4, 3, 2]])[0]


@evolution("genotype to phenotype", "em.Bits, em.Tree, em.Grammar", "off-line: decoded whole, then judged")
def _genotype_to_phenotype(task: Task, mdp: FiniteMDP) -> Any:
    return (bits := em.Bits().encode(task, task.optimum().melody.tokens[None])), em.Bits().decode(task, bits)


@evolution("search in the space of behaviours", "em.PolicySearch", "policies evolve, on any finite MDP")
def _search_in_the_space_of_behaviours(task: Task, mdp: FiniteMDP) -> Any:
    return em.PolicySearch(mdp=mdp).run(em.GA(population=20, encoding=em.PolicyTable()), 1_000).value


@evolution("GA", "em.GA", "Holland 1975: a population of strings, selected, crossed and mutated")
def _ga(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(em.GA(population=20, encoding=em.Bits()), task, steps=8_000).best_return


@evolution("GP", "em.Tree", "Koza 1992: the tree is genotype and phenotype; here the best that is found")
def _gp(task: Task, mdp: FiniteMDP) -> Any:
    return em.Tree().text(
        task, (found := em.run(em.GA(population=50, encoding=em.Tree()), task, steps=20_000).state).genomes
    )[found.returns.argmax()]


@evolution("morphogenetic programming", "em.Grammar", "Meyer et al. 1995: rules that grow a melody")
def _morphogenetic_programming(task: Task, mdp: FiniteMDP) -> Any:
    return em.Grammar().develop(em.Grammar().parse("axiom -> A(2)\nA(x) if x > 0 -> note up(1) A(x-1) note"))


@evolution("feedback", "em.Listener, em.rules", "theory rules, a listener whose taste is hidden, or both")
def _feedback(task: Task, mdp: FiniteMDP) -> Any:
    return em.value_of_listening(em.Listener(), em.Grid(bars=1, low=57, high=64, scale="C major"))._asdict()
