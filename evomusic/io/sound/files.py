"""Sound files in 16 bits, mono, 44,100 samples a second."""

from __future__ import annotations

import io
import wave

import numpy as np

from evomusic.core.checks import optional
from evomusic.core.melody import Melody
from evomusic.io.sound.synthesis import RATE, samples_of


def wav_bytes(melody: Melody, key: str | None = None, rate: int = RATE) -> bytes:
    """A melody as WAV.

    Args:
        melody: the melody.
        key: not heard.
        rate: samples a second: 44,100, or a whole part of it for small files.

    Raises:
        ValueError: it would last more than half an hour.
    """
    step = RATE // rate
    samples = samples_of(melody)
    if step > 1:  # the mean of the samples in between
        samples = samples[: len(samples) // step * step].reshape(-1, step).mean(axis=1)
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE // step)
        file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
    return written.getvalue()


def flac_bytes(melody: Melody, key: str | None = None) -> bytes:
    """A melody as FLAC.

    Args:
        melody: the melody; its title is written.
        key: not heard.

    Raises:
        NotInstalled: soundfile is missing.
        ValueError: it would last more than half an hour.
    """
    return _encoded(melody, "FLAC", "PCM_16")


def ogg_bytes(melody: Melody, key: str | None = None) -> bytes:
    """A melody as OGG Vorbis; the encoder numbers each file at random.

    Args:
        melody: the melody; its title is written.
        key: not heard.

    Raises:
        NotInstalled: soundfile is missing.
        ValueError: it would last more than half an hour.
    """
    return _encoded(melody, "OGG", "VORBIS")


def _encoded(melody: Melody, kind: str, subtype: str) -> bytes:
    soundfile = optional("soundfile", f"writing {kind}", "sound")
    samples, written = samples_of(melody), io.BytesIO()
    with soundfile.SoundFile(written, "w", RATE, 1, subtype, format=kind) as file:
        if melody.title:
            file.title = melody.title
        for start in range(0, len(samples), RATE):  # the Vorbis encoder takes a stack of what it is handed at once
            file.write(samples[start : start + RATE])
    return written.getvalue()
