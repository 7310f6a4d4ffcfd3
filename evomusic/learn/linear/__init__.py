"""Action values as sums of weights: continuous problems without a table.

A state's numbers activate a few of many binary features, and the value of an action is the sum of their weights,
q(s, a) = sum over active features i of w(i, a) (Sutton & Barto 2018, chapters 9, 10 and 12). `tiles.py` has the
features, tile coding; `sarsa.py` the learner, episodic semi-gradient Sarsa(lambda). The same loop drives it as all
others: states are two rows of active features, for where the walk is and where it comes from, in turn.
"""
