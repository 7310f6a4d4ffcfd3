"""Songs: a style with form, trained on windows of real tunes, that writes whole melodies as real ones are.

A melody is written unit by unit, half a bar each where a bar has such a half, else a bar. For each unit a plan says
whether it is new or returns: the same as an earlier unit, transposed, or with another end. New units draw a rhythm and
then their pitches. `Song` is this model; its samples are independent and the probability of any melody is exact,
summed over all plans. `Typical` tilts it until what it writes has the measures of real tunes on average.

Read `plan.py` first: relations of units. Then `contexts.py`, what every choice hears, `counts.py`, the interpolated
counts behind it, `returns.py` and `rhythms.py`, what there is to choose from, `echoes.py`, the moves that notes follow,
`odds.py`, the probabilities, `model.py`, the model, `reading.py`, the plans by which a melody can be read,
`features.py` and `typical.py`, the tilt. `trained.py` has the song of a collection of tunes, `sections.py` songs in a
form, `reward.py` the measures of the task `song`.
"""
