"""Evolution as reinforcement learning in the lecture: fitness, genotypes, behaviours, feedback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import evomusic as em
from evomusic.commands.concepts.entry import book, control, evolution

if TYPE_CHECKING:
    from evomusic.core.task import Task
    from evomusic.models.mdp import FiniteMDP

HOLLAND = "Holland 1975, Adaptation in Natural and Artificial Systems"


@evolution(
    "fitness",
    "em.Task.evaluate, em.Task.rewards",
    "the return of a melody: the sum of its rewards",
    text="Evolution's fitness and reinforcement learning's return are one number here: the sum of a melody's "
    "rewards. Evolution sees the sum alone, a learner each of its parts.",
    equations=("f(m) = G_0 = sum_{t=1}^{T} R_t",),
    sources=(book("3.3", "3.7"), HOLLAND),
    control=control("writer", columns=["state", "reward"]),
)
def _fitness(task: Task, mdp: FiniteMDP) -> Any:
    return task.evaluate(task.optimum().melody.tokens[None])[0], task.rewards(task.optimum().melody.tokens[None])[0]


@evolution(
    "final reward",
    "em.Reward, em.measures",
    "what a whole melody is paid, at its last step",
    text="What judges a melody as a whole, such as the entropy of its pitches, rewards its last step alone. A "
    "learner must find out which notes earned it.",
    equations=('R_T <- R_T + w H("pitches")', "H = - sum_p p log_2 p"),
    sources=(book("1.1"),),
    control=control("writer", {"weight": 2.0}, columns=["reward"], final=True),
)
def _final_reward(task: Task, mdp: FiniteMDP) -> Any:
    return em.Task(task.grid, em.Reward({}, final={em.measures.PitchEntropy(): 2.0})).rewards([[2, 4, 3, 2]])[0]


@evolution(
    "genotype to phenotype",
    "em.Bits, em.Tree, em.Grammar",
    "off-line: decoded whole, then judged",
    text="Evolution changes a genotype, here twelve bits; what is judged is the phenotype, the melody that it "
    "decodes to, off-line and whole. Flip bits: some change nothing, some a note.",
    equations=('m = "decode"(g)', "f(g) = G_0(m)"),
    sources=(HOLLAND,),
    control=control("bits"),
)
def _genotype_to_phenotype(task: Task, mdp: FiniteMDP) -> Any:
    return (bits := em.Bits().encode(task, task.optimum().melody.tokens[None])), em.Bits().decode(task, bits)


@evolution(
    "search in the space of behaviours",
    "em.PolicySearch",
    "policies evolve, on any finite MDP",
    text="Evolution can search policies in place of melodies: a genome holds a token for each state, and its "
    "fitness is the return of what it does. No values are learnt; this is reinforcement learning by search.",
    equations=("pi_* = argmax_pi v_pi(s_0)",),
    sources=(book("1.4"),),
    control=control("ga", {"population": 20, "mutation": 0.05}, genome="policy"),
)
def _search_in_the_space_of_behaviours(task: Task, mdp: FiniteMDP) -> Any:
    return em.PolicySearch(mdp=mdp).run(em.GA(population=20, encoding=em.PolicyTable()), 1_000).value


@evolution(
    "GA",
    "em.GA",
    "Holland 1975: a population of strings, selected, crossed and mutated",
    text="A genetic algorithm: a population of bit strings; the fitter of a tournament are crossed over and "
    "mutated, and the best stays. See the best and the mean of each generation.",
    equations=('Pr{"bit flips"} = mu',),
    sources=(HOLLAND,),
    control=control("ga", {"population": 20, "mutation": 0.083, "crossover": 0.7}, genome="bits"),
)
def _ga(task: Task, mdp: FiniteMDP) -> Any:
    return em.run(em.GA(population=20, encoding=em.Bits()), task, steps=8_000).best_return


@evolution(
    "GP",
    "em.Tree",
    "Koza 1992: the tree is genotype and phenotype; here the best that is found",
    text="Genetic programming evolves programs: expression trees of phrases, which are the genotype and, run, the "
    "melody. See the best tree for two bars, by the number of melodies that were judged.",
    sources=("Koza 1992, Genetic Programming",),
    control=control("table", {"budget": 3}, table="trees"),
)
def _gp(task: Task, mdp: FiniteMDP) -> Any:
    return em.Tree().text(
        task, (found := em.run(em.GA(population=50, encoding=em.Tree()), task, steps=20_000).state).genomes
    )[found.returns.argmax()]


@evolution(
    "morphogenetic programming",
    "em.Grammar",
    "Meyer et al. 1995: rules that grow a melody",
    text="A genome of rewriting rules grows a melody from an axiom, as an embryo grows: each stage rewrites all "
    "symbols of the one before. Evolution changes the rules.",
    equations=('A(x) -> "note up(1)" A(x-1) "note"  "while" x > 0',),
    sources=(
        "Kodjabachian & Meyer 1995, Evolution and development of control architectures in animats",
        "Lindenmayer 1968, Mathematical models for cellular interactions in development",
    ),
    control=control("table", {"stage": 2}, table="growth"),
)
def _morphogenetic_programming(task: Task, mdp: FiniteMDP) -> Any:
    return em.Grammar().develop(em.Grammar().parse("axiom -> A(2)\nA(x) if x > 0 -> note up(1) A(x-1) note"))


@evolution(
    "feedback",
    "em.Listener, em.rules",
    "theory rules, a listener whose taste is hidden, or both",
    text="Reward comes from rules of theory, from a listener, or from both. A listener's taste is hidden: what "
    "listening is worth lies between the best that knows nothing of it and the best that knows it.",
    equations=('v_{"blind"} <= v_{"belief"} <= v_{"informed"}',),
    sources=(book("17.3"), book("17.4")),
    control=control("table", {"accuracy": 3}, table="listening"),
)
def _feedback(task: Task, mdp: FiniteMDP) -> Any:
    return em.value_of_listening(em.Listener(), em.Grid(bars=1, low=57, high=64, scale="C major"))._asdict()
