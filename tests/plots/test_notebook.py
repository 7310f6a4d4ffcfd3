import io
import subprocess
import sys

from PIL import Image

from evomusic.plots import draw_curves
from evomusic.plots.style import WIDTH
from tests.plots.studies import run_of


def test_a_figure_shows_itself_as_a_picture_of_the_pages_width():
    """IPython calls `_repr_png_` of what a cell returns, and takes data with the size at which it is shown."""
    run = run_of({"a": 3.0})
    figure = draw_curves(run, run.tasks["t"])
    data, size = figure._repr_png_()
    picture = Image.open(io.BytesIO(data))
    assert picture.size == tuple(figure.bbox.size)
    assert size["width"] == 100 * WIDTH
    assert size["width"] / size["height"] == picture.width / picture.height


def test_drawing_and_showing_needs_no_pyplot():
    code = """
import sys
from evomusic.plots import draw_curves
from tests.plots.studies import run_of
run = run_of({"a": 3.0})
draw_curves(run, run.tasks["t"])._repr_png_()
print("matplotlib.pyplot" in sys.modules)
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
