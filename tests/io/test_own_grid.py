"""Files on a grid of their own: metre, pickup, tempo and key as written, and every note."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

import evomusic as em
from evomusic.core.spelling import signature
from evomusic.io import Meter, Tune, TuneError, TuneNote, grid_for, read_tune, tunes_in
from evomusic.io.abc.book import read_abc
from evomusic.io.fitting import Fit, check_strict, fit_whole
from evomusic.io.midi import midi_bytes
from evomusic.io.midi_read import read_midi
from evomusic.io.musicxml.read import read_musicxml
from tests.io.samples import midi, musicxml, tune, xml_note
from tests.seconds import within

HEAD = "X:1\nT:case\n"
FREE = HEAD + "M:none\nL:1/8\nK:G\nGABc dedB cBAG\nGABc dedB cBAG\nG8\n"
LONG = HEAD + "M:3/4\nL:1/4\nK:C\nCDE|FGAB|c3|\n"
TRIPLETS = HEAD + "M:6/8\nL:1/8\nK:G\nG3 (3G/A/B/cd|edB G3|\n"
SHORT = HEAD + "M:6/8\nL:1/8\nK:G\nG3 G/4A/4B/4c/4 d2|edB G3|\n"
QUINTUPLET = HEAD + "M:2/4\nL:1/8\nK:C\n(5CDEFG C2|C4|\n"
THREE_TWO = HEAD + "M:3/2\nL:1/4\nK:G\nGABcde|d4 G2|\n"
SLOW = HEAD + "M:4/4\nL:1/4\nQ:1/4=60\nK:D\nDEFG|ABcd|dcBA|D4|\n"
DORIAN = HEAD + "M:4/4\nL:1/8\nK:Edor\nB|E2BE dEBE|BABc dAF2|\n"
CHANGING = HEAD + "M:2/4\nL:1/4\nK:C\nCD|EF|\nM:3/4\nGAB|cBA|GFE|D3|\n"


def whole(text: str) -> Fit:
    return fit_whole(read_abc(text.encode()))


@pytest.mark.parametrize(
    ("text", "count", "metre", "steps"),
    [
        (FREE, 25, (4, 4), 4),
        (LONG, 8, (3, 4), 4),
        (TRIPLETS, 10, (6, 8), 18),
        (SHORT, 10, (6, 8), 12),
        (QUINTUPLET, 7, (2, 4), 5),
        (THREE_TWO, 8, (3, 2), 8),
        (CHANGING, 14, (3, 4), 4),
    ],
    ids=["no metre", "a long bar", "sixteenth triplets in 6/8", "32nds in 6/8", "a quintuplet", "3/2", "two metres"],
)
def test_no_note_is_lost(text: str, count: int, metre: tuple[int, int], steps: int) -> None:
    found, read = whole(text), read_abc(text.encode())
    notes, grid = found.melody.notes, found.melody.grid
    assert (len(notes), grid.time_signature, grid.steps_per_beat) == (count, metre, steps)
    assert [n.pitch for n in notes] == [n.pitch for n in read.notes]
    assert [n.duration * grid.beat_quarters for n in notes] == pytest.approx([float(n.duration) for n in read.notes])
    assert not found.lost


def test_what_changed_the_bars_is_told() -> None:
    assert whole(FREE).report == ("the file has no metre: it is taken to be in bars of 4/4",)
    assert whole(LONG).report == (
        "bar 2 is longer than 3/4 and cut into bars of it",
        "1 short bar filled up with rest, the first of them bar 3",
    )
    assert whole(CHANGING).report[0] == (
        "the metre changes from 2/4 to 3/4 in bar 3: all is written in bars of 3/4, whose lines are not all where they "
        "were"
    )


def test_a_change_of_metre_moves_no_note() -> None:
    found, read = whole(CHANGING), read_abc(CHANGING.encode())
    start = found.melody.notes[0].onset
    assert [n.onset - start for n in found.melody.notes] == [float(n.onset) for n in read.notes]
    grid = found.melody.grid
    assert (grid.pickup_beats, grid.bars) == (1, 5)


def test_a_file_without_metre_and_with_equal_bars_keeps_them() -> None:
    piece = replace(tune((60, 0, 3), (62, 3, 3), metre=None), bars=tuple(map(Fraction, (0, 3, 6))))
    assert fit_whole(piece).report == ("the file has no metre: its bars are taken to be 3/4",)
    assert fit_whole(piece).melody.grid.time_signature == (3, 4)


def test_a_score_in_free_metre_keeps_its_notes() -> None:
    free = "<attributes><divisions>1</divisions><time><senza-misura/></time></attributes>"
    piece = read_musicxml(musicxml(free + "".join(xml_note(step, 1) for step in "CDEFGABCDEFG")))
    assert len(fit_whole(piece).melody.notes) == 12


def test_key_mode_tempo_and_pickup_stay() -> None:
    grid = whole(DORIAN).melody.grid
    assert (grid.key, grid.scale, grid.pickup_beats, grid.bars) == ("E dorian", None, 0.5, 2)
    assert whole(SLOW).melody.grid.tempo == 60
    assert whole(DORIAN).melody.text.startswith("B4 - | E4 - - - B4 - E4 - D5")


def test_the_text_of_a_flat_key_has_flats() -> None:
    assert whole(HEAD + "M:2/4\nL:1/4\nK:Bb\nBE|\n").melody.text == "Bb4 - - - Eb4 - - -"


@pytest.mark.parametrize(("metre", "beats"), [((4, 4), 120), ((6, 8), 80), ((2, 2), 60), ((7, 8), 240)])
def test_a_file_without_tempo_is_played_at_120_quarters(metre: tuple[int, int], beats: float) -> None:
    bar = 4 * metre[0] / metre[1]
    assert grid_for(tune((60, 0, bar), metre=metre, lines=(0, bar))).tempo == beats


def test_a_pickup_in_a_short_metre_of_its_own_is_a_pickup() -> None:
    short = mido_bars([(1, 4, 0), (4, 4, 480)], [(55, 0, 480), *((60, t, t + 480) for t in range(480, 4320, 480))])
    found = fit_whole(read_midi(short))
    grid = found.melody.grid
    assert (grid.time_signature, grid.pickup_beats, grid.bars) == ((4, 4), 1, 2)
    assert (len(found.melody.notes), found.report) == (9, ())


def mido_bars(metres: list[tuple[int, int, int]], notes: list[tuple[int, int, int]]) -> bytes:
    """A MIDI file with time signatures (numerator, denominator, tick) among its notes."""
    import io

    import mido

    file = mido.MidiFile(file=io.BytesIO(midi(notes, metre=None)))
    track, now = file.tracks[0], 0
    track.clear()
    for numerator, denominator, tick in metres:
        track.append(mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator, time=tick - now))
        now = tick
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()


def test_notes_that_no_grid_can_hold_are_named() -> None:
    notes = [TuneNote(60 + i, Fraction(i, 193), Fraction(1, 193)) for i in range(193)]
    piece = Tune(notes=tuple(notes), bars=(Fraction(0), Fraction(1)), meters=(Meter(Fraction(0), 1, 4),))
    piece = replace(piece, notes=tuple(n._replace(pitch=60 + n.pitch % 12) for n in notes))
    found = fit_whole(piece)
    (line,) = (line for line in found.lost if "dropped" in line)
    assert line.startswith(f"{193 - len(found.melody.notes)} notes dropped, for which no step of the grid is free: C")
    assert line.endswith("more")
    with pytest.raises(TuneError, match=r"^a\.mid: cannot be kept as it is: .*dropped") as caught:
        fit_whole(replace(piece, source="a.mid"), strict=True)
    assert "\n" not in str(caught.value)
    assert check_strict(whole(FREE), "").melody == fit_whole(read_abc(FREE.encode()), strict=True).melody


def test_steps_are_finer_where_coarser_ones_would_lose_a_note() -> None:
    found = whole(HEAD + "M:2/4\nL:1/4\nK:C\nC/31D/31E/31F27/31 G|(5:4:5A/4B/4c/4d/4e/4 (7:4:7c/4B/4A/4G/4F/4E/4D/4|\n")
    assert found.melody.grid.steps_per_beat > 24
    assert len(found.melody.notes) == 17
    assert not any("dropped" in line for line in found.report)


def test_a_grid_as_fine_as_two_kinds_of_tuplets_writes_each_as_its_own() -> None:
    found = whole(HEAD + "M:2/4\nL:1/8\nK:C\n(5CDEFG (3cBA|C4|\n")
    assert found.melody.grid.steps_per_beat == 15
    from evomusic.io.notation import bars_of

    assert [note.tuplet for note in bars_of(found.melody)[0]] == [(5, 4)] * 5 + [(3, 2)] * 3


def test_a_strict_reader_refuses_what_it_cannot_keep(tmp_path: Path) -> None:
    path = tmp_path / "tune.abc"
    path.write_text(TRIPLETS)
    assert em.read(path, strict=True) == em.read(path)
    coarse = em.Grid(bars=2, beats=2, steps_per_beat=3, low=55)
    with pytest.raises(TuneError, match=r"tune\.abc: cannot be kept as it is: .*dropped.* A4 in bar 1"):
        em.read(path, coarse, strict=True)
    assert len(em.read(path, coarse).notes) < 10
    with pytest.raises(ValueError, match="strict is 3, expected True or False"):
        em.read(path, strict=3)


def test_times_that_share_no_grid_take_no_longer_than_others() -> None:
    primes = [n for n in range(3, 20_000) if all(n % k for k in range(2, int(n**0.5) + 1))]
    notes = [
        TuneNote(60 + i % 12, i + start, length)
        for i, p in enumerate(primes)
        for start, length in ((Fraction(0), Fraction(1, p)), (Fraction(1, p), Fraction(p - 1, p)))
    ]
    piece = Tune(notes=tuple(notes), bars=tuple(map(Fraction, range(0, 2268, 4))), meters=(Meter(Fraction(0), 4, 4),))
    found = within(3.0, lambda: fit_whole(piece))
    assert len(found.melody.notes) == 2261 + sum(p <= 2 * found.melody.grid.steps_per_beat for p in primes)
    assert found.lost


STEMS = ("dorian", "three_two", "triplets", "slow", "quintuplet", "free")


@pytest.mark.parametrize("suffix", [".musicxml", ".mid", ".abc"])
@pytest.mark.parametrize("text", [DORIAN, THREE_TWO, TRIPLETS, SLOW, QUINTUPLET, FREE], ids=STEMS)
def test_what_came_in_goes_out(tmp_path: Path, text: str, suffix: str) -> None:
    melody, path = whole(text).melody, tmp_path / f"tune{suffix}"
    em.write(melody, path)
    again = em.read(path)
    assert again.notes == melody.notes
    assert again.title == melody.title
    for name in ("beats", "beat", "bars", "pickup_beats", "tempo"):
        assert getattr(again.grid, name) == getattr(melody.grid, name)
    key = melody.grid.key
    assert again.grid.key == (key if suffix != ".mid" else em_key(key))


@pytest.mark.parametrize(("suffix", "composer"), [(".musicxml", "A % B"), (".abc", "A % B"), (".mid", "")])
def test_the_composer_goes_out_where_the_format_has_one(tmp_path: Path, suffix: str, composer: str) -> None:
    melody = whole(SLOW.replace("M:", "C: A \\% B\nM:", 1)).melody
    assert (melody.composer, melody.canonical.composer) == ("A % B", "A % B")
    em.write(melody, tmp_path / f"tune{suffix}")
    assert em.read(tmp_path / f"tune{suffix}").composer == composer


def em_key(key: str | None) -> str | None:
    """The key as MIDI holds it: modes other than minor as the major key of the signature."""
    return {"E dorian": "D major"}.get(key or "", key)


def test_midi_has_a_pickup_that_no_time_signature_can_be() -> None:
    grid = em.Grid(bars=1, steps_per_beat=3, beat=1, pickup=1)
    melody = em.Melody.parse("C4 | D4 - - E4 - - F4 - - G4 - -", grid)
    piece = read_midi(midi_bytes(melody))
    assert (piece.pickup, piece.meter(piece.bars[0]).name) == (Fraction(1, 3), "4/4")
    assert fit_whole(piece).melody.notes == melody.notes


@pytest.mark.slow
def test_the_tunes_of_a_book_keep_everything_on_a_round_trip(tmp_path: Path) -> None:
    """ABC to MusicXML to MIDI to ABC: notes, metre, bars, pickup, tempo and signature, in every fifth tune."""
    from evomusic.corpus import ryan

    count = 0
    for path in ryan.paths()[::5]:
        try:
            piece = read_tune(path)
        except TuneError:
            continue
        first = melody = fit_whole(piece).melody
        assert [n.pitch for n in melody.notes] == [n.pitch for n in piece.notes]
        for suffix in (".musicxml", ".mid", ".abc"):
            em.write(melody, tmp_path / f"tune{suffix}")
            melody = em.read(tmp_path / f"tune{suffix}")
        for name in ("beats", "beat", "pickup_beats", "tempo"):
            assert getattr(melody.grid, name) == getattr(first.grid, name), path
        silent = first.grid.length - first.notes[-1].onset > first.grid.beats  # MIDI has no bar of rest at the end
        assert silent or melody.grid.bars == first.grid.bars, path
        assert melody.notes == first.notes, path
        assert signature(melody.grid.key or "C major") == signature(first.grid.key or "C major"), path
        count += 1
    assert count > 180


@pytest.mark.slow
def test_every_note_of_a_book_is_on_the_grid_of_its_tune() -> None:
    from evomusic.corpus import ryan

    found = [piece for _, piece in tunes_in(ryan.paths()[0].parent) if isinstance(piece, Tune)]
    assert len(found) > 950
    for piece in found:
        fitted = fit_whole(piece)
        assert [n.pitch for n in fitted.melody.notes] == [n.pitch for n in piece.notes], piece.source
        assert all(a.onset + a.duration <= b.onset + 1e-9 for a, b in pairwise(fitted.melody.notes))
