"""MusicXML in and out, plain or compressed, without a library of scores.

`read.py` parses a file within bounds and makes a `Tune` of it. `notation.py` decides how a melody's steps are spelt in
notes, rests, ties, dots, tuplets and beams; read it before `write.py`, which turns them into elements.
"""
