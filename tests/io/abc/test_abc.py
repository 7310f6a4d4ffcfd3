from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from evomusic.io import TuneError
from evomusic.io.abc.book import read_abc, split_book
from evomusic.io.choice import Choice
from tests.io.samples import JIG, refused, tune_or_error


def body(music: str, fields: str = "M:4/4\nL:1/4\n", key: str = "C") -> bytes:
    return f"X:1\nT:A Tune\n{fields}K:{key}\n{music}\n".encode()


def pitches(music: str, fields: str = "M:4/4\nL:1/4\n", key: str = "C") -> list[int]:
    return [note.pitch for note in read_abc(body(music, fields, key)).notes]


def lengths(music: str, fields: str = "M:4/4\nL:1/4\n") -> list[Fraction]:
    return [note.duration for note in read_abc(body(music, fields)).notes]


def test_a_tune_is_read_with_its_fields_and_bars() -> None:
    tune = read_abc(JIG.encode())
    assert (tune.title, tune.key, tune.meters[0].name, tune.tempo) == ("The Lone Jig", "E minor", "6/8", 150)
    assert (tune.pickup, tune.bars) == (Fraction(1, 2), (0.5, 3.5, 6.5, 9.5, 12))
    assert [n.pitch for n in tune.notes[:4]] == [71, 64, 66, 67]
    assert tune.notes[-1] == (64, 9.5, 2.5)


def test_octaves_and_accidentals_are_read() -> None:
    assert pitches("C, C c c' ^C _D =C ^^C __D") == [48, 60, 72, 84, 61, 61, 60, 62, 60]


def test_the_key_raises_and_lowers_notes() -> None:
    assert pitches("F C f B", key="D") == [66, 61, 78, 71]
    assert pitches("B E A =B", key="Eb") == [70, 63, 68, 71]


@pytest.mark.parametrize(
    ("field", "key", "f"),
    [
        ("G", "G major", 66),
        ("Em", "E minor", 66),
        ("A minor", "A minor", 65),
        ("EDor", "E dorian", 66),
        ("E-dorian", "E dorian", 66),
        ("E - Dor", "E dorian", 66),
        ("B\u266d", "Bb major", 65),
        ("F\u266fm", "F# minor", 66),
        ("C octave=-1", "C major", 53),
        ("C treble-8", "C major", 53),
        ("C clef=treble+8", "C major", 77),
        ("C clef=bass,,-8 transpose=1", "Db major", 66),
        ("C transpose=-2", "Bb major", 63),
        ("none transpose=-2", None, 63),
        ("Gmix clef=treble", "G mixolydian", 65),
        ("D mix =f", "D mixolydian", 65),
        ("GM", "G minor", 65),
        ("Hp", "A mixolydian", 66),
        ("C exp ^f", "C major", 66),
        ("G % sharp", "G major", 66),
        ("none", None, 65),
        ("", None, 65),
    ],
)
def test_keys_are_read_in_all_spellings(field: str, key: str | None, f: int) -> None:
    tune = read_abc(body("F", key=field))
    assert (tune.key, tune.notes[0].pitch) == (key, f)


def test_an_accidental_holds_to_the_bar_line_in_its_octave() -> None:
    assert pitches("^F F f | F") == [66, 66, 77, 65]


def test_an_accidental_holds_in_every_octave_where_the_file_is_abc_2() -> None:
    assert [n.pitch for n in read_abc(b"%abc-2.1\n" + body("^F f | F")).notes] == [66, 78, 65]


def test_an_accidental_holds_for_one_note_where_the_file_asks_for_it() -> None:
    assert pitches("^F F", fields="%%propagate-accidentals not\n") == [66, 65]


def test_a_tie_joins_notes_and_takes_the_accidental_over_the_bar_line() -> None:
    tune = read_abc(body("C2 ^F2-|F2 F2"))
    assert tune.notes == ((60, 0, 2), (66, 2, 4), (65, 6, 2))


def test_lengths_are_multiples_and_fractions_of_the_unit() -> None:
    half = Fraction(1, 2)
    assert lengths("C C2 C/ C/2 C// C3/2 C3/4") == [1, 2, half, half, half / 2, 3 * half, Fraction(3, 4)]


def test_the_unit_follows_from_the_metre_where_it_is_not_said() -> None:
    assert [lengths("C", f"M:{metre}\n")[0] for metre in ("4/4", "6/8", "2/4", "none")] == [0.5, 0.5, 0.25, 0.5]


@pytest.mark.parametrize(
    ("music", "expected"),
    [("A>B", [1.5, 0.5]), ("A<B", [0.5, 1.5]), ("A>>B", [1.75, 0.25]), ("(A>.B)", [1.5, 0.5]), ('A>"Am"B', [1.5, 0.5])],
)
def test_broken_rhythm_shifts_length_between_two_notes(music: str, expected: list[float]) -> None:
    assert lengths(music) == expected


@pytest.mark.parametrize(
    ("music", "metre", "expected"),
    [
        ("(3ABC D", "4/4", [Fraction(2, 3)] * 3 + [1]),
        ("(2AB C", "6/8", [1.5, 1.5, 1]),
        ("(5ABCDE F", "4/4", [Fraction(2, 5)] * 5 + [1]),
        ("(5ABCDE F", "9/8", [Fraction(3, 5)] * 5 + [1]),
        ("(3:2:2A2B C", "4/4", [Fraction(4, 3), Fraction(2, 3), 1]),
        ("(3A/B/C/", "4/4", [Fraction(1, 3)] * 3),
    ],
)
def test_tuplets_fill_the_time_they_are_given(music: str, metre: str, expected: list[Fraction]) -> None:
    assert lengths(music, f"M:{metre}\nL:1/4\n") == expected


def test_ornaments_chord_symbols_slurs_and_words_are_left_out() -> None:
    music = '"Am"!trill!A (.B Tc) u~d |[1 e`f y2 +accent+g a:|\\\nw:la la\n%%newpage\nb % the end'
    assert pitches(music) == [69, 71, 72, 74, 76, 77, 79, 81, 83]


def test_grace_notes_are_left_out_and_told() -> None:
    tune = read_abc(body("{gf}A {c}B"))
    assert [n.pitch for n in tune.notes] == [69, 71]
    assert tune.remarks == ("3 grace notes left out",)


def test_rests_take_time() -> None:
    assert [n.onset for n in read_abc(body("A z B|Z2|x A")).notes] == [0, 2, 12]


def test_a_chord_of_one_note_is_a_note() -> None:
    assert read_abc(body("[A2]2")).notes == ((69, 0, 4),)


def test_a_chord_is_read_as_its_top_note_or_refused_with_its_bar() -> None:
    data = body("ABcd|[CEG]2z2|")
    assert read_abc(data).notes[-1] == (67, 4, 2)
    assert read_abc(data, Choice(chords="bottom")).notes[-1] == (60, 4, 2)
    assert read_abc(data).remarks == ("1 chord read as the top note",)
    with pytest.raises(TuneError, match="C4 and E4 sound together in bar 2"):
        read_abc(data, Choice(chords="refuse"))


def test_a_clef_octave_or_transposition_moves_its_voice() -> None:
    data = body(
        "V:1\nCD|\nV:2\nCD|\nV:3\nCD|\n", "L:1/4\nV:1 octave=1\nV:2 transpose=-3 clef=treble-8\n", "C octave=-1"
    )
    found = [[n.pitch for n in read_abc(data, Choice(voice=voice)).notes] for voice in (1, 2, 3)]
    assert found == [[72, 74], [45, 47], [48, 50]]
    assert read_abc(data, Choice(voice=2)).key == "A major"
    assert pitches("C[K:C octave=1]C[K:D]F") == [60, 72, 78]


def test_what_stands_after_an_ampersand_is_a_voice_of_its_own() -> None:
    data = body("AB|c2 & EF & C2|d2 & ^F-|F2 & A|", "M:2/4\nL:1/4\n")
    with pytest.raises(TuneError, match=r"3 parts sound together.*1 = voice 1, 2 = voice 1 &2, 3 = voice 1 &3"):
        read_abc(data)
    assert read_abc(data, Choice(voice=1)).notes[-2:] == ((74, 4, 2), (65, 6, 2))
    assert read_abc(data, Choice(voice=2)).notes == ((64, 2, 1), (65, 3, 1), (66, 4, 1), (69, 6, 1))
    assert read_abc(data, Choice(voice="1 &3")).notes == ((60, 2, 2),)
    assert read_abc(data, Choice(voice=2)).bars == read_abc(data, Choice(voice=1)).bars == (0, 2, 4, 6, 8)


def test_a_voice_is_chosen_by_the_name_that_its_field_gives() -> None:
    data = body("V:T1\nAB|\nV:B\nA,2|\n", 'L:1/4\nV:T1 name="Tenor" clef=treble\n')
    with pytest.raises(TuneError, match="1 = voice T1 'Tenor', 2 = voice B"):
        read_abc(data)
    for voice in ("T1", "tenor", 1, "voice T1"):
        assert [n.pitch for n in read_abc(data, Choice(voice=voice)).notes] == [69, 71]


def test_old_chords_between_plus_signs_are_chords_and_old_decorations_none() -> None:
    assert read_abc(body("AB+GB+2|+ff+A +trill+B+^c,e'+|")).notes[2:] == (
        (71, 2, 2),
        (69, 4, 1),
        (71, 5, 1),
        (88, 6, 1),
    )


def test_an_ending_may_be_a_text() -> None:
    assert pitches('|:AB|["1, 3" c2:|["last" d2|]') == [69, 71, 72, 74]


def test_ties_of_chords_and_within_them_hold_each_note_that_is_in_both() -> None:
    assert read_abc(body("A[EG]2-|[EG]2B|")).notes == ((69, 0, 1), (67, 1, 4), (71, 5, 1))
    assert read_abc(body("A[EG-]2|[EG]2B|")).notes == ((69, 0, 1), (67, 1, 4), (71, 5, 1))
    assert read_abc(body("AB[EG]-|E2B|"), Choice(chords="bottom")).notes == (
        (69, 0, 1),
        (71, 1, 1),
        (64, 2, 3),
        (71, 5, 1),
    )


def test_slips_of_the_pen_are_passed_over_with_a_remark() -> None:
    tune = read_abc(body("A ,B c]d|2e f}1 g=20\na=3DB|=\n^3^F"))
    assert [n.pitch for n in tune.notes] == [69, 71, 72, 74, 76, 77, 79, 81, 71, 66]
    assert tune.remarks == ("6 stray characters passed over: ',B c]d|2' in line 6",)
    with pytest.raises(TuneError, match="line 6 of the tune, at '}A'"):
        read_abc(body("}A" * 9))


def test_two_voices_are_refused_and_one_can_be_chosen() -> None:
    data = body("V:1\nABcd|\nV:2\nA,4|\n[V:1]efga|")
    with pytest.raises(TuneError, match=r"2 parts sound together.*1 = voice 1, 2 = voice 2"):
        read_abc(data)
    assert [n.pitch for n in read_abc(data, Choice(part=1)).notes] == [69, 71, 72, 74, 76, 77, 79, 81]


def test_fields_change_within_a_tune() -> None:
    tune = read_abc(body("CDEF|[M:3/4][L:1/8][K:D]F2A2d2|"))
    assert [m.name for m in tune.meters] == ["4/4", "3/4"]
    assert tune.notes[-3:] == ((66, 4, 1), (69, 5, 1), (74, 6, 1))
    assert tune.bars == (0, 4, 7)


def test_a_repeat_within_a_bar_leaves_the_bar_whole() -> None:
    assert read_abc(body("A|ABcd|efg:|\n|:a|bagf|efg|")).bars == (1, 5, 9, 13, 16)


@pytest.mark.parametrize(
    ("field", "tempo"), [("1/4=120", 120), ('3/8=60 "Jig"', 90), ("1/4 1/8=100", 150), ("100", 50), ("Allegro", None)]
)
def test_tempo_is_told_in_quarters(field: str, tempo: float | None) -> None:
    assert read_abc(body("A", f"L:1/8\nQ:{field}\n")).tempo == tempo


def test_a_tune_of_a_book_is_chosen_by_its_title() -> None:
    book = JIG.encode() + b"\n" + JIG.replace("X:7", "X:9").replace("Lone", "Other").encode()
    assert read_abc(book, Choice(tune="the other jig")).title == "The Other Jig"
    assert read_abc(book, Choice(tune="other")).title == "The Other Jig"
    with pytest.raises(TuneError, match="has 2 tunes 'jig', expected one of"):
        read_abc(book, Choice(tune="jig"))
    with pytest.raises(TuneError, match="did you mean 'The Other Jig'"):
        read_abc(book, Choice(tune="The Othr Jig"))


def test_tunes_of_one_number_are_counted_in_order() -> None:
    book = JIG.encode() + b"\n" + JIG.replace("Lone", "Other").encode()
    with pytest.raises(TuneError, match="holds 2 tunes, expected one; choose with tune=1 to 2"):
        read_abc(book)
    assert read_abc(book, Choice(tune=2)).title == "The Other Jig"


def test_a_tune_ends_at_an_empty_line() -> None:
    assert pitches("AB\n\nSome words about it.") == [69, 71]


def test_a_book_asks_for_a_number() -> None:
    book = JIG.encode() + b"\n" + JIG.replace("X:7", "X:9").replace("Lone", "Other").encode()
    assert [number for number, _ in split_book(book)] == [7, 9]
    with pytest.raises(
        TuneError, match=r"holds 2 tunes, expected one; choose with tune=7 to 9 \(7 = 'The Lone Jig', 9 = 'The"
    ):
        read_abc(book)
    assert read_abc(book, Choice(tune=9)).title == "The Other Jig"
    with pytest.raises(TuneError, match="has no tune '8', expected one of 7 = 'The Lone Jig', 9 = 'The Other Jig'"):
        read_abc(book, Choice(tune=8))


def test_fields_before_the_first_tune_hold_for_all() -> None:
    assert read_abc(b"% A book\nM:3/4\nL:1/4\nX:1\nK:C\nABc|\n").bars == (0, 3)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"Dear reader, this is a letter.", "is no ABC"),
        (bytes(range(256)), "is no ABC"),
        (body("z4|z4|"), "holds no note"),
        (body("AB§d|"), "line 6 of the tune, at '§d|'"),
        (body("AB & cd|"), "2 parts sound together, expected one; choose with part=1 to 2"),
        (body("A", key="D-foo"), "mode 'foo'"),
        (body("A", key="B\u266d\u266d"), "mode 'b'"),
        (body("A", key="D-"), "has the key 'D-'"),
        (body("A", key="C octave=99"), "pitches moved by 1188 semitones"),
        (body('A"Am|'), "cannot be read"),
        (body("A/0"), "no division by 0"),
        (body("(1A"), "expected 2 to 9 notes"),
        (body("C,,,,,,"), "MIDI pitch"),
        (body("A", "M:4/0\n"), "metre '4/0'"),
        (body("A", "M:0/4\n"), "metre '0/4'"),
        (body("A", "L:0\n"), "unit note length '0'"),
        (body("A", "Q:1/4=0\n"), "tempo is 0"),
        (body("A", key="X"), "has the key 'X'"),
        (body("A", key="Gxyz"), "mode 'xyz'"),
        (body("A9999", "L:1/1\n"), "quarter notes"),
        (body("[]"), "cannot be read"),
        (body("ABcd efga|" * 5_000), "characters"),
        (body("a" * 12_000), "holds 12000 notes"),
        (body("Z99" * 10_000), "notes, rests and bar lines"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_cannot_be_read_is_refused_within_a_second(data: bytes, message: str) -> None:
    refused(read_abc, data, message)


def test_any_damaged_byte_gives_a_tune_or_one_error() -> None:
    music = b'{g}A>G [M:6/8]G(3EGE|"Am"B2-B !trill!e3:|[1 Z|^c-c/2z[G]e,\'/ [L:1/16]x4 y3|]'
    data, rng = JIG.encode() + music, np.random.default_rng(0)
    places = rng.integers(0, len(data), 1000)
    cases = [data[:i] + bytes([b]) + data[i + 1 :] for i, b in zip(places, rng.integers(0, 256, 1000), strict=True)]
    read = [tune_or_error(read_abc, case) for case in [*cases, *(data[:i] for i in range(len(data)))]]
    assert any(read)
    assert not all(read)


def test_music21_hears_the_same() -> None:
    music21 = pytest.importorskip("music21")
    # Without an accidental that would last, and a staccato within a broken rhythm: music21 10 reads both otherwise.
    text = body("(3ABc d>e f<g|a2- a/b/ c'4|^f2 z e/d/ c|B,3 A,|", "M:4/4\nL:1/8\n", "Bb")
    score = music21.converter.parseData(text.decode(), format="abc")
    heard = [(n.pitch.midi, n.offset, n.quarterLength) for n in score.flatten().stripTies().notes]
    assert heard == [(n.pitch, n.onset, n.duration) for n in read_abc(text).notes]


def test_a_clef_in_the_key_field_is_no_accidental() -> None:
    assert [n.pitch for n in read_abc(b"X:1\nL:1/4\nK:Dm clef=bass ^f\nBF|\n").notes] == [70, 66]


def test_the_tempo_is_that_of_the_tune_not_of_its_book() -> None:
    book = b"Q:1/4=100\n" + body("CDEF|", "M:4/4\nL:1/4\nQ:1/4=60\n")
    assert [read_abc(text).tempo for text in (book, b"Q:1/4=100\n" + body("CDEF|"))] == [60, 100]
    assert read_abc(book).remarks == ()


def test_a_tempo_in_words_does_not_hide_one_in_numbers() -> None:
    assert read_abc(body("CDEF|", 'M:4/4\nL:1/4\nQ:1/4=60\nQ:"Allegro"\n')).tempo == 60


def test_tempi_and_keys_that_follow_the_first_are_told() -> None:
    tune = read_abc(body("CDEF|[Q:1/4=60][K:D]CDEF|[Q:1/4=90][K:C]C4|[Q:1/4=60]C4|", "L:1/4\nM:4/4\nQ:1/4=90\n"))
    assert (tune.tempo, tune.key) == (90, "C major")
    assert tune.remarks == ("1 other tempo passed over", "1 other key passed over")


def test_notes_without_length_are_told() -> None:
    tune = read_abc(body("C0 D E F G|"))
    assert ([note.pitch for note in tune.notes], tune.remarks) == ([62, 64, 65, 67], ("1 empty note left out",))
