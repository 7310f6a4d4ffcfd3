"""MusicXML in and out, plain or compressed, without a library of scores.

`read.py` parses a file within bounds and makes a `Tune` of it. `write.py` turns the notes, rests, ties, dots, tuplets
and beams of `notation.py` into elements; read that first.
"""
