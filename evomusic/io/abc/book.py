"""ABC in: the tunes of a file, as written in ABC 2.1 and in older collections.

The reader takes notes, rests, accidentals, ties, tuplets, broken rhythm, bar lines and voices, and the fields K, L, M,
Q, T, V and X, in lines of their own or inline. Repeats and numbered endings are read once, as written. Ornaments, chord
symbols, words and grace notes are left out. An accidental holds to the end of the bar: in its octave, as in print, or
in every octave where the file says that it is ABC 2 or asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from evomusic.core.checks import nearest
from evomusic.io.abc import fields as abcfields
from evomusic.io.abc.body import KeyChange, State, in_time, read_field, read_music
from evomusic.io.abc.letters import read_letters
from evomusic.io.choice import LISTED, ONLY, Choice, Line, choose
from evomusic.io.tune import Tune, TuneError, others, plain, plural
from evomusic.io.voices import assemble

MAX_CHARACTERS: Final = 50_000  # of one tune
MAX_COMMON: Final = 5_000  # characters of the lines before the first tune that hold for all


def read_abc(data: bytes, asked: Choice = ONLY) -> Tune:
    """The one voice of the one tune of an ABC file.

    Args:
        data: the file's bytes.
        asked: the tune of a book, the voice of a tune, and the notes of chords.

    Raises:
        TuneError: the file is no ABC, cannot be read, holds several tunes, or the tune is in several voices.
    """
    return read_abc_tune(_one_tune(list(split_book(data)), asked.tune), asked)


def _one_tune(tunes: Sequence[tuple[int, str]], asked: int | str | None) -> str:
    """The text of the tune with a number X or a title; where numbers repeat, tunes are counted from 1.

    Raises:
        TuneError: there are several, or none as asked for.
    """
    if asked is None and len(tunes) == 1:
        return tunes[0][1]
    numbers = [number for number, _ in tunes]
    if len(set(numbers)) < len(numbers):
        numbers = list(range(1, len(tunes) + 1))
    titles = [_title(text) for _, text in tunes]
    named = [f"{n} = {title[:20]!r}" if title else str(n) for n, title in zip(numbers, titles, strict=True)]
    listed = ", ".join(named[:LISTED]) + (", ..." if len(named) > LISTED else "")
    if asked is None:
        raise TuneError(
            f"holds {len(tunes)} tunes, expected one; choose with tune={numbers[0]} to {numbers[-1]} ({listed})"
        )
    text = str(asked).casefold()
    found = [i for i, number in enumerate(numbers) if text == str(number)]
    found = found or [i for i, title in enumerate(titles) if text == title.casefold()]
    found = found or [i for i, title in enumerate(titles) if text in title.casefold()]
    if len(found) != 1 or not text:
        raise TuneError(
            f"has {plural(len(found), 'tune') if found else 'no tune'} {str(asked)[:20]!r}, expected one of {listed}"
            f"{nearest(str(asked), titles)}"
        )
    return tunes[found[0]][1]


def _title(text: str) -> str:
    """The first title of a tune's text."""
    match = re.search(r"^T:(.*)", text, re.MULTILINE)
    return plain(read_letters(match.group(1))) if match else ""


def read_book(data: bytes, asked: Choice = ONLY) -> Iterator[Tune | TuneError]:
    """Every tune of an ABC file, or why it cannot be used."""
    for _, text in split_book(data):
        try:
            yield read_abc_tune(text, asked)
        except TuneError as error:
            yield error


def split_book(data: bytes) -> Iterator[tuple[int, str]]:
    """Number (0 where there is none) and text of each tune of a file; one that stands before any X: is a tune too.

    Raises:
        TuneError: the fields before the first tune, which hold for all, are too long.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    head, *tunes = re.split(r"^(?=X:)", "\n".join(text.splitlines()), flags=re.MULTILINE)
    common = "".join(line + "\n" for line in head.splitlines() if re.match("[ILMQ]:|%%|%abc", line))
    if tunes and len(common) > MAX_COMMON:
        raise TuneError(f"has {len(common)} characters of fields before the first tune, expected at most {MAX_COMMON}")
    for tune in tunes:
        match = re.match(r"X:\s*(\d{1,9})", tune)
        yield int(match.group(1)) if match else 0, common + tune
    if not tunes:
        yield 0, head


def read_abc_tune(text: str, asked: Choice = ONLY) -> Tune:
    """A tune from its text.

    Raises:
        TuneError: as `read_abc`.
    """
    state = read_lines(text)
    voices = [(name, *in_time(voice)) for name, voice in state.voices.items()]
    sounding = [
        (name, i, notes, lines, meters)
        for name, layers, lines, meters in voices
        for i, notes in enumerate(layers, 1)
        if notes
    ]
    lines = [Line(_label(name, layer, state), "", notes, i) for i, (name, layer, notes, *_) in enumerate(sounding, 1)]
    chosen = choose(lines, asked)
    voice, _, _, bars, meters = sounding[chosen.first] if sounding else ("", 0, [], [Fraction(0)], [])
    graces = [f"{plural(state.graces, 'grace note')} left out"] if state.graces else []
    strays = [f"{plural(state.strays, 'stray character')} passed over: {state.stray}"] if state.strays else []
    key = abcfields.read_key(state.fields["K"])[0]
    keys = [item.key for item in state.voices[voice].items if isinstance(item, KeyChange)] if sounding else []
    tempo = state.tempi[0] if state.tempi else None
    return assemble(
        chosen.notes,
        bars,
        meters,
        key=abcfields.sounding_key(key, state.shifts.get(voice, state.shift)),
        tempo=tempo,
        title=read_letters(state.fields.get("T", "")),
        composer=read_letters(state.fields.get("C", "")),
        remarks=[*graces, *strays, *others("tempo", state.tempi, tempo), *others("key", keys, key), *chosen.remarks],
        chords=asked.chords,
        symbols=state.symbols,
    )


def _label(name: str, layer: int, state: State) -> str:
    """`voice T1 'Tenor'`; `voice 1 &2` for what stands after `&` in its bars."""
    title = state.names.get(name, "")[:20]
    return f"voice {name[:20]}" + (f" &{layer}" if layer > 1 else "") + (f" {title!r}" if title else "")


def read_lines(text: str, *, lenient: bool = False) -> State:
    """All voices of a tune's text, of which the body ends at an empty line.

    Args:
        text: of one tune.
        lenient: pass over characters that cannot be read, instead of refusing them.

    Raises:
        TuneError: the text is no ABC, or too long.
    """
    if len(text) > MAX_CHARACTERS:
        raise TuneError(f"has a tune of {len(text)} characters, expected at most {MAX_CHARACTERS}")
    state = State(lenient=lenient)
    for number, raw in enumerate(text.splitlines(), 1):
        _read_directive(raw, state)
        line = re.split(r"(?<!\\)%", raw, maxsplit=1)[0]
        named = re.match(r"([A-Za-z+]):(?![|:])(.*)", line)
        if named:
            read_field(named.group(1), named.group(2), state)
        elif "K" in state.fields and not raw.strip() and state.voices:
            break
        elif "K" in state.fields:
            read_music(line, number, state)
    if "K" not in state.fields:
        raise TuneError("is no ABC: it has no line that begins with K:, the key, after which the notes come")
    return state


def _read_directive(line: str, state: State) -> None:
    """Read the reach of accidentals from a directive: ABC 2.1, sections 2.2 and 11.3."""
    if line.startswith("%abc-2"):
        state.reach = "pitch"
    match = re.match(r"(?:%%|I:\s*)propagate-accidentals\s+(not|octave|pitch)", line)
    if match:
        state.reach = match.group(1)
