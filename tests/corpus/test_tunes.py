"""Reading: printed tunes as they are written, section by section."""

from fractions import Fraction

import pytest

from evomusic.corpus.ryan import paths
from evomusic.corpus.tunes import ODD, SILENT, TICKS, TIED, Section, from_abc, from_tune, read_folder
from evomusic.io.tune import Meter, Tune, TuneError, TuneNote

E, S = TICKS // 2, TICKS // 4  # an eighth, a sixteenth
HEAD = "X:1\nT:Test\nM:4/4\nL:1/8\nK:G\n"


def bars(body, head=HEAD):
    """The bars of the only section of a tune."""
    (section,) = from_abc(head + body)
    return section.bars


def printed(name):
    return from_abc(next(path for path in paths() if path.stem == name).read_text(encoding="utf-8"))


def test_the_7th_regiment_reel_is_read_as_printed():
    first, second = printed("7thRegimentReel")
    assert (first.metre, first.key, len(first.bars), len(second.bars)) == ((2, 4), "A major", 8, 8)
    # A2(Ac) eAce | in A major: A4 A4 C#5 E5 A4 C#5 E5
    assert first.bars[0] == ((69, E), (69, S), (73, S), (76, S), (69, S), (73, S), (76, S))
    assert [sound for sound, _ in second.bars[2]] == [74, 78, 73, 76, 71, 74, 69, 73]  # dfce BdAc


def test_the_acrobats_hornpipe_keeps_dots_triplets_and_accidentals():
    first, _ = printed("AcrobatsHornpipe")
    dotted, short = 3 * S, S
    assert first.key == "Bb major"
    assert first.bars[0] == ((65, dotted), (63, short))  # the upbeat F>E
    assert first.bars[2][:3] == ((75, TICKS // 3), (72, TICKS // 3), (69, TICKS // 3))  # (3ecA
    # =e>fg>f d>BF>E: the natural is for the upper E alone
    assert [sound for sound, _ in first.bars[4]] == [76, 77, 79, 77, 74, 70, 65, 63]


def test_dotted_rhythm_is_kept_where_bowings_dots_and_fingerings_stand_in_between():
    assert bars('A>.B c>uA "4"e>"0"A (f>A)|')[0] == tuple(
        (pitch, length) for pitch, length in zip((69, 71, 72, 69, 76, 69, 78, 69), (3 * S, S) * 4, strict=True)
    )


def test_accidentals_hold_to_the_bar_line_in_their_own_octave():
    assert [[sound for sound, _ in bar] for bar in bars("=F F f F|F f ^c C|")] == [[65, 65, 78, 65], [66, 78, 73, 60]]


def test_tuplets_ties_chords_graces_and_rests():
    (bar,) = bars("(3ABc {g}[Gd]2 A-A z2|")
    third = TICKS // 3
    assert bar == ((69, third), (71, third), (72, third), (74, TICKS), (69, E), (69 + TIED, E), (SILENT, TICKS))


def test_a_tie_to_another_pitch_is_a_slur():
    assert bars("A-B2|")[0] == ((69, E), (71, TICKS))


def test_sections_end_at_repeats_double_bars_second_endings_and_new_keys():
    sections = from_abc(HEAD + "|:A8|B8|1 c8:|2 d8|]\nK:D\ne8||f8|]")
    assert [(section.key, [bar[0][0] for bar in section.bars]) for section in sections] == [
        ("G major", [69, 71, 72]),
        ("G major", [74]),
        ("D major", [76]),
        ("D major", [78]),
    ]


def test_fields_within_a_line_are_fields():
    sections = from_abc(HEAD + "A8|[M:2/4][K:Em]B4|")
    assert [(section.metre, section.key) for section in sections] == [((4, 4), "G major"), ((2, 4), "E minor")]


@pytest.mark.parametrize(
    ("field", "key"),
    [("Edor", "E dorian"), ("Bbm", "Bb minor"), ("F#mix", "F# mixolydian"), ("HP", "A mixolydian"), ("none", "")],
)
def test_modes_are_named_as_scales_are(field, key):
    assert from_abc(f"X:1\nM:4/4\nL:1/8\nK:{field}\nA8|")[0].key == key


def test_what_is_no_abc_is_refused_with_one_error():
    with pytest.raises(TuneError, match="unit note length '1/none'"):
        from_abc("X:1\nM:4/4\nK:G\nL:1/none\nA8|")


def test_a_tune_of_evomusic_io_becomes_bars_with_its_upbeat_and_notes_tied_over():
    half = Fraction(1, 2)
    notes = (TuneNote(67, Fraction(0), half), TuneNote(69, half, 3 * half), TuneNote(71, Fraction(3), 2 * half))
    notes += (TuneNote(72, Fraction(4), Fraction(1, 7)),)
    tune = Tune(
        notes=notes,
        bars=(half, 5 * half, 9 * half),
        meters=(Meter(Fraction(0), 2, 4),),
        key="G major",
    )
    assert from_tune(tune) == (
        Section(
            (2, 4),
            "G major",
            (
                ((67, E),),
                ((69, 3 * E), (SILENT, E)),
                ((SILENT, E), (71, 2 * E), (72, ODD), (SILENT, ODD)),
            ),
        ),
    )


def test_a_note_across_a_bar_line_goes_on_in_the_next_bar():
    tune = Tune(
        notes=(TuneNote(67, Fraction(3), Fraction(2)),),
        bars=(Fraction(0), Fraction(4), Fraction(8)),
        key="G major",
    )
    (section,) = from_tune(tune)
    assert section.bars == (((SILENT, 3 * TICKS), (67, TICKS)), ((67 + TIED, TICKS), (SILENT, 3 * TICKS)))


def test_a_folder_is_read_with_its_subfolders_and_says_what_it_refused(tmp_path):
    (tmp_path / "jigs").mkdir()
    (tmp_path / "jigs" / "one.abc").write_text(HEAD + "A8|B8|c8|d8|]\n", encoding="utf-8")
    (tmp_path / "bad.mid").write_bytes(b"MThd damaged")
    (tmp_path / "notes.txt").write_text("not a tune", encoding="utf-8")
    sources, refused = read_folder(tmp_path)
    assert [(source.name, len(source.sections[0].bars)) for source in sources] == [("jigs/one.abc Test", 4)]
    assert len(refused) == 1
    assert "bad.mid" in refused[0]
