from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from evomusic.report.ballots import (
    Answer,
    Ballot,
    consistency,
    read_ballot,
    read_ballots,
    read_key,
    standings,
    wilson,
)
from evomusic.report.blind import FORMAT, write_blind
from tests.plots.studies import references, run_of, varied
from tests.report.test_page import HOSTILE, Page

KEY = {"format": FORMAT, "study": "s", "melodies": {f"m{i}": {"task": "t", "method": m} for i, m in enumerate("xyz")}}


@pytest.fixture(scope="module")
def test_folder(tmp_path_factory) -> Path:
    to = tmp_path_factory.mktemp("a test") / "é & b"
    write_blind(varied(), to)
    return to


def answers(folder: Path, **changes) -> dict:
    key = read_key(folder)
    a, b, *_ = key["melodies"]
    found = {"a": a, "b": b, "choice": "a", "repeat": False}
    return {"format": FORMAT, "study": key["study"], "listener": "Ann", "answers": [found]} | changes


def saved(path: Path, table: object) -> Path:
    path.write_text(json.dumps(table))
    return path


def test_the_page_closes_its_elements_and_loads_nothing(test_folder):
    page = Page((test_folder / "index.html").read_text(encoding="utf-8"))
    assert page.open == []
    assert not [v for _, a in page.elements for k, v in a.items() if k in ("src", "action", "style", "onclick")]
    script = next(text for name, attributes, text in page.raw if name == "script" and not attributes)
    assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|import\(|https?://", script)


def test_the_policy_allows_this_style_and_this_script_alone(test_folder):
    page = Page((test_folder / "index.html").read_text(encoding="utf-8"))
    policy = next(a["content"] for a in page.all("meta") if "http-equiv" in a)
    for name, attributes, text in page.raw:
        if not attributes:
            hashed = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"{name}-src 'sha256-{hashed}'" in policy
    assert policy.startswith("default-src 'none'")


def test_the_page_names_no_method_and_the_key_does(test_folder):
    page = Page((test_folder / "index.html").read_text(encoding="utf-8"))
    held = next(text for _, attributes, text in page.raw if attributes.get("id") == "test")
    key = read_key(test_folder)
    assert {each["method"] for each in key["melodies"].values()} == {"luck", "hill climbing", "q & # é"}
    for word in ("luck", "hill climbing", "q &", "tiny"):
        assert word not in held + "".join(page.said)


def test_the_notes_of_the_page_are_those_of_the_key(test_folder):
    page = Page((test_folder / "index.html").read_text(encoding="utf-8"))
    test = json.loads(next(text for _, attributes, text in page.raw if attributes.get("id") == "test"))
    key = read_key(test_folder)
    melodies = [melody for task in test["tasks"] for melody in task["melodies"]]
    assert [melody["id"] for melody in melodies] == sorted(key["melodies"])
    by_sound = {key["melodies"][melody["id"]]["melody"]: melody["same"] for melody in melodies}
    assert len(set(by_sound.values())) == len(by_sound)  # what sounds differently has another number
    for melody in melodies:
        text = key["melodies"][melody["id"]]["melody"]
        assert len(melody["notes"]) == sum(word not in ("-", ".", "|") for word in text.split())


def test_hostile_names_and_titles_are_text(tmp_path):
    run = run_of({HOSTILE: 9.0, "b": 1.0}, references(title=HOSTILE))
    write_blind(run, tmp_path, title=HOSTILE, real=True)
    page = Page((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert "img" not in {name for name, _ in page.elements}
    assert HOSTILE in "".join(page.said) or "alert(1)" in "".join(page.said)
    assert {each["method"] for each in read_key(tmp_path)["melodies"].values()} == {HOSTILE, "b", "real tune"}


def test_the_same_study_gives_the_same_bytes(tmp_path, test_folder):
    write_blind(varied(), tmp_path)
    assert (tmp_path / "index.html").read_bytes() == (test_folder / "index.html").read_bytes()


def test_one_method_is_no_test(tmp_path):
    with pytest.raises(ValueError, match="no task with two melodies that sound differently"):
        write_blind(run_of({"a": 1.0}), tmp_path)
    assert not list(tmp_path.iterdir())


def test_shares_are_means_over_listeners_without_repeats():
    often = Ballot("often", tuple([Answer("m0", "m1", 1.0, False)] * 3 + [Answer("m1", "m0", 1.0, True)]))
    once = Ballot("once", (Answer("m0", "m1", 0.5, False), Answer("m1", "m2", 0.0, False)))
    found = {row.method: row for row in standings(KEY, [often, once])}
    assert found["x"].share == (1.0 + 0.5) / 2
    assert found["y"].share == (0.0 + 0.25) / 2
    assert found["z"].share == 1.0
    assert [row.comparisons for row in found.values()] == [1, 4, 5]
    assert list(found) == ["z", "x", "y"]


def test_one_listener_has_wilsons_interval_over_answers():
    ballot = Ballot("Ann", tuple([Answer("m0", "m1", 1.0, False)] * 8 + [Answer("m0", "m1", 0.0, False)] * 2))
    row = standings(KEY, [ballot])[0]
    assert (row.low, row.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # 8 of 10: Newcombe (1998)
    assert wilson(0, 10)[0] == 0.0


def test_several_listeners_have_a_bootstrap_interval_over_listeners():
    """Shares of 0 and 1 by turns, four answers each: resampled means are binomial, of 12 listeners."""
    ballots = [Ballot(f"{i}", tuple([Answer("m0", "m1", i % 2, False)] * 4)) for i in range(12)]
    row = standings(KEY, ballots)[0]
    assert row.share == 0.5
    assert (row.low, row.high) == (pytest.approx(0.25), pytest.approx(0.75))  # 2.5 % quantiles of Binomial(12, 1/2)


def test_consistency_compares_repeats_with_the_sides_changed():
    first, same, other = Answer("m0", "m1", 1.0, False), Answer("m1", "m0", 0.0, True), Answer("m1", "m0", 1.0, True)
    assert consistency([Ballot("a", (first, same))])[:2] == (1, 1)
    assert consistency([Ballot("a", (first, same)), Ballot("b", (first, other))])[:2] == (1, 2)
    assert consistency([Ballot("a", (first,))]) is None


def test_answers_of_the_page_are_read(test_folder, tmp_path):
    ballot = read_ballot(saved(tmp_path / "a.json", answers(test_folder)), read_key(test_folder))
    assert ballot.listener == "Ann"
    assert [answer.share for answer in ballot.answers] == [1.0]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"format": "x"}, "expected the answers of a blind test"),
        ({"study": "x"}, "answers test 'x', but the key is that of"),
        ({"listener": " "}, "listener: expected a name"),
        ({"answers": []}, "answers: expected a list of 1 to 10,000"),
        ({"answers": [3]}, "answers.0.it is 3, expected an object"),
        ({"answers": [{"a": "m77", "b": "m0", "choice": "a"}]}, "answers.0.a is 'm77', expected a melody of the key"),
        ({"answers": [{"a": "m0", "b": "m0", "choice": "a"}]}, "answers.0.b is 'm0', as a is"),
        ({"answers": [{"a": "m0", "b": "m1", "choice": "c"}]}, "choice is 'c', expected one of 'a', 'same', 'b'"),
        ({"answers": [{"a": "m0", "b": "m1", "choice": "a", "repeat": 1}]}, "repeat is 1, expected true or false"),
    ],
)
def test_wrong_answers_are_one_line_with_the_file(test_folder, tmp_path, changes, line):
    path = saved(tmp_path / "a.json", answers(test_folder, **changes))
    with pytest.raises(ValueError, match=re.escape(line)) as error:
        read_ballot(path, read_key(test_folder))
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"[1]", b"\xff", b"[" * 100_000, b'{"format": 1}'])
def test_files_that_are_no_answers_are_refused(test_folder, tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="expected"):
        read_ballot(path, read_key(test_folder))


def test_a_listener_counts_once(test_folder, tmp_path):
    files = [saved(tmp_path / name, answers(test_folder)) for name in ("a.json", "b.json")]
    with pytest.raises(ValueError, match="both hold answers of 'Ann'"):
        read_ballots(test_folder, files)
