"""Every method that can be compared: the one list.

A name that is added here is public as `evomusic.NAME`, known to studies as `kind = "NAME"` and to the command line by
its short name (`QLearning` is `q-learning`), and shown by `evomusic methods`. Each has `init`, `step` and `deliver`.
"""

# Evolution: a loop over an encoding
from .evolve.ga import GA as GA
from .evolve.baselines import RandomSearch as RandomSearch
from .evolve.baselines import HillClimb as HillClimb
from .evolve.beam import BeamSearch as BeamSearch
from .evolve.deap.method import Deap as Deap
from .evolve.steady import MuPlusLambda as MuPlusLambda
from .evolve.steady import SteadyState as SteadyState
from .evolve.annealing import Annealing as Annealing
from .evolve.cross_entropy import CrossEntropy as CrossEntropy
from .evolve.baselines import BestOfN as BestOfN
from .evolve.soft_sampler import SoftSampler as SoftSampler
from .evolve.nsga2 import NSGA2 as NSGA2
from .evolve.map_elites import MapElites as MapElites
from .evolve.strategies import CMAES as CMAES
from .evolve.strategies import ES as ES
from .evolve.islands import Islands as Islands

# Reinforcement learning: action values, policies, models
from .learn.control import QLearning as QLearning
from .learn.control import Sarsa as Sarsa
from .learn.control import ExpectedSarsa as ExpectedSarsa
from .learn.control import DoubleQ as DoubleQ
from .learn.traces import SarsaLambda as SarsaLambda
from .learn.traces import WatkinsQ as WatkinsQ
from .learn.n_step import NStepSarsa as NStepSarsa
from .learn.monte_carlo import MonteCarlo as MonteCarlo
from .learn.actor_critic import ActorCritic as ActorCritic
from .learn.reinforce import Reinforce as Reinforce
from .learn.soft import SoftQLearning as SoftQLearning
from .learn.soft_actor_critic import SoftActorCritic as SoftActorCritic
from .learn.model_based.dyna import Dyna as Dyna
from .learn.model_based.tree_search import TreeSearch as TreeSearch
from .learn.model_based.rollouts import Rollouts as Rollouts
from .learn.deep.method import Deep as Deep
