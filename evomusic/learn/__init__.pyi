"""Learning: values and policies from experience, on tasks and models. Every public name of `evomusic.learn`."""

# Control: learn to act, on a task, a model or a log
from .training import train as train
from .sampled import Sampled as Sampled
from .discretised import Discretised as Discretised

# Continuous states: linear function approximation
from .linear.sarsa import LinearSarsa as LinearSarsa
from .linear.tiles import TileCoding as TileCoding
from .linear.tiles import Tiled as Tiled

# Textbook problems
from .textbook.blackjack import blackjack as blackjack
from .textbook.cart_pole import CartPole as CartPole
from .textbook.mountain_car import MountainCar as MountainCar
from .textbook.baird import OffPolicy as OffPolicy
from .textbook.baird import baird as baird
from .textbook.baird import run_off_policy as run_off_policy
from .textbook.bandits import Bandit as Bandit
from .textbook.bandits import Testbed as Testbed
from .textbook.bandits import run_bandit as run_bandit

# A model from experience
from .model_based.learnt_model import fit_model as fit_model

# Prediction: the value of a policy
from .prediction.predict import predict as predict
from .prediction.predict import Prediction as Prediction
from .prediction.batch import fit_values as fit_values
