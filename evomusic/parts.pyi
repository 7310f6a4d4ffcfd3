"""The parts that methods are made of: views, encodings, selections, schedules and explorers. The one list.

A name that is added here is public as `evomusic.NAME` and known to studies as `{ kind = "NAME" }` inside a method.
"""

# Views: the agent state of a learner, or of a policy
from .core.views import View as View
from .core.views import LastPitches as LastPitches
from .core.views import BarPosition as BarPosition
from .rules.landscape import LastSymbols as LastSymbols
from .core.windows import Window as Window

# Encodings: the genome of a searcher
from .encodings.notes.notes import Notes as Notes
from .encodings.form import Form as Form
from .encodings.motifs import Motifs as Motifs
from .encodings.bits import Bits as Bits
from .encodings.trees.tree import Tree as Tree
from .encodings.grammar.grammar import Grammar as Grammar
from .encodings.policy.table import PolicyTable as PolicyTable
from .encodings.policy.tree import PolicyTree as PolicyTree
from .encodings.policy.weights import PolicyWeights as PolicyWeights

# Genotypes: the search spaces of problems of one's own
from .encodings.genotypes.vectors import Bitstrings as Bitstrings
from .encodings.genotypes.vectors import Integers as Integers
from .encodings.genotypes.vectors import Reals as Reals
from .encodings.genotypes.permutations import Permutations as Permutations
from .encodings.genotypes.expressions import Expressions as Expressions

# Selections: the parents of the next generation
from .evolve.selection.schemes import Tournament as Tournament
from .evolve.selection.schemes import BoltzmannTournament as BoltzmannTournament
from .evolve.selection.schemes import Rank as Rank
from .evolve.selection.schemes import Truncation as Truncation
from .evolve.selection.schemes import Roulette as Roulette
from .evolve.selection.schemes import Lexicase as Lexicase
from .evolve.selection.schemes import Sharing as Sharing
from .evolve.selection.schemes import Novelty as Novelty
from .evolve.selection.parsimony import Parsimony as Parsimony
from .evolve.selection.parsimony import DoubleTournament as DoubleTournament

# Schedules of step sizes and exploration, and explorers
from .learn.explore import Decay as Decay
from .learn.explore import Average as Average
from .learn.explore import Softmax as Softmax
from .learn.explore import UCB as UCB
