"""MusicXML in: plain or compressed, read by expat into a small tree, within bounds.

Nothing is fetched and no entity is expanded: a file that declares one is refused. Repeats are read once, as written;
grace and cue notes, chord symbols and percussion are left out; a transposing part is read as it sounds.
"""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from evomusic.core.spelling import MODE_FIFTHS, key_of
from evomusic.io.choice import ONLY, Choice, Line, choose
from evomusic.io.formats import MAX_XML_BYTES
from evomusic.io.keys import estimate_key
from evomusic.io.tune import MAX_NOTES, Meter, Tune, TuneError, TuneNote, check_time, meter_at, others, plain, plural
from evomusic.io.voices import assemble

MAX_ELEMENTS: Final = 200_000
MAX_DEPTH: Final = 64
_STEPS: Final = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NUMBER: Final = re.compile(r"[+-]?\d{1,9}(\.\d{1,9})?")
_UNITS: Final = ("1", "2", "4", "8", "16", "32", "64")
_NOTES: Final = {  # quarters
    "whole": Fraction(4),
    "half": Fraction(2),
    "quarter": Fraction(1),
    "eighth": Fraction(1, 2),
    "16th": Fraction(1, 4),
    "32nd": Fraction(1, 8),
}
_MODES: Final = {"ionian": "major", "aeolian": "minor"}


@dataclass
class _Part:
    """Everything read of one part so far; times in quarters."""

    name: str
    notes: list[TuneNote] = field(default_factory=list)
    voices: list[str] = field(default_factory=list)  # of each note
    lines: list[Fraction] = field(default_factory=lambda: [Fraction(0)])
    meters: list[Meter] = field(default_factory=list)
    key: tuple[int, str] | None = None
    keys: list[tuple[int, str]] = field(default_factory=list)
    tempo: float | None = None
    tempi: list[float] = field(default_factory=list)  # all of them
    mark: tuple[Fraction, float] | None = None  # the first metronome mark: its moment and its tempo
    divisions: Fraction = Fraction(1)
    transpose: int = 0
    graces: int = 0
    empty: int = 0  # notes of no duration
    unpitched: int = 0
    symbols: int = 0  # of chords
    tied: dict[tuple[str, int], int] = field(default_factory=dict)  # voice, pitch -> the note that waits for its end
    onset: Fraction = Fraction(0)  # of the last note, for the others of its chord


def read_musicxml(data: bytes, asked: Choice = ONLY) -> Tune:
    """The one voice of a MusicXML file.

    Args:
        data: the file's bytes, of a .musicxml, .xml or .mxl file.
        asked: the part and voice wanted, of those that have notes, and the notes of chords.

    Raises:
        TuneError: the file is damaged, out of bounds, empty, or in several voices.
    """
    root = parse_xml(_unzip(data) if data[:2] == b"PK" else data)
    if root.tag != "score-partwise":
        raise TuneError(f"begins with the element {root.tag[:40]!r}, expected MusicXML's 'score-partwise'")
    names = {e.get("id"): _text(e, "part-name") for e in root.iterfind("part-list/score-part")}
    parts = [_read_part(e, names.get(e.get("id")) or f"part {i}") for i, e in enumerate(root.iterfind("part"), 1)]
    sounding = [p for p in parts if p.notes]
    lines = [line for number, p in enumerate(sounding, 1) for line in _lines(p, number)]
    chosen = choose(lines, asked)
    part = sounding[lines[chosen.first].number - 1] if sounding else _Part("")
    counts = ((part.graces, "grace note"), (part.empty, "empty note"), (part.unpitched, "unpitched note"))
    left_out = [f"{plural(count, noun)} left out" for count, noun in counts if count]
    tempo = next((tempo for p in parts if (tempo := p.tempo or (p.mark and p.mark[1]))), None)
    other = others("tempo", (tempo for p in parts for tempo in p.tempi), tempo) + others("key", part.keys, part.key)
    return assemble(
        chosen.notes,
        part.lines,
        part.meters,
        key=_key(part, chosen.notes),
        tempo=tempo,
        title=_text(root, "work/work-title") or _text(root, "movement-title"),
        composer=_text(root, "identification/creator[@type='composer']"),
        remarks=[*left_out, *other, *chosen.remarks],
        chords=asked.chords,
        symbols=sum(p.symbols for p in parts),
    )


def _lines(part: _Part, number: int) -> list[Line]:
    """The notes of each voice of a part, in order of the voices' first notes; one voice has no name."""
    voices: dict[str, list[TuneNote]] = {}
    for note, voice in zip(part.notes, part.voices, strict=True):
        voices.setdefault(voice, []).append(note)
    only = len(voices) == 1
    return [Line(repr(part.name[:20]), "" if only else voice[:20], notes, number) for voice, notes in voices.items()]


def parse_xml(data: bytes) -> Element:
    """The tree of an XML file, within bounds of size and depth, without entities of its own.

    Raises:
        TuneError: the file is no XML, is damaged, out of bounds, or declares an entity.
    """
    builder, parser = TreeBuilder(), expat.ParserCreate()
    depth = elements = 0

    def start(tag: str, attributes: list[str]) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1
        if depth > MAX_DEPTH or elements > MAX_ELEMENTS or len(attributes) > MAX_DEPTH:
            raise TuneError(f"has more than {MAX_ELEMENTS} XML elements or {MAX_DEPTH} levels, expected fewer")
        builder.start(tag, dict(zip(attributes[::2], attributes[1::2], strict=True)))

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def entity(name: str, *_: object) -> None:
        raise TuneError(f"declares the XML entity {name[:40]!r}, expected none in a score")

    parser.buffer_text = parser.ordered_attributes = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.EntityDeclHandler = builder.data, entity
    try:
        parser.Parse(data, True)
        return builder.close()
    except (expat.ExpatError, UnicodeError, LookupError, ValueError) as error:
        if isinstance(error, TuneError):
            raise
        raise TuneError(f"is no XML or is damaged: {error or type(error).__name__}") from None


def _unzip(data: bytes) -> bytes:
    """The score in a compressed MusicXML file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            container = parse_xml(_member(archive, "META-INF/container.xml"))
            names = [e.get("full-path") or "" for e in container.iter("rootfile")]
            return _member(archive, names[0] if names else "")
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        OSError,
        EOFError,
        RuntimeError,
        ValueError,
        OverflowError,
    ) as error:
        if isinstance(error, TuneError):
            raise
        why = plain(str(error))[:80] or type(error).__name__
        raise TuneError(f"is no compressed MusicXML or is damaged: {why}") from None


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    """One file of an archive, within bounds."""
    with archive.open(_entry(archive, name)) as file:
        data = file.read(MAX_XML_BYTES + 1)
    if len(data) > MAX_XML_BYTES:
        raise TuneError(f"unpacks to more than {MAX_XML_BYTES} bytes, expected at most as many")
    return data


def _entry(archive: zipfile.ZipFile, name: str) -> str:
    """The archive's name for a file; many programs write names in UTF-8 without the flag that says so."""
    for entry in archive.namelist():
        with contextlib.suppress(UnicodeError):
            if entry.encode("cp437").decode("utf-8") == name:
                return entry
    return name


def _read_part(element: Element, name: str) -> _Part:
    """All measures of a part."""
    part = _Part(name)
    for measure in element.iterfind("measure"):
        part.lines.append(_read_measure(measure, part, part.lines[-1]))
    return part


def _read_measure(measure: Element, part: _Part, start: Fraction) -> Fraction:
    """Add a measure's notes to the part; the moment at which the measure ends."""
    now = end = start
    for element in measure:
        if element.tag == "note":
            now = _read_note(element, part, now)
        elif element.tag == "harmony":
            part.symbols += 1
        elif element.tag == "backup":
            now = max(now - _duration(element, part), start)
        elif element.tag == "forward":
            now += _duration(element, part)
        elif element.tag == "attributes":
            _read_attributes(element, part, now)
        elif element.tag in ("direction", "sound"):
            _read_tempo(element, part, now)
        end = max(end, check_time(now))
    if end == start and part.meters and not any(element.tag in ("note", "forward") for element in measure):
        return start + meter_at(part.meters, start).quarters  # an empty measure is a bar of rest
    return end


def _read_note(element: Element, part: _Part, now: Fraction) -> Fraction:
    """Add a note to the part; the moment at which the next one begins."""
    if element.find("grace") is not None or element.find("cue") is not None:
        part.graces += element.find("rest") is None
        return now + (_duration(element, part) if element.find("cue") is not None else 0)
    duration = _duration(element, part)
    in_chord = element.find("chord") is not None
    part.onset = part.onset if in_chord else now
    pitch = element.find("pitch")
    part.unpitched += element.find("unpitched") is not None
    part.empty += pitch is not None and duration == 0
    if pitch is not None and duration > 0:
        _add_note(TuneNote(_pitch(pitch) + part.transpose, part.onset, duration), element, part)
    return now if in_chord else now + duration


def _add_note(note: TuneNote, element: Element, part: _Part) -> None:
    """Append a note, or lengthen the one it is tied to."""
    if not 0 <= note.pitch <= 127:
        raise TuneError(f"has a note of MIDI pitch {note.pitch}, expected 0 to 127")
    if len(part.notes) > MAX_NOTES:
        raise TuneError(f"holds more than {MAX_NOTES} notes, expected at most as many")
    voice = _text(element, "voice") or "1"
    ties = {tie.get("type") for tie in element.iterfind("tie")}
    before = part.tied.pop((voice, note.pitch), None) if "stop" in ties else None
    if before is not None and part.notes[before].end == note.onset:
        first = part.notes[before]
        part.notes[before] = TuneNote(first.pitch, first.onset, first.duration + note.duration)
    else:
        before = len(part.notes)
        part.notes.append(note)
        part.voices.append(voice)
    if "start" in ties:
        part.tied[voice, note.pitch] = before


def _read_attributes(element: Element, part: _Part, now: Fraction) -> None:
    """Divisions, time signature, key signature and transposition."""
    if element.find("divisions") is not None:
        part.divisions = _number(element, "divisions")
        if part.divisions <= 0:
            raise TuneError("has divisions of 0 or less, expected more")
    time, key, transpose = (element.find(tag) for tag in ("time", "key", "transpose"))
    if time is not None and time.find("senza-misura") is None:
        while part.meters and part.meters[-1].onset >= now:
            part.meters.pop()
        part.meters.append(_meter(time, now))
    if key is not None and key.find("fifths") is not None:
        part.keys.append((int(_number(key, "fifths")), _text(key, "mode").lower()))
        part.key = part.keys[0]
    if transpose is not None:
        octaves = _number(transpose, "octave-change") if transpose.find("octave-change") is not None else 0
        part.transpose = int(_number(transpose, "chromatic") + 12 * octaves)


def _meter(time: Element, now: Fraction) -> Meter:
    """A time signature such as 4/4, 3+2/8, or 3/8 and 2/4 one after the other, which add up."""
    pairs = list(zip(time.findall("beats"), time.findall("beat-type"), strict=False))
    signatures = [((beats.text or "").strip(), (unit.text or "").strip()) for beats, unit in pairs] or [("", "")]
    for beats, unit in signatures:
        if not re.fullmatch(r"\d{1,3}(\s*\+\s*\d{1,3}){0,9}", beats) or unit not in _UNITS:
            raise TuneError(f"has the time signature {beats[:20]}/{unit[:20]}, expected one such as 4/4")
    finest = max(int(unit) for _, unit in signatures)
    meter = Meter(now, sum(sum(map(int, b.split("+"))) * finest // int(unit) for b, unit in signatures), finest)
    if not meter.numerator:
        raise TuneError(f"has the time signature {meter.name}, expected a numerator from 1")
    return meter


def _read_tempo(element: Element, part: _Part, now: Fraction) -> None:
    """A tempo, of which the first counts, in quarters a minute: as it sounds, or as a metronome mark says it."""
    sound, mark = element if element.tag == "sound" else element.find("sound"), _mark(element)
    if sound is not None and sound.get("tempo") is not None:
        tempo = float(_parse(sound.get("tempo") or "", "tempo"))
        part.tempi.append(tempo)
        if part.tempo is None:
            part.tempo = tempo if part.mark is None or part.mark[0] >= now else part.mark[1]
    elif mark is not None:
        part.tempi.append(mark)
    if mark is not None and part.mark is None and part.tempo is None:
        part.mark = now, mark


def _mark(element: Element) -> float | None:
    """The tempo of a metronome mark, None where there is none, or one without a number."""
    mark = element.find("direction-type/metronome")
    if mark is None:
        return None
    unit, number = _text(mark, "beat-unit"), re.search(r"\d{1,4}(\.\d{1,6})?", _text(mark, "per-minute"))
    if unit not in _NOTES or number is None:
        return None
    dotted = 2 - Fraction(1, 2 ** min(len(mark.findall("beat-unit-dot")), 3))
    return float(_NOTES[unit] * dotted * Fraction(number[0]))


def _key(part: _Part, notes: list[TuneNote]) -> str | None:
    """The part's key as it sounds; a mode that the file does not say is the likelier of major and minor."""
    if part.key is None or not -7 <= part.key[0] <= 7:
        return None
    fifths, mode = part.key
    fifths = (fifths + 7 * part.transpose + 6) % 12 - 6 if part.transpose % 12 else fifths
    mode = _MODES.get(mode, mode)
    if mode in MODE_FIFTHS:
        return key_of(fifths, mode)
    return estimate_key(notes, among=[key_of(fifths, "major"), key_of(fifths, "minor")])


def _pitch(pitch: Element) -> int:
    """MIDI pitch of a pitch element."""
    step = _text(pitch, "step")
    if step not in _STEPS:
        raise TuneError(f"has a note of the step {step[:20]!r}, expected C, D, E, F, G, A or B")
    alter = _number(pitch, "alter") if pitch.find("alter") is not None else Fraction(0)
    if alter.denominator != 1:
        raise TuneError(f"has a note altered by {float(alter):g} semitones, expected whole ones")
    return int(_STEPS[step] + alter + 12 * (_number(pitch, "octave") + 1))


def _duration(element: Element, part: _Part) -> Fraction:
    """Duration in quarters."""
    return max(_number(element, "duration"), Fraction(0)) / part.divisions


def _number(element: Element, tag: str) -> Fraction:
    """The number in a child element."""
    return _parse(_text(element, tag), tag)


def _parse(text: str, what: str) -> Fraction:
    """A number of at most nine digits on each side of the point."""
    if not _NUMBER.fullmatch(text):
        raise TuneError(f"has {text[:20]!r} as {what}, expected a number")
    return Fraction(text)


def _text(element: Element, path: str) -> str:
    """The text in a child element, stripped; empty when there is none."""
    return (element.findtext(path) or "").strip()
