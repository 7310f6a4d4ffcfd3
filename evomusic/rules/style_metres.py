"""The pieces of bars from which the rhythm of a metre is put together that a style does not have.

3/4 is the first two beats and the last of 4/4, 7/8 two beats of 4/4 and the last of 6/8: at each position the counts
are those of the position that it is taken from, so that the groups of a bar begin as beats do in real tunes.
"""

from __future__ import annotations

from typing import Final

Metre = tuple[int, int]  # beats, steps a beat
Piece = tuple[Metre, int, int]  # beats and steps a beat of a metre, and the steps of its bar from one to another

_HALF: Final[Piece] = (4, 4), 8, 16  # of a bar of 4/4
_THREE: Final[tuple[Piece, ...]] = ((4, 4), 0, 8), ((4, 4), 12, 16)  # the first two beats and the last
PIECES: Final[dict[Metre, tuple[Piece, ...]]] = {
    (4, 4): (((2, 4), 0, 8), ((2, 4), 0, 8)),
    (2, 8): (((4, 4), 0, 16),),  # 2/2
    (3, 8): (((4, 4), 0, 16), _HALF),  # 3/2
    (3, 4): _THREE,
    (5, 4): (*_THREE, _HALF),  # 5/4 as 3+2
    (6, 4): (*_THREE, _HALF, ((4, 4), 12, 16)),
    (7, 4): (((4, 4), 0, 16), _HALF, ((4, 4), 12, 16)),  # 7/4 as 4+3
    (5, 2): (((4, 4), 0, 4), ((2, 6), 6, 12)),  # 5/8 as 2+3
    (7, 2): (((4, 4), 0, 8), ((2, 6), 6, 12)),  # 7/8 as 2+2+3
    (1, 6): (((2, 6), 0, 6),),  # 3/8
    (3, 6): (((2, 6), 0, 12), ((2, 6), 6, 12)),  # 9/8
    (4, 6): (((2, 6), 0, 12), ((2, 6), 0, 12)),  # 12/8
}
