"""Event files of TensorBoard, by its own writer; TensorFlow is not needed."""

from __future__ import annotations

import io
import time
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evomusic.core.checks import optional
from evomusic.core.melody import Melody
from evomusic.io.sound.files import wav_bytes
from evomusic.logs.entries import Value
from evomusic.plots.roll import draw_roll
from evomusic.plots.style import new_figure, png_bytes, settings

RATE = 22_050  # samples a second of a melody's sound
GROUPS = {"updates": "learning", "sweeps": "learning", "distance": "diversity", "distinct": "diversity"}


def require_tensorboard(need: str) -> Any:
    """The package.

    Raises:
        NotInstalled: it is missing.
    """
    return optional("tensorboard", need, "tensorboard")


class Events:
    """An event file in a folder, to be closed.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter

        self._event, self._summary = Event, Summary
        self._writer = EventFileWriter(str(folder))

    def parameters(self, values: Mapping[str, Value]) -> None:
        """Write the parameters of a run, for the table of HPARAMS."""
        from tensorboard.plugins.hparams.summary_v2 import hparams_pb

        summary = self._summary.FromString(hparams_pb(dict(values)).SerializeToString())
        self._add(summary, 0)

    def numbers(self, steps: int, values: Mapping[str, float]) -> None:
        """Write numbers at a step, in 32 bits as TensorBoard has them, in groups such as `return/best`."""
        named = [(f"{GROUPS.get(name, 'return')}/{name}", value) for name, value in values.items()]
        self._add(self._summary(value=[self._summary.Value(tag=tag, simple_value=v) for tag, v in named]), steps)

    def results(self, steps: int, values: Mapping[str, float]) -> None:
        """Write results of a whole run, in the group `result`."""
        parts = [self._summary.Value(tag=f"result/{name}", simple_value=value) for name, value in values.items()]
        self._add(self._summary(value=parts), steps)

    def text(self, steps: int, tag: str, text: str) -> None:
        """Write a text, which is read as Markdown."""
        from tensorboard.compat.proto.tensor_pb2 import TensorProto
        from tensorboard.compat.proto.types_pb2 import DT_STRING
        from tensorboard.plugins.text.metadata import create_summary_metadata

        about = create_summary_metadata(display_name=tag, description="")
        tensor = TensorProto(dtype=DT_STRING, string_val=[text.encode()])
        self._add(self._summary(value=[self._summary.Value(tag=tag, metadata=about, tensor=tensor)]), steps)

    def melody(self, steps: int, tag: str, melody: Melody) -> None:
        """Write a melody as a piano roll and as sound."""
        sound = wav_bytes(melody, rate=RATE)
        with wave.open(io.BytesIO(sound)) as read:
            frames = read.getnframes()
        audio = self._summary.Audio(
            sample_rate=RATE,
            num_channels=1,
            length_frames=frames,
            encoded_audio_string=sound,
            content_type="audio/wav",
        )
        with settings():
            figure = new_figure(2.4)
            draw_roll(figure.add_subplot(), melody)
            png = png_bytes(figure)
            width, height = figure.canvas.get_width_height()
        image = self._summary.Image(height=height, width=width, colorspace=3, encoded_image_string=png)
        parts = [
            self._summary.Value(tag=f"{tag}/roll", image=image),
            self._summary.Value(tag=f"{tag}/sound", audio=audio),
        ]
        self._add(self._summary(value=parts), steps)

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()

    def _add(self, summary: Any, steps: int) -> None:
        self._writer.add_event(self._event(wall_time=time.time(), step=steps, summary=summary))
