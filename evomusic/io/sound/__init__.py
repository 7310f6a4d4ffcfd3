"""Sound files of melodies: WAV with nothing to install, FLAC and OGG by soundfile (the extra `sound`).

`synthesis.py` makes the sound, a struck string from sines, with the chords of the grid softly below; no recording and
no sample set is used. `files.py` writes it.
"""
