#!/usr/bin/env bash
# verovio 6.4.1, Python: the import sets the path of its fonts for the importing thread alone. A toolkit made in any other
# thread, as in the worker threads of a web server, finds no fonts: loadData returns False and raises nothing.
#
# Guess: a toolkit of one's own in each thread is enough.
# Seen:
#   importing thread: True
#   another thread: False
#   another thread, with setResourcePath: True
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "verovio==6.4.1"
cd "$work"
"$work/venv/bin/python" - <<'PY'
from pathlib import Path
from threading import Thread

import verovio

verovio.enableLog(verovio.LOG_OFF)
staff = '<staffGrp><staffDef n="1" lines="5" clef.shape="G" clef.line="2"/></staffGrp>'
score = (
    '<mei xmlns="http://www.music-encoding.org/ns/mei"><music><body><mdiv><score>'
    f'<scoreDef>{staff}</scoreDef><section><measure n="1"><staff n="1"><layer n="1">'
    '<note dur="4" oct="4" pname="g"/></layer></staff></measure></section></score></mdiv></body></music></mei>'
)
seen = []


def load(where, path=None):
    toolkit = verovio.toolkit(path is None)
    if path is not None:
        toolkit.setResourcePath(path)
    seen.append(toolkit.loadData(score))
    print(f"{where}: {seen[-1]}")


load("importing thread")
for where, path in (("another thread", None), ("another thread, with setResourcePath", str(Path(verovio.__file__).parent / "data"))):
    thread = Thread(target=load, args=(where, path))
    thread.start()
    thread.join()
assert seen == [True, False, True], "the behaviour has changed"
PY
