"""Text: the tokens of a melody as words, `G4 - A4 . | ...`, which need a grid to be read (see `Melody.text`)."""

from __future__ import annotations

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody


def read_text(data: bytes, grid: Grid) -> Melody:
    """The melody in a text file.

    Raises:
        ValueError: the file is no text, or its words are no melody on the grid.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is no text in UTF-8, expected the words of a melody") from None
    return Melody.parse(text, grid)


def text_bytes(melody: Melody, key: str | None = None) -> bytes:
    """A melody as a line of text; its key is not written."""
    return f"{melody.text}\n".encode()
