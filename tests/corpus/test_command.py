"""The command line: a folder of tunes in, a style out, and the right exit code."""

import pytest

from evomusic import cli
from evomusic.corpus import COLLECTIONS, command, shipped
from evomusic.corpus.command import BAD_INPUT, FAILED, NO_OUTPUT, OK, USAGE, main
from evomusic.rules.style import PitchStyle
from evomusic.rules.style_file import DATA, load_style

REEL = "X:1\nT:Reel\nM:4/4\nL:1/4\nK:D\nDEFG|AGFE|DFAF|GEDD|]\n"
JIG = "X:1\nT:Jig\nM:6/8\nL:1/8\nK:G\nGAB cde|dBG GAB|cBA AGF|G3 G3|]\n"
MINOR = "X:1\nT:Air\nM:4/4\nL:1/4\nK:Em\nEFGA|BAGF|EGBG|AFEE|]\n"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "my tunes"
    folder.mkdir()
    for name, text in (("reel", REEL), ("jig", JIG), ("air", MINOR)):
        (folder / f"{name}.abc").write_text(text, encoding="utf-8")
    (folder / "broken.mid").write_bytes(b"MThd\0\0\0\6 broken")
    return folder


def test_a_style_is_trained_and_says_which_files_were_used(folder, tmp_path, capsys):
    out = tmp_path / "mine.json"
    assert main(["--from", str(folder), "-o", str(out)]) == OK
    said = capsys.readouterr()
    assert "style 'mine' from 2 of 3 tunes" in said.out
    assert "1 in 4x4, 1 in 2x6" in said.out
    assert "reel.abc Reel: used, 1 excerpt" in said.err
    assert "air.abc Air: not used: it is in E minor, not major" in said.err
    assert "refused" in said.err
    assert "broken.mid" in said.err
    model = load_style(str(out))
    assert (model.name, set(model.rhythms)) == ("mine", {(4, 4), (4, 2), (2, 4), (2, 6), (2, 3)})
    assert PitchStyle(style=str(out)).style == str(out)
    assert str(tmp_path) not in out.read_text(encoding="utf-8")


def test_mode_metre_and_name_are_the_users(folder, tmp_path):
    assert main(["--from", str(folder), "-o", str(tmp_path / "air.json"), "--mode", "minor", "--name", "airs"]) == OK
    model = load_style(str(tmp_path / "air.json"))
    assert (model.name, model.mode, model.provenance["tunes used"]) == ("airs", "minor", 1)
    assert main(["--from", str(folder), "-o", str(tmp_path / "jig.json"), "--metre", "2x6"]) == OK
    assert load_style(str(tmp_path / "jig.json")).provenance["tunes used"] == 1


def test_a_shipped_style_is_made_again_by_its_name_in_a_file_of_ones_own(tmp_path, capsys):
    assert main(["--name", "ryan-minor", "-o", str(tmp_path / "a.json")]) == OK
    assert "style 'ryan-minor' from 39 of 816 tunes" in capsys.readouterr().out
    assert (tmp_path / "a.json").read_bytes() == (DATA / "ryan-minor.json").read_bytes()
    assert main(["--name", "ryan-miner", "-o", str(tmp_path / "b.json")]) == USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert "'ryan', 'ryan-minor', 'ryan-dorian', 'airs', 'airs-minor', " in line
    assert line.endswith("did you mean 'ryan-minor'?")
    assert not (tmp_path / "b.json").exists()


def test_the_check_says_which_style_differs(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "DATA", tmp_path)
    few = {name: COLLECTIONS[name] for name in ("ryan-minor", "ryan-dorian")}
    monkeypatch.setattr(shipped, "COLLECTIONS", few)
    (tmp_path / "ryan-dorian.json").write_bytes((DATA / "ryan-dorian.json").read_bytes())
    assert main(["--check"]) == FAILED
    said = capsys.readouterr()
    assert said.out == "ryan-dorian.json: as made anew, byte for byte\n"
    assert said.err.startswith("ryan-minor.json: differs from one made anew")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--from", "{tmp}/gone", "-o", "{tmp}/a.json"], BAD_INPUT, "gone does not exist, expected a folder"),
        (["--from", "{tmp}/words.md", "-o", "{tmp}/a.json"], BAD_INPUT, "does not exist, expected a folder or a file"),
        (["--from", "{tmp}/my tunes", "-o", "{tmp}/a.json", "--mode", "dorian"], BAD_INPUT, "no dorian excerpt"),
        (["--from", "{tmp}/my tunes", "-o", "{tmp}/gone/a.json"], NO_OUTPUT, "a.json was not written: No such file"),
    ],
    ids=["no folder", "a file", "nothing fits", "no place"],
)
def test_what_cannot_be_done_is_one_line_and_an_exit_code(folder, tmp_path, capsys, arguments, code, said):
    assert main([argument.format(tmp=tmp_path) for argument in arguments]) == code
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert said in last
    assert not list(tmp_path.glob("*.json*"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "x"], "--from needs -o FILE"),
        (["--from", "x", "-o", "style.txt"], "a name that ends in .json"),
        (["--from", "x", "-o", "a.json", "--check"], "without --check"),
        (["--metre", "4/4"], "'4/4' is no metre, expected beats and steps a beat: 4x4"),
        (["--mode", "jolly"], "invalid choice: 'jolly'"),
    ],
    ids=lambda part: "" if isinstance(part, str) else " ".join(part),
)
def test_wrong_usage_ends_with_two(capsys, arguments, said):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == USAGE
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[" * 100_000, "is damaged: it is nested too deep"),
        ('{"format":' * 100_000, "is damaged: it is nested too deep"),
        ('{"format": "evomusic style", "version": ' + "9" * 5_000 + "}", "is damaged: it holds a whole number of 5000"),
        ("\0", "is damaged: "),
    ],
    ids=["brackets", "braces", "digits", "zero byte"],
)
def test_a_damaged_style_is_one_line_of_the_command(tmp_path, capsys, content, message):
    path = tmp_path / "mine.json"
    path.write_text(content, encoding="utf-8")
    assert cli.run(["explain", str(tmp_path / "tune.abc"), "-t", "tune", "-s", f"task.style={path}"]) == 2
    line = capsys.readouterr().err.strip()
    assert message in line
    assert "\n" not in line
    assert "Exceeds the limit" not in line
