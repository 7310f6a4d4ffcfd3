#!/usr/bin/env bash
# skelo 0.1.5 and glicko2 2.1.0, ratings that IOHinspector brings along: both install their tests as a package `tests` at the top
# of site-packages, and both own its `tests/__init__.py`. `import tests` works in an empty folder then, and is not what a project
# means by it. pip installs both without a word, `pip check` finds nothing broken, and removing one takes the file of the other.
#
# Guess: `import tests` fails where there is no folder of that name, and removing a package leaves the files of others.
# Seen:
#   tests is at site-packages/tests/__init__.py, with skelo, tests
#   owners of tests/__init__.py: glicko2 2.1.0, skelo 0.1.5
#   pip check: No broken requirements found.
#   without skelo: tests/__init__.py of glicko2 2.1.0 is gone
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "skelo==0.1.5" "glicko2==2.1.0" "scikit-learn==1.7.2" "numpy==2.3.5" "pandas==2.3.3" "scipy==1.16.3"
mkdir "$work/empty"
cd "$work/empty"
cat > "$work/owners.py" <<'PY'
from importlib.metadata import distributions


def owners(name):
    return sorted(f"{d.name} {d.version}" for d in distributions() if name in map(str, d.files or ()))
PY
PYTHONPATH="$work" "$work/venv/bin/python" - <<'PY'
import pkgutil
from pathlib import Path

import tests
from owners import owners

place = Path(tests.__file__)
inside = sorted(found.name for found in pkgutil.iter_modules(tests.__path__))
print("tests is at", "/".join(place.parts[-3:]) + ", with", ", ".join(inside))
both = owners("tests/__init__.py")
print("owners of tests/__init__.py:", ", ".join(both))
assert place.parts[-3:] == ("site-packages", "tests", "__init__.py"), "the behaviour has changed"
assert inside == ["skelo", "tests"], "the behaviour has changed"
assert both == ["glicko2 2.1.0", "skelo 0.1.5"], "the behaviour has changed"
PY
checked=$("$work/venv/bin/pip" check)
echo "pip check: $checked"
[ "$checked" = "No broken requirements found." ]
"$work/venv/bin/pip" uninstall --quiet --yes skelo
PYTHONPATH="$work" "$work/venv/bin/python" - <<'PY'
from importlib.metadata import distribution

from owners import owners

file = next(f for f in distribution("glicko2").files if str(f) == "tests/__init__.py")
assert owners("tests/__init__.py") == ["glicko2 2.1.0"], "the behaviour has changed"
assert not file.locate().exists(), "the behaviour has changed"
print("without skelo: tests/__init__.py of glicko2 2.1.0 is gone")
PY
