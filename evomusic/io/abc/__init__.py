"""ABC in: the notation of folk tunes as text, as of ABC 2.1 and of older collections.

Read `book.py` first: it finds the tunes of a file and makes a `Tune` of one (`read_abc`). `body.py` turns characters
into notes, bar lines and changes of metre and key, `fields.py` reads the fields that change their meaning (K, L, M, Q).
`sections.py` keeps the sections of a printed tune apart (`read_sections`), for `evomusic.corpus`.
"""
