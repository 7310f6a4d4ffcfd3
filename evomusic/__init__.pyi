"""Evolve melodies, and compare evolution with reinforcement learning on equal terms.

This page lists every public name by noun. It is the one list: names are imported from here when they are first used,
and type checkers and editors read it. Methods and their parts have pages of their own, `methods.pyi` and `parts.pyi`.
"""

# A grid of steps and pitches, and melodies on it
from .core.grid import Grid as Grid
from .core.grid import Event as Event
from .core.grid import Slot as Slot
from .core.metre import metre as metre
from .core.melody import Melody as Melody
from .core.melody import canonical as canonical
from .core.distance import apart as apart

# Tunes in files: read, fit to a grid, write
from .io import Tune as Tune
from .io import TuneError as TuneError
from .io import read as read
from .io import read_tune as read_tune
from .io import fit as fit
from .io import write as write

# A reward is rules with weights; a task is a grid and a reward
from . import rules as rules
from . import measures as measures
from .core.reward import Reward as Reward
from .core.task import Task as Task
from .core.problem import Problem as Problem
from .catalogue.ready import make as make
from .catalogue.ready import tasks as tasks
from .catalogue.ready import family_half as family_half

# The optimum of a task
from .core.optimum.solve import Optimum as Optimum
from .core.optimum.solve import Bound as Bound
from .core.optimum.solve import NotCertified as NotCertified
from .core.automata import TooManyStates as TooManyStates

# The soft optimum: exact samples instead of the one best melody, and conditions on them
from .core.optimum.soft import SoftPolicy as SoftPolicy
from .core.optimum.tied import TiedPolicy as TiedPolicy
from .core.optimum.tied import TiedDraws as TiedDraws
from .core import conditions as conditions

# A style with form: whole melodies as real tunes are, with their exact probabilities
from .song.model import Song as Song
from .song.model import train_song as train_song
from .song.planned import Planned as Planned
from .song.tilted import TiltedSong as TiltedSong
from .song.typical import Typical as Typical

# Difficulty of a task
from .core.epistasis import epistasis as epistasis
from .core.policies import expected_return as expected_return
from .core.policies import style_policy as style_policy
from .core.song_policy import song_policy as song_policy

# Methods, their parts, and a run under the ledger
from .methods import *
from .parts import *
from .core.method import Searcher as Searcher
from .core.method import Batch as Batch
from .core.ledger import Unfinished as Unfinished
from .core.ledger import run as run
from .core.record import Record as Record
from .core.ledger import Ledger as Ledger
from .evolve.peers.exports import as_pymoo as as_pymoo
from .evolve.peers.exports import as_pyribs as as_pyribs
from .evolve.peers.exports import as_deap as as_deap
from .evolve.peers.charging import BudgetSpent as BudgetSpent
from .core.saving import save_state as save_state
from .core.saving import load_state as load_state

# Watchers of a run: when to stop, and records of evolution
from .evolve.watch.stopping import MaxSteps as MaxSteps
from .evolve.watch.stopping import MaxBatches as MaxBatches
from .evolve.watch.stopping import MaxSeconds as MaxSeconds
from .evolve.watch.stopping import Target as Target
from .evolve.watch.stopping import Stagnation as Stagnation
from .evolve.watch.hall_of_fame import HallOfFame as HallOfFame
from .evolve.watch.hall_of_fame import ParetoFront as ParetoFront
from .evolve.watch.logbook import Logbook as Logbook
from .evolve.watch.snapshots import Snapshots as Snapshots
from .evolve.watch.snapshots import take_snapshots as take_snapshots
from .evolve.watch.diversity import record_diversity as record_diversity
from .evolve.watch.ancestry import find_family as find_family

# States: histories, views of them, and their transitions
from .core.histories import agent_states as agent_states
from .core.histories import environment_states as environment_states
from .core.histories import is_information_state as is_information_state
from .core.histories import aliased as aliased
from .models.transitions import Transitions as Transitions
from .models.transitions import transitions_of as transitions_of
from .plan.observation import value_of_observation as value_of_observation
from .plan.observation import Aliasing as Aliasing

# Explicit models, planning, learning; prediction of values
from . import plan as plan
from . import learn as learn
from .models.mdp import FiniteMDP as FiniteMDP
from .models.pomdp import FinitePOMDP as FinitePOMDP
from .models.sparse_pomdp import SparsePOMDP as SparsePOMDP
from .plan.mdp.evaluation import evaluate_policy as evaluate_policy
from .encodings.policy.search import PolicySearch as PolicySearch
from .learn.textbook.ase import ASE as ASE
from .learn.prediction.td import TD as TD
from .learn.prediction.td import LambdaReturn as LambdaReturn
from .learn.prediction.td import MonteCarloValues as MonteCarloValues

# A listener with a hidden taste
from .listener.listener import Listener as Listener
from .listener.tastes import key_tastes as key_tastes
from .listener.tastes import contour_tastes as contour_tastes
from .listener.agent import BeliefAgent as BeliefAgent
from .listener.agent import value_of_listening as value_of_listening
from .listener.agent import listening_curve as listening_curve

# What a listener likes, learnt from choices: aspects of melodies, weights with their uncertainty, a reward
from .listener.aspects import Aspects as Aspects
from .listener.preference import Preference as Preference
from .listener.preference import fit_preference as fit_preference

# Environments of Gymnasium
from .env import MelodyEnv as MelodyEnv
from .env import MelodyVectorEnv as MelodyVectorEnv

# A study compares methods on tasks; its results as columns; figures; many melodies in a notebook
from .study.config import Study as Study
from .comparison import compare as compare
from .comparison import merge as merge
from .study.columns import load as load

# Logs that other programs read: IOHprofiler, TensorBoard, MLflow
from .logs.ioh import write_ioh as write_ioh
from .logs.tensorboard import TensorBoard as TensorBoard
from .logs.tensorboard import write_tensorboard as write_tensorboard
from .logs.mlflow import MLflow as MLflow
from .logs.mlflow import write_mlflow as write_mlflow
from . import plots as plots
from .report.show import show as show

# Folders that are public themselves
from . import evolve as evolve
from . import encodings as encodings
from . import corpus as corpus
from . import testing as testing

__version__: str
