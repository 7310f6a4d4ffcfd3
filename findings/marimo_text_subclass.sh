#!/usr/bin/env bash
# marimo 0.25.2: an object whose `_repr_html_` returns an instance of a subclass of str, as markupsafe's Markup is, shows nothing: the
# output of its cell is an empty object in place of the text. A plain str with the same text is shown.
#
# Guess: text is text; both cells show their paragraph, as in IPython 9.10.0.
# Seen:
#   IPython: str yes, Markup yes
#   marimo:  str yes, Markup no
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "marimo==0.25.2" "markupsafe==3.0.3" "ipython==9.10.0"
cd "$work"
cat > shown.py <<'PY'
from markupsafe import Markup


class Shown:
    def __init__(self, kind):
        self.kind = kind

    def _repr_html_(self):
        return self.kind(f"<p>a paragraph as {self.kind.__name__}</p>")
PY
cat > cells.py <<'PY'
import marimo

app = marimo.App()


@app.cell
def _():
    from shown import Markup, Shown

    return Markup, Shown


@app.cell
def _(Shown):
    Shown(str)
    return


@app.cell
def _(Markup, Shown):
    Shown(Markup)
    return
PY
venv/bin/marimo export html cells.py -o page.html --no-include-code > log.txt 2>&1 < /dev/null || { cat log.txt; exit 1; }
venv/bin/python - <<'PY'
import sys
from pathlib import Path

from IPython.core.formatters import HTMLFormatter

sys.path.insert(0, ".")
from shown import Markup, Shown

page = Path("page.html").read_text(encoding="utf-8")
by = {
    "IPython": [(HTMLFormatter()(Shown(kind)) or "").find("a paragraph") >= 0 for kind in (str, Markup)],
    "marimo": [f"a paragraph as {kind.__name__}" in page for kind in (str, Markup)],
}
for name, (plain, sub) in by.items():
    print(f"{name + ':':8} str {'yes' if plain else 'no'}, Markup {'yes' if sub else 'no'}")
assert by == {"IPython": [True, True], "marimo": [True, False]}, "the behaviour has changed"
PY
