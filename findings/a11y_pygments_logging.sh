#!/usr/bin/env bash
# accessible-pygments 0.0.5, which furo and pydata-sphinx-theme bring along: to load one of its colour schemes configures the root logger
# at level INFO. From then on the INFO lines of every package in the process are printed, and a later logging.basicConfig(level=WARNING)
# of the program does nothing, since the root logger has a handler already.
#
# Guess: a colour scheme is a table of colours; pygments' own schemes and these leave the root logger as it was, at WARNING.
# Seen:
#   default:    handlers 0, level WARNING
#   a11y-light: handlers 1, level INFO
#   after basicConfig(level=WARNING): level INFO
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "accessible-pygments==0.0.5" "pygments==2.19.2"
cd "$work"
venv/bin/python - <<'PY'
import logging

from pygments.styles import get_style_by_name

root, seen = logging.getLogger(), []
for name in ("default", "a11y-light"):
    get_style_by_name(name)
    seen.append((len(root.handlers), logging.getLevelName(root.level)))
    print(f"{name + ':':11} handlers {seen[-1][0]}, level {seen[-1][1]}")
logging.basicConfig(level=logging.WARNING)
last = logging.getLevelName(root.level)
print(f"after basicConfig(level=WARNING): level {last}")
assert (seen, last) == ([(0, "WARNING"), (1, "INFO")], "INFO"), "the behaviour has changed"
PY
