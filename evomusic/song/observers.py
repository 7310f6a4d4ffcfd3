"""The automata of a song as observers, for a view that sees all that they remember: on small grids it is Markov."""

from __future__ import annotations

from dataclasses import dataclass

from evomusic.core.grid import FIRST_PITCH, Event, Grid, Slot
from evomusic.core.optimum.layers import Layers
from evomusic.song.model import Song


@dataclass(frozen=True, eq=False)
class SongHalf:
    """The log2 probability of an event's rhythm, or of its pitch, under a song. Remembers a row of the automaton."""

    grid: Grid
    layers: Layers
    start = 0
    hears = ("step",)

    def read(self, memory: int, event: Event, slot: Slot) -> tuple[int, float]:
        """The row of the next step, and the log2 probability."""
        token = FIRST_PITCH + self.grid.pitches.index(event.pitch) if event.is_note else int(event.kind)
        following, value = self.layers.next[slot.step], self.layers.value[slot.step]
        if memory >= len(value):  # a row of another step, which no melody leads to here
            return 0, 0.0
        return int(following[memory, token]), float(value[memory, token])


def song_halves(song: Song) -> tuple[SongHalf, ...]:
    """The automata of a song's rhythm and of its pitch, as observers."""
    return tuple(SongHalf(song.grid, layers) for layers in song.prior().parts)
