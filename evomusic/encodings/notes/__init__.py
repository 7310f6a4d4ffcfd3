"""The direct encoding: genomes are melodies. Read `notes` first, then `operators`, which crosses and mutates them.

`moves` defines the musical mutations of a span of a melody, `single_notes` those of one note and of a whole bar.
"""
