"""Melodies that develop: genomes are L-systems (Lindenmayer 1968). Read `grammar` first, the encoding and its text.

`growth` grows rules to a text and reads it as a melody; `operators` samples, crosses and mutates rules.
"""
