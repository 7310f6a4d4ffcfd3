"""The ready tasks, from four notes to tunes.

| task | what | optimum |
|---|---|---|
| tiny | four notes of C major, theory rules; its Q-table fits on a page | exact, by brute force too |
| rules | four bars of C major, theory rules alone | exact |
| tune | in the style of real tunes, with theory rules | exact |
| variation | near a given tune, and in style | exact |
| open | tune, with echoes of rhythm and contour, and final rewards for form | best known and a bound |
| song | as probable as real tunes are under a style with form, and as good theory, no more | exact |
| family | drawn by a seed: an NK landscape with dials for all that makes a task hard | exact |
| rl-tuner | the published benchmark: two bars of C major, nine terms of music theory | best known and a bound |

Read `ready.py` first: a function a task. `frames.py` makes its grid, `themes.py` the theme of a variation.
"""

from evomusic.catalogue.ready import TASKS, family_half, make, tasks
from evomusic.catalogue.themes import THEME, tune_parameters

__all__ = ["TASKS", "THEME", "family_half", "make", "tasks", "tune_parameters"]
