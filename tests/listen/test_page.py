"""The listener's page in a real browser against the real command."""

from __future__ import annotations

import base64
import io
import itertools
import json
import wave
from functools import partial

import mido
import numpy as np
import pytest

import evomusic as em
from tests.listen.browser import Server, fresh, opened, until, violations

pytestmark = pytest.mark.slow

BARS = 4


@pytest.fixture
def server(tmp_path):
    found = listen(tmp_path)
    yield found
    assert found.end() == ""


@pytest.fixture
def page(visit, server):
    with visit(server) as found:
        ready(found)
        yield found


def listen(folder, *words, port="0", **more):
    return Server("listen", "-o", str(folder / "session"), "--port", port, *words, **more)


def ready(page):
    """Wait until the page shows its session, with all scores."""
    page.wait_for_selector("html[data-version]")
    until(page, "[...document.querySelectorAll('#cards .picture')].every((each) => each.firstElementChild)")


def state(page):
    return page.evaluate("fetch('/api/state').then((answer) => answer.json())")


def version(page):
    return int(page.get_attribute("html", "data-version"))


def once_done(page, press, by=1):
    """Do something, and wait until the page shows the events that came of it."""
    after = version(page) + by
    press()
    until(page, f"Number(document.documentElement.dataset.version) >= {after}")
    page.wait_for_selector("html:not(.busy)")


def choose(page, winner="a"):
    page.wait_for_timeout(400)  # the page takes an answer right after a new pair for a double press
    once_done(page, lambda: page.click(f"[data-winner={winner}]"))


def said(page):
    return page.text_content("#said")


def card(page, i=0):
    return page.locator("#cards > article").nth(i)


def test_a_melody_is_heard_its_cursor_moves_and_its_notes_light_up(page):
    page.click("#a .play")
    page.wait_for_selector("#a [data-note].sounding")
    assert page.get_attribute("html", "data-playing") == "A"
    looks = []
    for _ in range(12):
        page.wait_for_timeout(150)
        looks.append(
            page.evaluate(
                """() => { const { beat, audio } = document.documentElement.dataset;
                const cursor = document.querySelector("#a .cursor.moving").getBoundingClientRect();
                const lit = [...document.querySelectorAll("#a .sounding")].map((each) => Number(each.dataset.note));
                const staff = document.querySelector("#a svg").getBoundingClientRect();
                return { beat: Number(beat), audio: Number(audio), x: cursor.x - staff.x, tall: cursor.height,
                         high: cursor.y - staff.y, lit, wide: staff.width }; }"""
            )
        )
    notes = state(page)["pair"]["a"]["notes"]
    assert all(after["audio"] > before["audio"] for before, after in itertools.pairwise(looks))
    assert all(after["beat"] > before["beat"] for before, after in itertools.pairwise(looks))
    assert len({round(look["x"]) for look in looks}) > 6
    assert all(0 < look["x"] < look["wide"] and 20 < look["tall"] < look["wide"] / 2 for look in looks)
    for look in looks:
        expected = {i for i, (_, onset, length) in enumerate(notes) if onset <= look["beat"] < onset + length}
        assert set(look["lit"]) == expected
    beats_a_second = (looks[-1]["beat"] - looks[0]["beat"]) / (looks[-1]["audio"] - looks[0]["audio"])
    assert beats_a_second == pytest.approx(state(page)["frame"]["tempo"] / 60, rel=0.05)


def test_one_melody_sounds_at_a_time_and_escape_stops_it(page):
    page.click("#a .play")
    page.wait_for_selector("html[data-playing=A]")
    card(page).locator(".play").click()
    page.wait_for_selector("html[data-playing='melody 1.1']")
    assert page.locator(".playing").count() == 1
    page.keyboard.press("Escape")
    page.wait_for_selector("html:not([data-playing])")
    assert page.locator(".playing, .sounding, .moving").count() == 0
    assert page.locator(".play", has_text="Stop").count() == 0


def test_a_loop_goes_round_and_a_faster_tempo_is_heard_at_once(page):
    page.check("#loop")
    page.check("#click")
    page.locator("#tempo").fill("220")
    page.click("#b .play")
    until(page, "Number(document.documentElement.dataset.beat) > 14")
    until(page, "Number(document.documentElement.dataset.beat) < 3")
    assert page.get_attribute("html", "data-playing") == "B"
    page.uncheck("#loop")
    page.wait_for_selector("html:not([data-playing])")
    assert said(page) == "Finished: B"


def test_two_choices_are_enough_to_breed_and_all_can_be_undone(page):
    page.click("#breed", force=True)
    assert said(page).startswith("Not yet")
    assert version(page) == 2
    first = state(page)
    choose(page, "a")
    assert "One more choice" in page.text_content("#instruction")
    choose(page, "b")
    bred = state(page)
    assert bred["until_breed"] == 0
    assert bred["choices"] == 2
    once_done(page, lambda: page.click("#breed"))
    ready(page)
    now = state(page)
    assert now["generation"] == 1
    assert page.text_content("#cards-title") == "Generation 2"
    assert page.locator("#cards h3").all_text_contents() == [each["name"] for each in now["cards"]]
    assert not {each["id"] for each in now["cards"]} & {each["id"] for each in first["cards"]}
    for _ in range(3):
        once_done(page, lambda: page.click("#undo"))
    back = state(page)
    assert back | {"version": 0} == first | {"version": 0}
    assert page.locator("#cards h3").all_text_contents() == [each["name"] for each in first["cards"]]
    assert page.text_content("#undo") == "Undo"
    assert page.get_attribute("#undo", "aria-disabled") == "true"


def test_bars_are_locked_and_the_others_drawn_anew_in_the_same_place(page):
    old = state(page)["cards"][0]
    for bar in (0, 2):
        once_done(page, lambda bar=bar: card(page).locator(".locks button").nth(bar).click())
    assert card(page).locator(".locks button[aria-pressed=true]").all_text_contents() == ["1", "3"]
    once_done(page, lambda: card(page).locator(".redraw").click())
    new = state(page)["cards"][0]
    assert new["id"] != old["id"]
    assert new["locked"] == [0, 2]
    for bar in range(BARS):
        same = bars(old, bar) == bars(new, bar)
        assert same or bar in (1, 3)
    assert page.evaluate("document.activeElement.classList.contains('redraw')")
    assert card(page).get_attribute("id") == f"card-{new['id']}"
    for bar in (1, 3):
        once_done(page, lambda bar=bar: card(page).locator(".locks button").nth(bar).click())
    card(page).locator(".redraw").click(force=True)
    assert said(page).startswith("All bars are locked")


def bars(shown, bar):
    """The notes that begin in a bar; one that is held over its end is in its bar alone."""
    return [note[:2] for note in shown["notes"] if bar * 4 <= note[1] < bar * 4 + 4]


def test_a_note_is_moved_by_hand_with_the_keyboard_and_heard(page):
    old = state(page)["cards"][0]
    pitches = state(page)["frame"]["pitches"]
    card(page).locator(".edit").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert card(page).locator(".selected").count() >= 1
    up = 1 if old["notes"][1][0] < pitches[-3] else -1
    key = "ArrowUp" if up == 1 else "ArrowDown"
    once_done(page, lambda: page.keyboard.press(key))
    once_done(page, lambda: page.keyboard.press(key))
    new = state(page)["cards"][0]
    expected = pitches[pitches.index(old["notes"][1][0]) + 2 * up]
    assert [note[0] for note in new["notes"]] == [old["notes"][0][0], expected, *(n[0] for n in old["notes"][2:])]
    assert said(page) == f"Note 2 is {new['names'][1]}"
    focus = page.evaluate("[document.activeElement.textContent, document.activeElement.closest('article').id]")
    assert focus == [new["names"][1].replace("#", "♯"), f"card-{new['id']}"]
    until(page, "document.querySelectorAll('#cards article:first-child .selected').length > 0")
    for _ in range(2):
        once_done(page, lambda: page.click("#undo"))
    assert state(page)["cards"][0] == old


def test_a_note_is_chosen_in_the_score(page):
    card(page, 1).locator("[data-note='3']").first.click()
    assert card(page, 1).locator(".notes [aria-pressed=true]").text_content() == state(page)["cards"][1]["names"][
        3
    ].replace("#", "♯")
    assert page.evaluate("document.activeElement.closest('.notes') !== null")


def test_melodies_are_kept_dropped_and_brought_back(page):
    names = [each["name"] for each in state(page)["cards"]]
    once_done(page, lambda: card(page, 1).locator(".keep").click())
    assert card(page, 1).locator(".keep").text_content() == "Kept"
    once_done(page, lambda: card(page, 2).locator(".drop").click())
    assert page.locator("#cards h3").all_text_contents() == names[:2] + names[3:]
    assert page.evaluate("document.activeElement.closest('article').querySelector('h3').textContent") == names[3]
    once_done(page, lambda: page.click("#undo"))
    assert page.locator("#cards h3").all_text_contents() == names
    assert state(page)["cards"][1]["kept"]


def test_stars_are_given_with_the_keyboard(page):
    once_done(page, lambda: page.locator("#mode input[value=stars]").check(force=True))
    assert not page.is_visible("#pair")
    stars = card(page).locator(".stars input")
    stars.first.focus()
    once_done(page, lambda: page.keyboard.press("Space"))
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    until(page, "document.querySelectorAll('#cards article:first-child .lit').length === 4")
    page.wait_for_selector("html:not(.busy)")
    assert state(page)["cards"][0]["stars"] == 4
    assert state(page)["mode"] == "stars"
    assert page.evaluate("document.activeElement.value") == "4"


def test_files_are_downloaded_and_can_be_read(page, tmp_path):
    shown = state(page)["cards"][0]
    card(page).locator("summary").click()
    pitches = []
    for form in ("mid", "musicxml", "abc", "wav"):
        with page.expect_download() as waiting:
            card(page).locator(f"[data-form={form}]").click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        assert path.name == f"melody-{shown['name']}.{form}"
        if form == "wav":
            with wave.open(str(path)) as file:
                assert file.getnframes() / file.getframerate() > 60 / 120 * 16 - 1
            continue
        tune = em.read_tune(path)
        pitches.append([note.pitch for note in tune.notes])
    assert pitches == [[note[0] for note in shown["notes"]]] * 3
    assert len(mido.MidiFile(tmp_path / f"melody-{shown['name']}.mid").tracks) >= 1
    page.keyboard.press("Escape")
    assert page.locator(".menu[open]").count() == 0


def test_all_that_was_said_can_be_taken_along(page):
    choose(page)
    for name in ("answers.csv", "listener.toml"):
        with page.expect_download() as waiting:
            page.click(f"a[href$='{'export.csv' if name.endswith('csv') else name}']")
        assert waiting.value.suggested_filename == name
        assert len(waiting.value.path().read_text()) > 20


def test_a_real_tune_is_played_beside(page):
    page.click("#real")
    page.wait_for_selector("html[data-playing='a real tune']")
    page.wait_for_selector("#real-card svg")
    first = page.text_content("#real-card .how")
    page.click("#real")
    until(page, f"document.querySelector('#real-card .how').textContent !== {json.dumps(first)}")
    page.click("#real-close")
    assert page.evaluate("document.activeElement.id") == "real"
    assert page.get_attribute("html", "data-playing") is None


def test_the_slider_and_the_family_follow_the_session(page):
    page.locator("#steer").focus()
    once_done(page, lambda: [page.keyboard.press("ArrowRight") for _ in range(4)])
    assert state(page)["steer"] == pytest.approx(0.7)
    page.click("#family > summary")
    page.wait_for_selector("#generations [data-card]")
    for winner in "ab":
        choose(page, winner)
    once_done(page, lambda: page.click("#breed"))
    until(page, "document.querySelectorAll('#generations > li').length === 2")
    page.wait_for_selector(".tree path", state="attached")
    children = page.locator("#generations > li").nth(1).locator("[data-card]")
    names = {each["id"]: each["name"] for each in page.evaluate("fetch('/api/family').then((a) => a.json())")["cards"]}
    for each in state(page)["cards"]:
        text = children.locator(f"xpath=self::*[@data-card='{each['id']}']").text_content()
        assert all(names[parent] in text for parent in each["parents"])
    told = [each["text"] for each in state(page)["learnt"] if each["sure"] >= 0.65]
    assert page.locator("#learnt li > :first-child").all_text_contents() == told
    assert page.is_visible("#learnt-none") == (not told)


def test_a_double_click_counts_once(page):
    page.wait_for_timeout(400)
    once_done(page, lambda: page.dblclick("[data-winner=a]"))
    page.wait_for_timeout(300)
    assert state(page)["choices"] == 1
    once_done(page, lambda: card(page).locator(".keep").dblclick())
    page.wait_for_timeout(300)
    assert state(page)["cards"][0]["kept"]


def test_presses_while_one_is_under_way_are_passed_over(page):
    page.wait_for_timeout(400)
    held = []
    page.route("**/api/choose", lambda route: held.append(route))
    page.click("[data-winner=b]")
    page.wait_for_selector("html.busy")
    assert page.get_attribute("[data-winner=a]", "aria-disabled") == "true"
    page.click("[data-winner=a]", force=True)
    card(page).locator(".drop").click(force=True)
    assert len(held) == 1
    held[0].continue_()
    page.wait_for_selector("html:not(.busy)")
    now = state(page)
    assert now["choices"] == 1
    assert now["dropped"] == 0


def test_everything_is_done_by_keys_alone(page):
    page.keyboard.press("1")
    page.wait_for_selector("html[data-playing=A]")
    page.keyboard.press("b")
    page.wait_for_selector("html[data-playing=B]")
    page.wait_for_timeout(400)
    once_done(page, lambda: page.keyboard.press("ArrowLeft"))
    page.wait_for_timeout(400)
    once_done(page, lambda: page.keyboard.press("="))
    focus_by_tab(page, "breed")
    once_done(page, lambda: page.keyboard.press("Enter"))
    assert state(page)["generation"] == 1
    assert page.evaluate("document.activeElement.id") == "breed"
    page.wait_for_timeout(400)
    page.locator("#steer").focus()
    page.keyboard.press("2")
    page.wait_for_selector("html[data-playing=B]")
    once_done(page, lambda: page.keyboard.press("ArrowRight"))
    assert state(page)["choices"] == 2  # the slider took the arrow
    page.keyboard.press("Escape")
    page.locator("#keys").focus()
    page.keyboard.press("Space")
    page.keyboard.press("1")
    page.wait_for_timeout(300)
    assert page.get_attribute("html", "data-playing") is None


def focus_by_tab(page, name):
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == name:
            return
    raise AssertionError(f"{name} is not reached by Tab")


def test_two_tabs_keep_step_and_an_old_question_is_said_to_be_old(page):
    other = page.context.new_page()
    other.goto(page.url)
    ready(other)
    choose(page, "a")
    until(other, f"Number(document.documentElement.dataset.version) >= {version(page)}")
    assert state(page)["pair"]["id"] == state(other)["pair"]["id"]
    other.wait_for_timeout(400)
    held = []
    other.route("**/api/choose", lambda route: held.append(route))
    other.click("[data-winner=b]")
    choose(page, "b")
    held[0].continue_()
    until(other, "document.getElementById('said').textContent.includes('no longer asked')")
    assert state(page)["choices"] == 2
    page.expected = ("409",)


def test_a_killed_server_goes_on_as_it_was_and_the_open_page_with_it(browser, tmp_path):
    server = listen(tmp_path, start=fresh)
    with opened(browser, server) as page:
        page.expected = ("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED", "403", "ERR_CONNECTION_RESET", "ERR_EMPTY")
        ready(page)
        choose(page, "a")
        once_done(page, lambda: card(page).locator(".keep").click())
        before = state(page)
        server.end()
        page.wait_for_timeout(400)
        page.click("[data-winner=b]")
        page.wait_for_selector("#trouble p")
        assert page.text_content("#trouble p") == "The server is gone: run the command again; nothing is lost."
        again = listen(tmp_path, port=server.port, start=fresh)
        try:
            with page.context.expect_page() as waiting:
                page.evaluate("(link) => { window.open(link); }", again.link)  # as from the terminal
            ready(waiting.value)
            after = state(waiting.value)
            assert after["cards"] == before["cards"]
            assert after["choices"] in (1, 2)
            page.bring_to_front()
            until(page, "document.getElementById('trouble').children.length === 0", seconds=40)
            page.wait_for_selector("html:not(.busy)")
            assert state(page)["choices"] == 2  # the press whose answer was lost was sent again, once
            assert state(page) | {"version": 0} == state(waiting.value) | {"version": 0}
        finally:
            again.end()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(browser, server, scheme, width):
    with opened(browser, server, color_scheme=scheme, viewport={"width": width, "height": 800}) as page:
        ready(page)
        assert violations(page) == []
        for winner in "ab":
            choose(page, winner)
        once_done(page, lambda: card(page).locator(".keep").click())
        once_done(page, lambda: card(page, 1).locator(".locks button").first.click())
        card(page).locator(".edit").click()
        card(page, 1).locator("summary").click()
        page.click("#real")
        page.click("#family > summary")
        page.wait_for_selector("#generations [data-card]")
        page.wait_for_selector("#real-card svg")
        page.wait_for_timeout(400)
        assert violations(page) == []
        once_done(page, lambda: page.locator("#mode input[value=stars]").check(force=True))
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        small = page.evaluate(
            """() => [...document.querySelectorAll("button, summary, input, .menu a")]
            .map((each) => [each.outerHTML.slice(0, 90), (each.closest("label") ?? each).getBoundingClientRect()])
            .filter(([, box]) => box.width && (box.width < 24 || box.height < 24)).map(([text]) => text)"""
        )
        assert small == []


def test_motion_is_reduced_for_those_who_ask(browser, server):
    with opened(browser, server, reduced_motion="reduce") as page:
        ready(page)
        page.click("#a .play")
        page.wait_for_selector("#a .cursor.moving", state="attached")
        places = set()
        for _ in range(30):
            page.wait_for_timeout(50)
            places.add(page.get_attribute("#a .cursor", "x1"))
        sounded = sum(
            note[1] <= float(page.get_attribute("html", "data-beat")) for note in state(page)["pair"]["a"]["notes"]
        )
        assert len(places) <= sounded + 1


def test_titles_and_names_are_text(visit, tmp_path):
    evil = tmp_path / "evil.abc"
    evil.write_text("X:1\nT:<img src=x onerror=alert(1)>\nM:4/4\nL:1/4\nK:G\nGABc|d2B2|cBAG|G4|\n")
    server = listen(tmp_path, "--from", str(evil))
    try:
        with visit(server) as page:
            ready(page)
            assert page.locator("img").count() == 0
            assert page.locator("script:not([src])").count() == 0
    finally:
        server.end()


def test_a_session_without_chords_or_real_tunes_says_so(visit, tmp_path):
    server = listen(tmp_path, "--task", "rules", "-s", "bars=2")
    try:
        with visit(server) as page:
            page.expected = ("404",)
            ready(page)
            assert page.is_visible("#chords-label") == bool(state(page)["frame"]["chords"])
            page.click("#real")
            until(page, "document.getElementById('said').textContent.includes('no real tunes')")
            assert not page.is_visible("#real-panel")
    finally:
        server.end()


def test_a_wav_of_the_page_is_no_empty_file(page):
    data = page.evaluate(
        """fetch(`/api/cards/${document.querySelector('#cards article').id.slice(5)}/tune.wav`)
        .then((a) => a.blob()).then((blob) => new Promise((done) => {
            const reader = new FileReader();
            reader.onload = () => done(reader.result);
            reader.readAsDataURL(blob);
        }))"""
    )
    with wave.open(io.BytesIO(base64.b64decode(data.partition(",")[2]))) as file:
        assert any(file.readframes(file.getnframes()))


def test_a_roll_is_shown_and_played_where_verovio_is_missing(visit, tmp_path):
    server = listen(tmp_path, start=partial(fresh, missing="verovio"))
    with visit(server) as page:
        ready(page)
        page.click("#b .play")
        page.wait_for_selector("#b .roll .sounding")
        page.wait_for_selector("#b .roll .cursor.moving", state="attached")
        first = float(page.get_attribute("#b .cursor", "x1"))
        page.wait_for_timeout(500)
        assert float(page.get_attribute("#b .cursor", "x1")) > first
    assert server.end() == ""


def test_a_server_that_fails_is_said_once_and_holds_up_nothing(page):
    page.route("**/api/keep", lambda route: route.fulfill(status=500, body="Internal Server Error"))
    card(page).locator(".keep").click()
    until(page, "document.getElementById('said').textContent.includes('could not do this (500)')")
    page.wait_for_selector("html:not(.busy)")
    once_done(page, lambda: card(page, 1).locator(".drop").click())
    assert not state(page)["cards"][0]["kept"]
    page.expected = ("500",)


def test_a_press_whose_answer_is_lost_is_sent_again_with_its_key(page):
    sent = []

    def lose(route):
        sent.append(route.request.post_data_json["key"])
        if len(sent) == 1:
            route.fetch()  # it arrives, and its answer does not
            route.abort()
        else:
            route.continue_()

    page.route("**/api/choose", lose)
    page.wait_for_timeout(400)
    page.click("[data-winner=a]")
    page.click("#trouble button")
    until(page, "document.getElementById('trouble').children.length === 0")
    page.wait_for_selector("html:not(.busy)")
    assert sent[0] == sent[1]
    assert state(page)["choices"] == 1
    page.expected = ("ERR_FAILED",)


def test_every_module_is_loaded_at_once(page):
    asked = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    modules = {url for url in asked if url.endswith(".js") and not url.endswith("main.js")}
    early = page.evaluate("[...document.querySelectorAll('[rel=modulepreload]')].map((each) => each.href)")
    assert modules == set(early)


RENDER = """async (played) => {
    const audio = new OfflineAudioContext(1, 44100, 44100);
    audio.resume = async () => {};
    const real = AudioContext;
    globalThis.AudioContext = class { constructor() { return audio; } };
    const { Sound } = await import("/static/sound.js");
    const sound = new Sound();
    await sound.open();
    globalThis.AudioContext = real;
    for (const [kind, ...values] of played) sound[kind](...values);
    const buffer = await audio.startRendering();
    return [...buffer.getChannelData(0)];
}"""


@pytest.mark.parametrize("pitch", [55, 69, 84])
def test_a_note_sounds_at_its_pitch_and_ends(page, pitch):
    samples = np.array(page.evaluate(RENDER, [["note", pitch, 0.0, 0.5]]))
    spectrum = np.abs(np.fft.rfft(samples[2000:22000] * np.hanning(20000)))
    assert spectrum.argmax() * 44100 / 20000 == pytest.approx(440 * 2 ** ((pitch - 69) / 12), abs=2)
    assert 0.1 < np.abs(samples).max() < 1
    assert np.abs(samples[-8000:]).max() < 1e-3


def test_all_voices_together_do_not_clip(page):
    played = [
        ["note", 79, 0.0, 1.0],
        ["note", 91, 0.2, 0.7],
        ["chord", [43, 50, 59, 62], 0.0, 1.0],
        ["click", 0.0, True],
    ]
    assert 0.1 < np.abs(page.evaluate(RENDER, played)).max() < 1


def test_a_pair_that_was_chosen_on_a_phone_shows_the_next_from_its_top(browser, server):
    with opened(browser, server, viewport={"width": 360, "height": 640}, has_touch=True) as page:
        ready(page)
        page.locator("[data-winner=a]").scroll_into_view_if_needed()
        choose(page, "a")
        until(page, "Math.abs(document.getElementById('pair').getBoundingClientRect().top) < 40")
