"""Encodings: the search spaces of evolution. Each says how genomes are sampled, varied and decoded to melodies.

Evolution searches genotypes and selects phenotypes, here melodies; the map between the two decides which melodies are
near each other, and so what search can find. A loop (`evomusic.evolve`) runs with every encoding: GA x Bits is the
genetic algorithm of Holland (1975), GA x Tree the genetic programming of Koza (1992), and GA x Grammar evolves
developmental programs, as the animat research of Meyer did (Kodjabachian & Meyer 1995).

Read `base` first: the protocol `Encoding`, and the functions by which loops handle genomes. Then by genome:

- `notes/`: the melody itself, with musical operators.
- `form`: sections by reference, each of them once; `motifs`: half bars by reference, with the plan as genes.
- `bits`: bit strings, with the operators of Holland.
- `trees/`: expressions of a phrase language, typed genetic programming.
- `grammar/`: rewriting rules (L-systems) that grow into a melody.
- `policy/`: policies that write the melody token by token, as tables, trees or neural networks.

`samples` draws initial melodies and checks rows of tokens. A new encoding is one class with four methods;
`evomusic.testing.check_encoding` holds it to its contract.
"""
