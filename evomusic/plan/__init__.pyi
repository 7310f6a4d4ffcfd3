"""Planning: exact values, policies and melodies from a known model. Every public name of `evomusic.plan`."""

# Solving a finite MDP
from .mdp.iteration import value_iteration as value_iteration
from .mdp.iteration import policy_iteration as policy_iteration
from .mdp.iteration import modified_policy_iteration as modified_policy_iteration
from .mdp.certainty import Solved as Solved
from .mdp.certainty import Evaluated as Evaluated

# Evaluating and improving a policy
from .mdp.evaluation import evaluate_policy as evaluate_policy
from .mdp.evaluation import evaluate_q as evaluate_q
from .mdp.evaluation import q_of as q_of
from .mdp.evaluation import improve as improve
from .mdp.evaluation import iterate_policy as iterate_policy

# Finite horizons, and policies that explore
from .mdp.horizon import finite_horizon as finite_horizon
from .mdp.horizon import Timed as Timed
from .mdp.softened import soft as soft

# Partial observability
from .pomdp.belief import update_belief as update_belief
from .pomdp.belief import qmdp as qmdp
from .pomdp.belief import fast_informed_bound as fast_informed_bound
from .pomdp.belief_mdp import belief_mdp as belief_mdp
from .pomdp.point_based import point_based as point_based
from .pomdp.finite_horizon import solve_horizon as solve_horizon
from .pomdp.finite_horizon import TooManyVectors as TooManyVectors
from .pomdp.solve import solve_pomdp as solve_pomdp
from .pomdp.solve import NotClosed as NotClosed
