"""`evomusic write`: tunes with a key, a metre, a form and chords of choice."""

from __future__ import annotations

import json

import numpy as np
import pytest

import evomusic as em
from evomusic.cli import run
from evomusic.core.ties import tied


def told(capsys) -> list[str]:
    return capsys.readouterr().err.strip().splitlines()


def write(*words) -> int:
    return run(["write", *map(str, words)])


def test_tunes_have_the_form_the_metre_and_the_files(tmp_path, capsys):
    out = tmp_path / "jigs"
    sized = ("--metre", "6/8", "--bars", 4, "--key", "D major", "--tempo", 100)
    assert write(*sized, "--form", "ABA'B", "-n", 2, "-o", out, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [entry["files"] for entry in found] == [
        [(out / f"tune-{i}{suffix}").as_posix() for suffix in (".mid", ".musicxml")] for i in (1, 2)
    ]
    for entry in found:
        bars = entry["melody"].split(" | ")
        assert len(bars) == 4
        assert bars[1] == bars[3]
        assert bars[0].split()[:6] == bars[2].split()[:6]
        melody = em.read(entry["files"][1])
        assert melody.grid.time_signature == (6, 8)
        assert melody.grid.tempo == 100
        task = em.make("tune", bars=4, key="D major", grid={"beats": 2, "steps_per_beat": 6, "tempo": 100})
        assert task.evaluate(em.Melody.parse(entry["melody"], task.grid).tokens[None])[0] == entry["return"]
    assert found[0]["melody"] != found[1]["melody"]


def test_the_same_seed_writes_the_same_tunes_and_chords_count(tmp_path, capsys):
    written = []
    for chords in ("", "", "G | Am"):
        assert write("--bars", 2, "-n", 1, "--seed", 5, "--chords", chords, "-o", tmp_path, "--json") == 0
        written.append(json.loads(capsys.readouterr().out)[0])
    assert written[0] == written[1]
    assert written[2]["return"] != written[0]["return"]


def test_people_read_bars_and_the_first_file(tmp_path, capsys):
    assert write("--bars", 2, "-n", 1, "--format", ".txt", "-o", tmp_path) == 0
    account, first, *bars = capsys.readouterr().out.splitlines()
    assert account == "songs as the tunes of 'ryan' are"
    assert first.startswith(f"{(tmp_path / 'tune-1.txt').as_posix()}: return ")
    assert len(bars) == 2


def test_songs_are_as_real_tunes_are_and_rules_are_by_the_soft_optimum(tmp_path, capsys):
    lines = []
    for words in (("--bars", 8), ("--metre", "7/8"), ("--bars", 16, "--form", "AABA"), ("--temperature", 2)):
        assert write("--bars", 4, *words, "-n", 1, "-o", tmp_path) == 0
        lines.append(capsys.readouterr().out.splitlines()[0])
    assert lines[0] == "songs as the tunes of 'ryan' are"
    assert lines[1].startswith("drawn from the soft optimum of the rules and the style (no songs: tunes 'ryan' have 0")
    assert lines[2] == "songs as the tunes of 'ryan' are, in the form AABA"
    assert lines[3] == "drawn from the soft optimum of the rules and the style"


@pytest.mark.parametrize(
    ("words", "tunes"), [(("--metre", "3/4"), "airs"), (("--key", "E dorian", "--metre", "6/8"), "airs-dorian")]
)
def test_where_a_collection_has_few_windows_another_of_the_mode_is_taken(tmp_path, capsys, words, tunes):
    assert write("--bars", 8, *words, "-n", 1, "-o", tmp_path) == 0
    assert capsys.readouterr().out.startswith(f"songs as the tunes of '{tunes}' are")


def test_sixteen_bars_are_as_tunes_of_two_parts_are(tmp_path, capsys):
    assert write("--bars", 16, "-n", 1, "-o", tmp_path) == 0
    assert capsys.readouterr().out.startswith("songs as the tunes of 'ryan' are")  # no section of which is as long


WALTZ = "X:1\nT:Start\nM:3/4\nL:1/4\nK:D\nA|d2A|F2A|d2f|a3|\n"


@pytest.mark.parametrize(
    ("words", "account", "bars"),
    [
        (("--bars", 8), "songs as the tunes of 'airs' are, after the 4 bars of", [0, 1, 2, 3, 4]),
        (("--bars", 6, "--by", "rules"), "drawn from the soft optimum", [0, 1, 2, 3, 4]),
        (
            ("--bars", 4, "--keep", "1,4"),
            "drawn from the soft optimum of the rules and the style, with bars 1,4",
            [1, 4],
        ),
        (("--bars", 8, "--keep", "1-2,7-8", "--form", "AA"), "drawn from", [1, 2]),
    ],
    ids=["song", "rules", "bars", "form"],
)
def test_a_tune_is_gone_on_from_and_bars_of_it_are_kept(tmp_path, capsys, words, account, bars):
    start = tmp_path / "start.abc"
    start.write_text(WALTZ)
    if "--form" in words:
        start.write_text(WALTZ + "d2A|F2A|d2A|F2A|\n")
    assert write("--from", start, *words, "-n", 2, "--format", ".abc", "-o", tmp_path / "out") == 0
    assert capsys.readouterr().out.startswith(account)
    own = em.read(start).text.split(" | ")
    melodies = [em.read(tmp_path / "out" / f"tune-{i}.abc") for i in (1, 2)]
    for melody in melodies:
        assert melody.grid.time_signature == (3, 4)
        assert melody.grid.pickup == 4
        assert [melody.text.split(" | ")[i] for i in bars] == [own[i] for i in bars]
    assert melodies[0].text != melodies[1].text


def test_title_composer_and_tempo_of_a_tune_go_on_with_it(tmp_path, capsys):
    start = tmp_path / "start.abc"
    start.write_text(WALTZ.replace("M:", "C:A. Player\nQ:1/4=90\nM:", 1))
    assert write("--from", start, "--bars", 6, "-n", 1, "--format", ".abc", "-o", tmp_path) == 0
    assert run(["evolve", "--from", str(start), "--steps", "5e3", "-o", str(tmp_path / "near.abc")]) == 0
    for file, title in (("tune-1", "Start: tune 1 in D major"), ("near", "Start: variation by ga, seed 0")):
        melody = em.read(tmp_path / f"{file}.abc")
        assert (melody.title, melody.composer, melody.grid.tempo) == (title, "A. Player", 90)
        assert (melody.grid.key, melody.grid.time_signature, melody.grid.pickup_beats) == ("D major", (3, 4), 1)


@pytest.mark.parametrize("keep", ["rhythm", "pitches"])
def test_the_rhythm_or_the_pitches_of_a_tune_are_kept(tmp_path, capsys, keep):
    start = tmp_path / "start.abc"
    start.write_text(WALTZ)
    assert write("--from", start, "--bars", 4, "--keep", keep, "-n", 1, "--format", ".abc", "-o", tmp_path) == 0
    here, there = em.read(tmp_path / "tune-1.abc"), em.read(start)
    assert [note.onset for note in here.notes] == [note.onset for note in there.notes]
    same = [a.pitch == b.pitch for a, b in zip(here.notes, there.notes, strict=True)]
    assert all(same) == (keep == "pitches")


def test_no_more_bars_are_written_than_the_rhythm_that_is_kept_has(tmp_path, capsys):
    start = tmp_path / "start.abc"
    start.write_text(WALTZ)
    assert write("--from", start, "--keep", "rhythm", "-n", 1, "--format", ".abc", "-o", tmp_path) == 0
    assert em.read(tmp_path / "tune-1.abc").grid.bars == em.read(start).grid.bars


@pytest.mark.parametrize(
    ("music", "line"),
    [
        ("M:none\nL:1/4\nK:D\nD E F G A B c d3 A F D4\n", "the file has no metre: it is taken to be in 4/4"),
        ("M:4/4\nL:1/4\nK:D\nDEFG|[M:3/4]ABc|[M:4/4]d3A|F2D2|\n", "the metre changes from 4/4 to 3/4 in bar 2"),
        ("M:4/4\nL:1/4\nK:D\nDEFG|ABcdAF|D4|\n", "bar 2 is longer than 4/4 and cut into bars of it"),
    ],
    ids=["no metre", "change", "long bar"],
)
def test_all_notes_of_an_irregular_tune_are_gone_on_from(tmp_path, capsys, music, line):
    start = tmp_path / "start.abc"
    start.write_text(f"X:1\n{music}")
    assert write("--from", start, "--bars", 6, "-n", 1, "--format", ".abc", "-o", tmp_path) == 0
    assert line in capsys.readouterr().out
    own = [(note.pitch, note.onset) for note in em.read(start).notes]
    assert [(note.pitch, note.onset) for note in em.read(tmp_path / "tune-1.abc").notes][: len(own)] == own


def test_what_is_to_be_kept_is_of_a_tune(tmp_path, capsys):
    assert write("--keep", "rhythm", "-o", tmp_path / "out") == 2
    assert told(capsys) == ["evomusic: --keep rhythm is of a tune, expected --from FILE with it"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--bars", 4), "the tune has 4 bars, expected fewer than --bars, which is 4, to go on from"),
        (("--keep", "1-9"), "--keep is '1-9', expected opening, rhythm, pitches, or bars 1 to 8 such as 1-2,5"),
        (("--keep", "rythm"), "--keep is 'rythm', expected opening, rhythm, pitches, or bars"),
        (("--keep", "rhythm", "--by", "song"), "songs have no --keep but of an opening; --by rules has"),
        (("--form", "AABA", "--by", "song"), "songs have no --form after an opening"),
    ],
)
def test_what_cannot_be_kept_is_one_line(tmp_path, capsys, words, message):
    start = tmp_path / "start.abc"
    start.write_text(WALTZ)
    assert write("--from", start, *words, "-o", tmp_path / "out") == 2
    (line,) = told(capsys)
    assert message in line
    assert not (tmp_path / "out").exists()


def test_a_tune_that_cannot_be_read_is_a_bad_input(tmp_path, capsys):
    (tmp_path / "bad.mid").write_bytes(b"nothing")
    assert write("--from", tmp_path / "bad.mid", "-o", tmp_path / "out") == 4
    assert len(told(capsys)) == 1


def test_songs_on_chords_fit_them_more_often(tmp_path, capsys):
    fits = []
    for words in ((), ("--chords", "G | C | D7 | G")):
        assert write("--bars", 4, *words, "--by", "song", "-n", 12, "-o", tmp_path, "--json") == 0
        melodies = [entry["melody"] for entry in json.loads(capsys.readouterr().out)]
        task = em.make("tune", grid={"chords": ["G", "C", "D7", "G"]})
        rows = np.array([em.Melody.parse(text, task.grid).tokens for text in melodies])
        fits.append(task.parts(rows)[:, task.part_names.index("ChordTones")].mean())
    assert fits[1] > fits[0] / 2  # both are losses
    assert em.read(tmp_path / "tune-1.musicxml").notes[-1].pitch % 12 == 7
    assert write("--bars", 4, "--chords", "G | C | D7 | G", "--temperature", 2, "--by", "song", "-o", tmp_path) == 0
    assert capsys.readouterr().out.startswith(
        "songs as the tunes of 'ryan' are, drawn by theory and to their chords by"
    )


@pytest.mark.parametrize("form", ["", "ABA'B", "AA+1BA", "ABCC"])
def test_songs_close_on_a_long_tonic_and_have_the_form(tmp_path, capsys, form):
    assert write("--bars", 8, "--form", form, "-n", 6, "--by", "song", "-o", tmp_path, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    grid = em.make("tune", bars=8).grid
    table = tied(form, grid) if form else None
    for entry in found:
        melody = em.Melody.parse(entry["melody"], grid)
        last = melody.notes[-1]
        assert last.pitch % 12 == 7
        assert last.duration >= 1
        assert last.onset >= 28  # beats, of 32
        if table:
            assert (melody.tokens == table.copy[range(grid.steps), melody.tokens[table.root]]).mean() > 0.97
        assert em.read(entry["files"][1]).grid.chords == ()
    assert len({entry["melody"] for entry in found}) == 6


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--chords", "G C D Em G | D"), "grid chords has 'G C D Em G' in one bar, expected at most 4, one a beat"),
        (("--chords", "G | | D"), "--chords has none in bar 2, expected one or more"),
        (("--metre", "7/9"), "--metre is '7/9', expected one of 4/4"),
        (("--pickup", "4"), "pickup in beats is 4.0, expected a number from 0 below 4"),
        (("--pickup", "0.3"), "pickup is 0.3 beats, which is 1.2 steps; expected whole steps"),
        (("--chords", "G | Hx"), "Hx"),
        (("--form", "aab"), "form is 'aab', expected sections such as 'AABA'"),
        (("--form", "AABA", "--bars", 6), "form is 'AABA', 4 sections: 6 bars do not divide into so many"),
        (("-n", 0), "-n is 0, expected 1 to 1,000"),
        (("--format", ".mp3"), "--format is '.mp3', expected one of .mid"),
        (("--temperature", 0), "temperature is 0.0"),
        (("--key", "H major"), "H"),
        (("--style", "bach"), "bach"),
        (("--seed", -1), "--seed is -1"),
        (("--by", "songs"), "--by is 'songs', expected one of auto, song, rules; did you mean 'song'?"),
        (("--by", "song", "--chords", "G", "--form", "AA"), "songs have no --chords with --form or --from; --by rules"),
        (("--by", "song", "--temperature", 0), "temperature is 0"),
        (("--by", "song", "--metre", "7/8"), "tunes 'ryan' have 0 windows of 2 bars of 7/8 in G major"),
    ],
)
def test_wrong_input_is_one_line(tmp_path, capsys, words, message):
    assert write("--bars", 2, "-o", tmp_path, *words) == 2
    (line,) = told(capsys)
    assert message in line
    assert list(tmp_path.iterdir()) == []
