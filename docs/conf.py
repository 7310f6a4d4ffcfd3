"""The site: the pages of this folder, the examples run, the reference made from docstrings.

`sphinx-build -W -c docs . build/site` from the project's folder, whose files the pages link to.
"""

from __future__ import annotations

import logging
import re
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs"))

import reference  # noqa: E402
from sphinx_gallery.scrapers import figure_rst  # noqa: E402

from evomusic.plots.notebook import NotebookFigure  # noqa: E402

logging.basicConfig(handlers=[logging.NullHandler()])  # the theme's styles would print every package's messages

project = "evomusic"
author = "the evomusic team"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
    "sphinx_copybutton",
    "mathml",
]
root_doc = "docs/index"
include_patterns = [
    "docs/**",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "experiments/README.md",
    "findings/README.md",
    "results/gallery/README.md",
    "results/cross-entropy.md",
    "results/listener.md",
    "results/realism.md",
    "results/rl_tuner_metrics.md",
    "results/song-prior.md",
    "results/song-steps.md",
    "results/tuner_optimum.md",
    "results/engines/README.md",
    "results/engines/published.md",
]
exclude_patterns = ["docs/gallery/*", "docs/lecture/*", "docs/static/*", "**/.*"]

suppress_warnings = ["config.cache"]  # the scraper is a function

html_theme = "furo"
html_title = "evomusic"
html_static_path = ["static"]
html_js_files = ["accessible.js"]
html_css_files = ["math.css"]
html_copy_source = False
html_show_copyright = False  # the licence is in the README

default_role = "py:obj"  # names in single backticks
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "dollarmath"]
html_math_renderer = "mathml"
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_custom_sections = [("Fields", "params_style")]
python_use_unqualified_type_names = True


def scrape_figures(block, block_vars, gallery_conf):
    """Save the figures of `em.plots` that a block has made, each once; pyplot knows nothing of them."""
    paths = []
    for found in block_vars["example_globals"].values():
        if isinstance(found, NotebookFigure) and not hasattr(found, "scraped"):
            found.scraped = True
            paths.append(next(block_vars["image_path_iterator"]))
            found.savefig(paths[-1], dpi=110, bbox_inches="tight")
    return figure_rst(paths, gallery_conf["src_dir"])


DEEP = "plot_sb3"  # needs the extra of this name, which the site does not: without it the page shows code alone
UNRUN = """
.. note::
   The extra ``deep`` (PyTorch, stable-baselines3) was absent where this page was made, so nothing of it was run.
"""
GALLERIES = {"lecture": "course", "gallery": "examples"}  # scripts in docs/, and their executed pages

sphinx_gallery_conf = {
    "examples_dirs": [f"docs/{scripts}" for scripts in GALLERIES],
    "gallery_dirs": [f"docs/{pages}" for pages in GALLERIES.values()],
    "filename_pattern": r"\.py" if find_spec("stable_baselines3") else rf"(?<!{DEEP})\.py",
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "show_memory": False,
    "write_computation_times": False,
    "remove_config_comments": True,
    "abort_on_example_error": True,
    "image_scrapers": ("matplotlib", scrape_figures),
    "capture_repr": ("_repr_html_", "__repr__"),
    "ignore_repr_types": r"matplotlib[.]",
}

PAGES = (
    ("Tutorials", ["tutorials/musician", "tutorials/researcher", "tutorials/teacher", "course/index"]),
    (
        "How to",
        [
            "how-to/studies",
            "how-to/tasks",
            "coming-from/deap",
            "coming-from/gymnasium",
            "coming-from/pymoo-and-pyribs",
            "coming-from/pomdps-jl",
        ],
    ),
    (
        "Explanation",
        [
            "explanation/one-table",
            "explanation/optimum",
            "explanation/soft-optimum",
            "explanation/fairness",
            "surprises",
        ],
    ),
    (
        "Pages",
        [
            "tasks-and-rules",
            "sampling",
            "listening",
            "evolution",
            "problems",
            "learning",
            "planning",
            "partial-observability",
        ],
    ),
    (
        "Work",
        [
            "studies-and-results",
            "cluster",
            "logs",
            "command-line",
            "scores-and-sound",
            "formats",
            "notebooks",
            "pictures",
            "speed",
        ],
    ),
    ("Examples", ["examples/index"]),
    ("Reference", [f"reference/{name}" for name in reference.PAGES]),
    ("The project", ["/README", "/experiments/README", "/results/gallery/README", "/findings/README"]),
    ("", ["/ARCHITECTURE", "/CONTRIBUTING", "/CHANGELOG"]),
    (
        "Findings",
        [
            "/results/cross-entropy",
            "/results/listener",
            "/results/realism",
            "/results/rl_tuner_metrics",
            "/results/song-prior",
            "/results/song-steps",
            "/results/tuner_optimum",
            "/results/engines/README",
            "/results/engines/published",
        ],
    ),
)


def add_contents(app, name, source):
    """Add the tables of contents to the first page, which GitHub shows without them, and drop or turn links."""
    source[0] = re.sub(r"\[([^\]]*)\]\(([^)\s]*)\)", partial(_turned, (ROOT / name).parent), source[0])
    if name == root_doc:
        for caption, pages in PAGES:
            head = f":caption: {caption}\n" if caption else ""
            source[0] += "\n```{toctree}\n:hidden:\n" + head + "\n" + "\n".join(pages) + "\n```\n"


def add_unrun(app, name, source):
    """Say on the page of the example that needs the extra that it was not run, where it has no figure."""
    if name.endswith(f"/{DEEP}") and f"{DEEP}_001.png" not in source[0]:
        source[0] = source[0].replace("\n.. code-block:: Python", f"{UNRUN}\n.. code-block:: Python", 1)


def _turned(place, link):
    """A link without its folder, and to the executed page in the place of a script of a gallery."""
    text, target = link[1], link[2]
    if target and (place / target).is_dir():
        return text
    for scripts, pages in GALLERIES.items():
        if re.search(rf"(^|/){scripts}/\w+\.(py|rst)$", target):
            page = re.sub(rf"{scripts}/(\w+)\.(py|rst)$", rf"{pages}/\1.rst", target)
            return f"[{text}]({page.replace('GALLERY_HEADER', 'index')})"
    return link[0]


def setup(app):
    """Write the reference before pages are read."""
    reference.write(ROOT / "docs" / "reference")
    app.connect("source-read", add_contents)
    app.connect("source-read", add_unrun)
