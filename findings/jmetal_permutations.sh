#!/usr/bin/env bash
# jMetalPy 1.9.0: `variables` of a PermutationSolution gives a copy, and the operators PermutationSwapMutation, ScrambleMutation and
# CXCrossover write into that copy. So they change nothing, without a word: a genetic algorithm with them evaluates its first
# population again and again. PMXCrossover works, as it sets the whole list. We found no thread of it.
#
# Guess: a mutation of probability 1 makes a new order, nearly always.
# Seen (orders of eight that 2,000 evaluations of 20 solutions looked at; best is -140):
#   no crossover, swap: 20, best -126
#   no crossover, scramble: 20, best -126
#   CX, swap: 20, best -126
#   PMX, swap: 69, best -137
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "jmetalpy==1.9.0" "numpy==2.4.6"
cd "$work"
"$work/venv/bin/python" - <<'PY'
import logging
import random

from jmetal.algorithm.singleobjective.genetic_algorithm import GeneticAlgorithm
from jmetal.core.problem import PermutationProblem
from jmetal.core.solution import PermutationSolution
from jmetal.operator.crossover import CXCrossover, NullCrossover, PMXCrossover
from jmetal.operator.mutation import PermutationSwapMutation, ScrambleMutation
from jmetal.util.termination_criterion import StoppingByEvaluations

logging.disable()


class Ascending(PermutationProblem):
    """Orders of eight: best from 0 to 7."""

    def __init__(self):
        super().__init__()
        self.first, self.seen = set(), set()

    def name(self):
        return "ascending"

    def number_of_variables(self):
        return 8

    def number_of_objectives(self):
        return 1

    def number_of_constraints(self):
        return 0

    def create_solution(self):
        solution = PermutationSolution(8, 1)
        solution.variables = random.sample(range(8), 8)
        self.first.add(tuple(solution.variables))
        return solution

    def evaluate(self, solution):
        self.seen.add(tuple(solution.variables))
        solution.objectives[0] = -sum(i * value for i, value in enumerate(solution.variables))
        return solution


def run(crossover, mutation):
    random.seed(1)
    problem = Ascending()
    algorithm = GeneticAlgorithm(
        problem=problem,
        population_size=20,
        offspring_population_size=20,
        crossover=crossover,
        mutation=mutation,
        termination_criterion=StoppingByEvaluations(2000),
    )
    algorithm.run()
    return problem, algorithm.result().objectives[0]


for name, crossover, mutation, stuck in (
    ("no crossover, swap", NullCrossover(), PermutationSwapMutation(1.0), True),
    ("no crossover, scramble", NullCrossover(), ScrambleMutation(1.0), True),
    ("CX, swap", CXCrossover(1.0), PermutationSwapMutation(1.0), True),
    ("PMX, swap", PMXCrossover(1.0), PermutationSwapMutation(1.0), False),
):
    problem, best = run(crossover, mutation)
    print(f"{name}: {len(problem.seen)}, best {best:.0f}")
    assert (problem.seen == problem.first) == stuck, "the behaviour has changed"
PY
