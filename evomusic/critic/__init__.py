"""An independent critic: can melodies be told from real tunes, by features that no reward, no model and no method uses?

`judge` trains two classifiers of scikit-learn (the extra `critic`) on features of its own and says how often they rank
a generated melody as less real than a real one: an AUC of .5 where they cannot be told apart, 1 where they always can.
Beside it stand the share of melodies that copy real tunes, and how far they lie apart from each other.

Nothing below the command line imports this folder, so that nothing can be optimised for it. Read `features.py` first,
then `judge.py`.
"""

from evomusic.critic.judge import Verdict, judge

__all__ = ["Verdict", "judge"]
