"""A session as JSON for its page: the frame, the cards that are shown, the question, what has been learnt."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.spelling import pitch_name
from evomusic.core.task import Task
from evomusic.io.chords import chords_below
from evomusic.listen.service import Service
from evomusic.listen.session import Card, Session
from evomusic.plots.pieces import Piece
from evomusic.plots.roll import span
from evomusic.plots.style import INK
from evomusic.report.pictures import SVG, engraves, roll_svg, score_svg

SCORE = 1000  # tenths of a millimetre: the width of a score, two bars of quavers


def state(service: Service) -> dict[str, Any]:
    """Everything that the page shows."""
    with service.lock:
        return _state(service)


def _state(service: Service) -> dict[str, Any]:
    session, grid, question = service.session, service.task.grid, service.question()
    same, of = session.consistency
    return {
        "version": service.version,
        "title": title(service.task),
        "mode": session.mode,
        "generation": session.generation,
        "frame": frame(grid),
        "cards": [card(session, each, grid) for each in session.visible],
        "favourites": [card(session, each.id, grid) for each in session.kept_before],
        "pair": None
        if question is None
        else {
            "id": service.question_id(question),
            "a": blind(session.cards[question.a], grid),
            "b": blind(session.cards[question.b], grid),
        },
        "choices": len(session.answers) + len(session.stars),
        "until_breed": session.until_breed,
        "can_undo": session.last is not None,
        "undo": session.last,
        "consistency": {"same": same, "of": of} if of else None,
        "steer": session.steer,
        "learnt": service.taste.learnt(session),
        "dropped": len(session.dropped & set(session.shown)),
    }


def title(task: Task) -> str:
    """The title of a session on a task."""
    return f"{task.name}, {task.grid.written_key}" if task.grid.written_key else task.name


def frame(grid: Grid) -> dict[str, Any]:
    """The frame of all melodies; times in beats from the first step."""
    return {
        "bars": grid.bars,
        "beats": grid.beats,
        "tempo": grid.tempo,
        "length": grid.length,
        "barlines": [time for time, is_bar in grid.beat_lines if is_bar],
        "step": 1 / grid.steps_per_beat,
        "pickup": grid.pickup_beats,
        "metre": "{}/{}".format(*grid.time_signature),
        "key": grid.written_key or "",
        "pitches": list(grid.pitches),
        "chords": [
            [chord.onset, chord.onset + chord.duration, name, list(chord.pitches)]
            for chord, name in zip(chords_below(grid), _symbols(grid), strict=True)
        ],
    }


def _symbols(grid: Grid) -> list[str]:
    return [symbol for bar in range(grid.bars) for _, symbol in grid.chord_steps(bar)]


def card(session: Session, name: str, grid: Grid) -> dict[str, Any]:
    """A card that is shown."""
    each = session.cards[name]
    return blind(each, grid) | {
        "name": each.name,
        "locked": sorted(session.locks.get(name, ())),
        "kept": name in session.favourites,
        "stars": session.stars.get(name, 0),
        "how": each.how,
        "parents": list(each.parents),
    }


def blind(each: Card, grid: Grid) -> dict[str, Any]:
    """A melody without a word on where it comes from."""
    melody = each.melody(grid)
    return {"id": each.id, "notes": [list(note) for note in melody.notes], "names": note_names(melody)}


def note_names(melody: Melody) -> list[str]:
    """The names of a melody's notes, as its key spells them."""
    return [pitch_name(note.pitch, melody.grid.written_key) for note in melody.notes]


def family(session: Session) -> list[dict[str, Any]]:
    """Melodies that were shown, chosen or had children, with their parents, in order."""
    asked = {card for answer in session.answers for card in (answer.a, answer.b)}
    parents = {parent for card in session.cards.values() for parent in session.ancestors(card)}
    seen = (asked | parents | session.favourites | session.dropped | session.ever_shown) - set(session.replaced)
    return [
        {
            "id": each.id,
            "name": each.name,
            "generation": each.generation,
            "parents": session.ancestors(each),
            "how": each.how,
            "kept": each.id in session.favourites,
            "dropped": each.id in session.dropped,
        }
        for each in session.cards.values()
        if each.id in seen
    ]


def score(melody: Melody, name: str) -> str:
    """A melody's engraved score as SVG in the page's ink; its piano roll where verovio is missing.

    Args:
        melody: the melody.
        name: unique on the page; identifiers begin with it.
    """
    return _score(melody.tokens.tobytes(), melody.grid, name)


@lru_cache(maxsize=256)  # some 30 kB each
def _score(tokens: bytes, grid: Grid, name: str) -> str:
    """Engraved once, however many tabs and reloads ask for it."""
    melody = Melody(np.frombuffer(tokens, np.uint8), grid)
    if engraves():
        return score_svg(melody, name, f"score of a melody of {len(melody.notes)} notes", SCORE)
    roll = roll_svg(Piece("a melody", "", False, melody, 0.0, INK), span([melody]))
    return roll.replace("<svg ", f'<svg xmlns="{SVG}" ', 1)  # a file of its own, not a part of a page


def answers_csv(session: Session) -> str:
    """All answers as a table: the question's number, its two melodies as text, the answer, and a repeat's first."""
    lines = ["number,kind,generation,a,b,answer,repeats"]
    for number, answer in enumerate(session.answers):
        repeats = "" if answer.repeats is None else answer.repeats
        lines.append(
            f"{number},pair,{answer.generation + 1},{session.cards[answer.a].name},{session.cards[answer.b].name},"
            f"{answer.winner},{repeats}"
        )
    for name, stars in session.stars.items():
        each = session.cards[name]
        lines.append(f",stars,{each.generation + 1},{each.name},,{stars},")
    return "\n".join(lines) + "\n"
