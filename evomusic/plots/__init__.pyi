"""Figures of studies, of evolution and of learning. Every public name of `evomusic.plots`."""

# Figures of a study's folder
from .folder import draw as draw
from .curves import draw_curves as draw_curves
from .curves import draw_learning as draw_learning
from .regret import draw_regret as draw_regret
from .profiles import draw_ecdf as draw_ecdf
from .profiles import draw_profiles as draw_profiles
from .improvement import draw_improvement as draw_improvement

# Melodies as piano rolls
from .roll import draw_roll as draw_roll
from .roll import draw_rolls as draw_rolls
from .pieces import Piece as Piece
from .pieces import pieces as pieces

# A melody's return by rule and step
from .account import draw_account as draw_account

# Evolution
from .generations import draw_generations as draw_generations
from .diversity import draw_diversity as draw_diversity
from .family import draw_family as draw_family
from .front import draw_front as draw_front
from .archive import draw_archive as draw_archive
from .trees import draw_tree as draw_tree
from .growth import draw_growth as draw_growth

# Learning
from .values import draw_values as draw_values
from .values import draw_choices as draw_choices
from .episodes import draw_episodes as draw_episodes
