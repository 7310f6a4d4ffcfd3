"""The report of a study: one page that needs no network, and the melodies as files.

Read `page` first: it puts `report.html` together from the tables of `tables`, the figures and piano rolls of
`pictures`, and the page's own `page.html`, `page.css` and `page.js`. `frame` is what pages that stand alone share,
`html` escapes all text, and `export` writes the melodies that the page links. `blind` makes a listening test of a
study, a page with the same sound (`synth.js`), and `ballots` counts its answers. `lecture` writes the pages of the
lecture, whose equations `mathml` makes.

What notebooks show are cards: `cards` is their frame, `player`, `lines` and `trees` are their parts; `notebook` has the
cards of melodies, `runs` those of records and studies, `learnt` those of learners, and `show` many melodies at once.
"""

from evomusic.report.export import export_melodies
from evomusic.report.page import page, write_report

__all__ = ["export_melodies", "page", "write_report"]
