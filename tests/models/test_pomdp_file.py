"""The `.POMDP` text format: every form of its specification, and errors that say where."""

from __future__ import annotations

import numpy as np
import pytest

from evomusic.models.pomdp import FinitePOMDP

HEAD = """
discount: 0.9
values: reward
states: left middle right
actions: stay go
observations: dark light
"""
EVERY = "T: * identity\nO: * uniform\n"


def parse(text, head=HEAD):
    return FinitePOMDP.parse(head + text)


def test_names_and_numbers_mean_the_same():
    by_name = parse("T: * identity\nT: go : left : middle 1\nT: go : left : left 0\nO: * uniform")
    by_number = parse("T: * identity\nT: 1 : 0 : 1 1.0\nT : 1: 0 :0 0.0\nO: * uniform")
    assert by_name.transitions.tolist() == by_number.transitions.tolist()
    assert by_name.transitions[1, 0].tolist() == [0, 1, 0]


def test_counts_stand_for_names_from_0():
    pomdp = parse(EVERY, "discount: 1\nvalues: reward\nstates: 3\nactions: 2\nobservations:2\n")
    assert pomdp.names("state") == ("0", "1", "2")
    assert (pomdp.states, pomdp.actions, pomdp.observations) == (3, 2, 2)


def test_a_row_and_a_matrix_fill_what_they_name():
    pomdp = parse(
        "T: stay\n.5 .5 0\n0 .5 .5\n0 0 1\nT: go : *\n0.2 0.3 0.5\nO: * : middle 0.25 0.75\nO: * : 0 1 0\nO:*:2 0 1"
    )
    assert pomdp.transitions[0].tolist() == [[0.5, 0.5, 0], [0, 0.5, 0.5], [0, 0, 1]]
    assert pomdp.transitions[1].tolist() == [[0.2, 0.3, 0.5]] * 3
    assert pomdp.emissions[0].tolist() == pomdp.emissions[1].tolist() == [[1, 0], [0.25, 0.75], [0, 1]]


def test_line_ends_and_comments_part_words_only():
    plain = parse("T: stay identity T: go uniform O: * uniform R: go : left : * : * -1")
    spread = parse("T : # a comment: 3\nstay\nidentity\n\nT:go\n uniform O:\n*\nuniform R:go:left:*\n:\n* - 1 # T: x")
    assert plain.to_text() == spread.to_text()


def test_of_two_entries_for_a_cell_the_later_one_holds():
    pomdp = parse(EVERY + "R: * : * : * : * 1\nR: go : left : * : * 2\nR: go : * : * : * 3\nT: go : left\n0 1 0")
    assert pomdp.expected.tolist() == [[1, 1, 1], [3, 3, 3]]
    assert pomdp.transitions[1, 0].tolist() == [0, 1, 0]


def test_reset_goes_back_to_the_start():
    pomdp = parse("start: .25 .5 .25\nT: stay identity\nT: go : * reset\nO: * uniform")
    assert pomdp.transitions[1].tolist() == [[0.25, 0.5, 0.25]] * 3


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("start: 0.5 0.25 0.25", [0.5, 0.25, 0.25]),
        ("start: uniform", [1 / 3] * 3),
        ("", [1 / 3] * 3),
        ("start: middle", [0, 1, 0]),
        ("start: 2", [0, 0, 1]),
        ("start include: left 2", [0.5, 0, 0.5]),
        ("start exclude: left", [0, 0.5, 0.5]),
        ("start exclude : left\nstart: right", [0, 0, 1]),
    ],
)
def test_the_start_is_given_in_each_form(text, start):
    assert parse(f"{text}\n{EVERY}").belief.tolist() == pytest.approx(start, abs=1e-15)


def test_rewards_by_next_state_and_observation_are_expected_by_hand():
    pomdp = parse(
        """
        T: stay identity
        T: go : * 0 0.25 0.75
        O: * : * 0.9 0.1
        O: * : right 0.4 0.6
        R: go : left : middle : dark 10
        R: go : left : right 1 2
        R: stay : right
        0 0
        0 0
        3 5
        R: * : middle : * : light 7
        """
    )
    # go, left: 0.25 x 0.9 x 10 + 0.75 x (0.4 x 1 + 0.6 x 2); middle: light is 0.1, or 0.6 on the right
    assert pomdp.expected[1, 0] == pytest.approx(2.25 + 1.2, abs=1e-15)
    assert pomdp.expected[0, 2] == pytest.approx(0.4 * 3 + 0.6 * 5, abs=1e-15)
    assert pomdp.expected[:, 1].tolist() == pytest.approx([0.7, 7 * (0.25 * 0.1 + 0.75 * 0.6)], abs=1e-15)
    assert pomdp.expected[1, 2] == 0


def test_rewards_keep_only_the_axes_that_they_depend_on():
    assert parse(EVERY + "R: go : left : * : * 1").rewards.shape == (2, 3, 1, 1)
    assert parse(EVERY + "R: go : left : right : * 1").rewards.shape == (2, 3, 3, 1)
    assert parse(EVERY + "R: go : left : * : dark 1").rewards.shape == (2, 3, 1, 2)


def test_costs_are_negative_rewards():
    head = HEAD.replace("reward", "cost")
    assert parse(EVERY + "R: go : left : * : * 2.5e+1", head).expected[1].tolist() == [-25, 0, 0]


def test_decimals_that_were_cut_are_divided_by_their_sum():
    pomdp = parse(
        "start: 0.333333 0.333333 0.333333\nT: * uniform\nT: go : left 0.333333 0.333333 0.333333\nO: * uniform"
    )
    assert pomdp.transitions[1, 0].tolist() == pomdp.belief.tolist() == [1 / 3] * 3


def test_what_is_written_is_read_back_to_the_last_bit():
    rng = np.random.default_rng(3)
    wild = FinitePOMDP(
        transitions=rng.dirichlet(np.ones(4), (3, 4)),
        emissions=rng.dirichlet(np.ones(2), (3, 4)),
        rewards=rng.normal(size=(3, 4, 4, 2)) * 1e-7,
        start=rng.dirichlet(np.ones(4)),
        discount=0.37,
        state_names=["T", "start", "b", "c-1"],
    )
    again = FinitePOMDP.parse(wild.to_text())
    for name in ("transitions", "emissions", "rewards", "start", "discount", "state_names", "action_names"):
        assert np.array_equal(getattr(again, name), getattr(wild, name)), name


def test_a_file_is_read_and_named_in_its_errors(tmp_path):
    path = tmp_path / "small.POMDP"
    path.write_text(HEAD + EVERY)
    assert FinitePOMDP.read(path).discount == 0.9
    path.write_text(HEAD + EVERY + "R: fly : * : * : * 1")
    with pytest.raises(ValueError, match=r"small\.POMDP: line 9: 'fly' came"):
        FinitePOMDP.read(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "T: stay : midle : left 1",
            "line 7: 'midle' came, expected a name of one of 3 states, .*did you mean 'middle'",
        ),
        ("T: * : 3 uniform", "line 7: '3' came, expected a name of one of 3 states"),
        (
            "T: * : left 0.5 0.5\nO: * uniform",
            "line 8: 'O' came, expected probabilities of the next state: 3 in all, number 3",
        ),
        ("T: * : left 0.5 0.5 0 0", "line 7: '0' came, expected no more than 3"),
        ("T: * : left : left high", "line 7: 'high' came, expected a probability"),
        ("T: * identical", "line 7: 'identical' came, expected probabilities"),
        ("O: * identity", "line 7: 'identity' came, expected probabilities of the observation"),
        ("R: stay 1", "line 7: '1' came, expected a colon and a state"),
        ("R: * : * : * : * nan", "line 7: 'nan' came, expected rewards"),
        ("R: * : * : * : *", "line 7: the end of the file came, expected rewards"),
        ("Q: * uniform", "line 7: 'Q' came, expected one of"),
        ("value: cost", "line 7: 'value' came.*did you mean 'values'"),
        ("values: costly", "line 7: 'costly' came, expected reward or cost; did you mean 'cost'"),
        ("discount: 1.5", "line 7: '1.5' came, expected a discount from 0 to 1"),
        ("discount: 0.5", "line 7: 'discount' came, expected one discount"),
        ("values: reward", "line 7: 'values' came, expected values once"),
        ("states: -2", "line 7: '-2' came, expected a number of states from 1 to 100000"),
        ("states: 2.5", "line 7: '2.5' came, expected a number of states"),
        ("states: 99999999999999999999", "line 7: '9+' came, expected a number of states from 1 to 100000"),
        ("states: 90000\nT: * uniform", "line 8: 'T' came, expected a model of at most"),
        ("states: a b a", "line 7: 'a' came, expected names of states, each once"),
        ("T: * uniform\nstates: 2", "line 8: 'states' came, expected states, actions and observations before"),
        ("start: nowhere", "line 7: 'nowhere' came, expected a name of one of 3 states"),
        ("start exclude: 0 1 2", "line 7: '0' came, expected a state or more to start from"),
        ("O: * uniform\nT stay uniform", "line 8: 'T' came, expected one of"),
    ],
)
def test_errors_name_the_line_and_what_was_expected(text, message):
    with pytest.raises(ValueError, match=message):
        parse(text)


@pytest.mark.parametrize("missing", ["discount", "states", "actions", "observations"])
def test_what_was_not_given_is_named(missing):
    head = "".join(line for line in HEAD.splitlines(keepends=True) if not line.startswith(missing))
    with pytest.raises(ValueError, match=f"{missing} and a colon first"):
        parse(EVERY, head)


def test_a_row_that_does_not_sum_to_1_is_named():
    with pytest.raises(ValueError, match=r"action 'go' in state 'left' has .* next states with a sum of 0\.9,"):
        parse(EVERY + "T: go : left 0.4 0.5 0")
    with pytest.raises(ValueError, match=r"action 'stay' in next state 'left' has .* observations with a sum of 0\.0"):
        parse("T: * uniform")


def test_a_byte_order_mark_is_read_over():
    assert FinitePOMDP.parse("\ufeff" + HEAD + EVERY).discount == FinitePOMDP.parse(HEAD + EVERY).discount


def test_a_negative_probability_to_start_is_named():
    with pytest.raises(ValueError, match=r"start holds -0\.5, expected 3 numbers from 0 up"):
        parse("start: 1.5 -0.5 0\n" + EVERY)


LONG = "discount: 1\nvalues: reward\nstates: 2\nactions: 1\nobservations: 1\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("discount: 0.9.5\n", r"line 1: '0\.9\.5' came, expected a number from 0 to 1"),
        (f"states: {'9' * 5000}", "line 1: '9+... came, expected words of at most 200 characters"),
        (f"states: {'9' * 190}", "line 1: '9+... came, expected a number of states from 1 to 100000"),
        (f"states: {'n' * 10**6}", "line 1: 'n+... came, expected words of at most 200 characters"),
        ("states: " + " ".join(map(str, range(100_001))), "line 1: '100000' came, expected at most 100000 states"),
        (LONG + f"T: 0 {'1' * 199}x 1 1 1", r"line 6: '1+\.\.\. came, expected probabilities of the next state: 4"),
        (LONG + "T: 0 1e999999999 1 1 1", "line 6: '1e999999999' came, expected probabilities"),
        (
            "states: 100000\nstart: 5\nactions: 1\nobservations: 1\ndiscount: 1\nT: * uniform",
            "line 6: 'T' came, expected",
        ),
        (LONG.replace("2", "4000").replace("1\nobs", "2\nobs"), "a model of at most 16,777,216 numbers in all"),
        (
            "discount: 1\nvalues: reward\nstates: 2000\nactions: 2\nobservations: 2000\nR: 0 : 1 : 2 : 3 4",
            "line 6: 'R' came, expected a model of at most 16,777,216 numbers in all",
        ),
        (
            LONG.replace("2", "4000") + "T: * identity\n" * 50,
            "line 1[0-9]: 'T' came, expected entries that write at most",
        ),
        ("x" * (2**24 + 1), "the text has more than 16,777,216 characters"),
        ("x\n" * (2**20 + 2), "line 1048577: the text has more than 1,048,576 words"),
    ],
    ids=[
        "0.9.5",
        "5,000 digits",
        "190 digits",
        "a long name",
        "many names",
        "digits, then a letter",
        "a large exponent",
        "a start of many",
        "many cells",
        "many rewards",
        "many stars",
        "many characters",
        "many words",
    ],
)
def test_input_without_bounds_gets_one_clear_line_in_bounded_time(text, message):
    with pytest.raises(ValueError, match=message) as refused:
        FinitePOMDP.parse(text)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


def test_a_file_without_end_is_not_read_whole(tmp_path):
    path = tmp_path / "endless.POMDP"
    with path.open("wb") as file:
        file.truncate(2**34)  # 16 GiB of zeros that take no room
    with pytest.raises(ValueError, match=r"endless\.POMDP: the file has more than 16,777,216 bytes"):
        FinitePOMDP.read(path)


@pytest.mark.parametrize("call", [FinitePOMDP.read, FinitePOMDP.parse], ids=["read", "parse"])
@pytest.mark.parametrize("wrong", [None, 2.5, True, ["discount: 1"], FinitePOMDP], ids=str)
def test_what_is_no_path_or_text_is_refused(call, wrong):
    with pytest.raises(ValueError, match=r"(path|text) is .*, expected the (path of a file|text of a model)"):
        call(wrong)


@pytest.mark.parametrize("names", [["a b", "c"], ["a:b", "c"], ["*", "c"], ["#1", "c"], ["x" * 201, "c"], ["", "c"]])
def test_names_that_are_no_words_are_not_written(names):
    model = FinitePOMDP(
        transitions=[np.eye(2)], emissions=[np.ones((2, 1))], rewards=np.zeros((1, 2)), state_names=names
    )
    with pytest.raises(ValueError, match=r"state_names is .*, expected words of 1 to 200 characters"):
        model.to_text()
