"""Evolution and other search: loops that propose genomes of an encoding and learn from their returns.

A method is a loop x an encoding (`evomusic.encodings`). Loops see genomes only through the encoding, so that each
runs with all of them: GA x Bits is the genetic algorithm of Holland (1975), GA x Tree the genetic programming of Koza
(1992), and GA x PolicyTree or ES x PolicyWeights evolve controllers, as the animat approach does (Meyer & Wilson
1991). A loop implements `Searcher` (`core.method`): `ask` proposes genomes, `tell` takes their returns, and
`em.run` charges every melody.

Read `ga` first: it is short and complete; it draws parents by `selection.select` or `selection.schemes`. Then:

- `baselines` (random search, best of n, hill climbing), `annealing`, `beam`, `cross_entropy`: search without
  populations, by which evolution is judged. `soft_sampler` draws exactly, without any search.
- `steady` (mu + lambda, steady state), `nsga2` (several objectives), `map_elites` (quality and diversity), `strategies`
  (CMA-ES and evolution strategies, for real-valued genomes).
- `islands` and `migration`: several populations that exchange genomes.
- `deap/`: the library DEAP on the same tasks and encodings. `peers/`: tasks and problems for pymoo, pyribs and DEAP.
- `selection/`: parent selection, survival and Pareto fronts. `watch/`: stopping criteria and records of a run.
"""
