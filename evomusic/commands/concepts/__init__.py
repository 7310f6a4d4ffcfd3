"""The lecture in the code: each concept, the name that implements it, and an example of one line.

The lecture is an introduction to reinforcement learning for evolved music; its order is kept. An example is the value
of a small function: its text is read from its file, its result is computed when it is asked for. `entry` says what an
entry holds; the other modules have a part of the lecture each.
"""

from evomusic.commands.concepts import approaches, evolution, exploration, learning, states, values  # noqa: F401 (they enter themselves)
from evomusic.commands.concepts.entry import COURSE, ENTERED, GROUPS, SETUP, Concept, Control

CONCEPTS: dict[str, Concept] = dict(sorted(ENTERED.items(), key=lambda entry: GROUPS.index(entry[1].group)))

__all__ = ["CONCEPTS", "COURSE", "GROUPS", "SETUP", "Concept", "Control"]
