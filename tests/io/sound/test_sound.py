from __future__ import annotations

import io
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from evomusic.core.checks import NotInstalled
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.io import write
from evomusic.io.chords import chords_below
from evomusic.io.sound.files import flac_bytes, ogg_bytes, wav_bytes
from evomusic.io.sound.synthesis import PEAK, RATE, TAIL, samples_of

GRID = Grid(bars=2, beats=2, steps_per_beat=2, low=21, high=108, tempo=60)
MELODY = Melody.parse("A4 - C5 . | . . E4 F4", GRID, "A tune")


def of_wav(data: bytes) -> tuple[np.ndarray, int]:
    """The samples of a WAV file, and how many a second."""
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()


def strongest(samples: np.ndarray) -> float:
    """The pitch of the strongest frequency, as a MIDI number."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 2**18))
    return float(69 + 12 * np.log2(np.argmax(power) * RATE / 2**18 / 440))


@pytest.mark.parametrize("name", ["A2", "C4", "F#4", "Bb4", "E5", "C7"])
def test_a_note_sounds_at_its_pitch(name: str) -> None:
    sound = samples_of(Melody.parse(f"{name} - - -", Grid(bars=1, beats=1, low=21, high=108, tempo=60)))
    melody = Melody.parse(f"{name} - - -", Grid(bars=1, beats=1, low=21, high=108, tempo=60))
    assert strongest(sound[: RATE // 2]) == pytest.approx(melody.notes[0].pitch, abs=0.1)


def test_notes_sound_when_they_are_written_and_rests_are_silent() -> None:
    sound = samples_of(MELODY)
    half = RATE // 2  # a step lasts half a second
    loud = [float(np.abs(sound[i * half + 4000 : (i + 1) * half]).max()) for i in range(8)]
    assert [level > 0.01 for level in loud] == [True, True, True, False, False, False, True, True]
    assert len(sound) == 4 * RATE + round(TAIL * RATE)


def test_chords_are_heard_softly_below() -> None:
    grid = Grid(bars=1, beats=4, steps_per_beat=1, chords=("Dm",), tempo=60)
    rests = Melody(np.zeros(4, np.uint8), grid)
    power = np.abs(np.fft.rfft(samples_of(rests), 2**19))
    for pitch in next(chords_below(grid)).pitches:
        place = round(440 * 2 ** ((pitch - 69) / 12) * 2**19 / RATE)
        assert power[place - 3 : place + 4].max() > 20 * np.median(power)
    tune = Melody.parse("A5 A5 A5 A5", grid)
    assert strongest(samples_of(tune)) == pytest.approx(81, abs=0.1)


def test_a_chord_lies_below_middle_c_and_its_root_is_lowest() -> None:
    (first, second, third) = chords_below(Grid(bars=3, beats=3, steps_per_beat=1, chords=("G7", "F#m7b5")))
    assert (first.pitches, first.onset, first.duration) == ((43, 50, 53, 59), 0, 3)
    assert {p % 12 for p in second.pitches} == {6, 9, 0, 4}
    assert second.pitches[0] == 42
    assert (third.pitches, third.onset) == (first.pitches, 6)
    assert not list(chords_below(Grid()))


def test_no_sample_is_clipped_and_nothing_clicks() -> None:
    grid = Grid(bars=4, scale="G major", chords=("G", "C", "D7", "G"), tempo=140)
    rng = np.random.default_rng(2)
    sound = samples_of(Melody(np.where(rng.random(64) < 0.4, 1, rng.integers(2, grid.tokens, 64)), grid))
    assert np.abs(sound).max() == pytest.approx(PEAK)
    assert sound[0] == sound[-1] == 0
    alone = samples_of(Melody.parse("C4 - - -" + " . . . ." * 3, Grid(bars=1, tempo=60)))
    jumps = np.abs(np.diff(alone))
    assert jumps[:120].max() <= jumps[120:20_000].max()  # no edge while it begins ...
    assert jumps[44_100 - 3000 :].max() <= jumps[120:20_000].max()  # ... nor while it ends


def test_a_wav_file_has_16_bits_and_any_whole_part_of_the_rate() -> None:
    samples, rate = of_wav(wav_bytes(MELODY))
    assert rate == RATE
    assert np.array_equal(samples, np.round(samples_of(MELODY) * 32767))
    few, rate = of_wav(wav_bytes(MELODY, rate=11_025))
    assert (rate, len(few)) == (11_025, len(samples) // 4)
    assert wav_bytes(MELODY) == wav_bytes(Melody.parse(MELODY.text, GRID))


def test_flac_holds_the_samples_of_wav_and_ogg_their_sound() -> None:
    samples, _ = of_wav(wav_bytes(MELODY))
    found, rate = soundfile.read(io.BytesIO(flac_bytes(MELODY)), dtype="int16")
    assert rate == RATE
    assert np.abs(found.astype(int) - samples).max() <= 1
    assert flac_bytes(MELODY) == flac_bytes(MELODY)
    with soundfile.SoundFile(io.BytesIO(ogg_bytes(MELODY))) as file:
        assert (file.samplerate, file.title) == (RATE, "A tune")
        heard = file.read()
    assert len(heard) == len(samples)
    assert np.corrcoef(heard, samples)[0, 1] > 0.99


def test_a_melody_of_rests_is_silence() -> None:
    samples, _ = of_wav(wav_bytes(Melody(np.zeros(8, np.uint8), GRID)))
    assert len(samples) == round((4 + TAIL) * RATE)
    assert not samples.any()


@pytest.mark.parametrize("kind", [".wav", ".flac", ".ogg"])
def test_a_piece_that_lasts_too_long_is_refused(kind: str, tmp_path: Path) -> None:
    grid = Grid(bars=1000, beats=4, tempo=60)
    with pytest.raises(ValueError, match="the melody lasts 67 minutes, expected at most 30 for sound"):
        write(Melody(np.full(grid.steps, 2, np.uint8), grid), tmp_path / f"long{kind}")


@pytest.mark.parametrize("kind", [".flac", ".ogg"])
def test_without_soundfile_one_line_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(NotInstalled, match=r'needs soundfile, expected it installed: pip install "evomusic\[sound\]"'):
        write(MELODY, tmp_path / f"tune{kind}")
