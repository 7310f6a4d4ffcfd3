"""Scores as pictures: SVG, PNG and PDF, engraved by verovio, an optional package (the extra `score`).

Read `engrave.py` first: it hands verovio the MusicXML of a melody and writes the files. `outlines.py` makes verovio's
SVG independent of fonts and styles: text becomes outlines, styles become attributes. `drawing.py` reads such SVG as
shapes, which matplotlib draws as PNG and PDF, so that no other library is needed.
"""
