#!/usr/bin/env bash
# PyGAD 3.9.2: mutation_percent_genes=10, or mutation_num_genes=1, with the mutations "swap", "inversion" and "scramble" mutates
# nothing, without a word: of a genome of fewer than 20 genes that is one gene, which has nothing to change places with. Without
# the argument, whose documented default is 10 percent of the genes, the same mutations do change genomes.
#
# Guess: the default said aloud changes nothing; at least one swap a mutation.
# Seen (genomes not among the first ten after 50 generations, 12 genes):
#   swap: as it comes 10, 10 percent 0, one gene 0, two genes 10
#   inversion: as it comes 10, 10 percent 0, one gene 0, two genes 10
#   scramble: as it comes 10, 10 percent 0, one gene 0, two genes 10
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "pygad==3.9.2" "numpy==2.4.6"
cd "$work"
"$work/venv/bin/python" -W error::UserWarning - <<'PY'
import numpy as np
import pygad

FIRST = [np.random.default_rng(seed).permutation(12).tolist() for seed in range(10)]
WAYS = {
    "as it comes": {},
    "10 percent": {"mutation_percent_genes": 10},
    "one gene": {"mutation_num_genes": 1},
    "two genes": {"mutation_num_genes": 2},
}


def in_order(run, genome, number):
    return float(np.dot(genome, np.arange(12)))


def fresh(mutation, **options):
    """Genomes of the last generation that the first did not have."""
    run = pygad.GA(
        num_generations=50,
        num_parents_mating=4,
        fitness_func=in_order,
        initial_population=FIRST,
        gene_type=int,
        crossover_type=None,
        mutation_type=mutation,
        random_seed=1,
        **options,
    )
    run.run()
    return sum(genome not in FIRST for genome in run.population.astype(int).tolist())


seen = {}
for mutation in ("swap", "inversion", "scramble"):
    seen[mutation] = {way: fresh(mutation, **options) for way, options in WAYS.items()}
    print(f"{mutation}:", ", ".join(f"{way} {count}" for way, count in seen[mutation].items()))
for counts in seen.values():
    assert counts["10 percent"] == counts["one gene"] == 0, "the behaviour has changed"
    assert min(counts["as it comes"], counts["two genes"]) >= 8, "the behaviour has changed"
PY
