"""The addresses of the page and their guard, without a browser."""

from __future__ import annotations

import asyncio
import io
import wave

import mido
import pytest
from starlette.testclient import TestClient

from evomusic.io import read_tune
from evomusic.listen import guard
from evomusic.listen.app import application
from evomusic.listen.guard import BODY, BURST, Guard
from evomusic.listen.web import DOWNLOADS
from tests.listen.small import key, service

PORT, TOKEN = 8765, "token-of-a-test"
HERE = f"http://127.0.0.1:{PORT}"


@pytest.fixture
def session(tmp_path):
    return service(tmp_path)


@pytest.fixture
def lines():
    return []


@pytest.fixture
def client(session, lines):
    return TestClient(Guard(application(session), PORT, TOKEN, lines.append), base_url=HERE)


@pytest.fixture
def inside(client):
    client.get(f"/?token={TOKEN}")
    return client


def post(client, verb, headers=None, **body):
    return client.post(f"/api/{verb}", json={"key": key()} | body, headers={"Origin": HERE} | (headers or {}))


def test_the_link_sets_a_cookie_and_hides_the_token(client):
    answer = client.get(f"/?token={TOKEN}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/").status_code == 200


def test_cookies_of_other_programs_on_this_host_do_not_hide_the_sessions_own(client):
    own = f"evomusic-{PORT}={TOKEN}"
    for others in ('j={"a": 1}; weird[]=2; ', f"evomusic-{PORT}=old; ", "long=" + "x" * 5000 + "; "):
        assert client.get("/api/state", headers={"Cookie": others + own}).status_code == 200
        assert client.get("/api/state", headers={"Cookie": others}).status_code == 403


@pytest.mark.parametrize("path", ["/", "/api/state", "/static/page.css", "/api/cards/c1/tune.mid", "/?token=wrong"])
def test_nothing_is_answered_without_the_token(client, lines, path):
    answer = client.get(path)
    assert answer.status_code == 403
    assert set(answer.json()) == {"error"}
    assert len(lines) == 1


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1", "127.0.0.1:80", ""])
def test_other_hosts_are_refused(inside, host):
    assert inside.get("/api/state", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", f"https://127.0.0.1:{PORT}", "http://localhost:8765", ""]
)
def test_posts_of_other_pages_are_refused(inside, session, origin):
    assert post(inside, "steer", {"Origin": origin}, value=0.1).status_code == 403
    assert session.session.steer == 0.5


def test_a_post_is_json_and_small(inside, session):
    headers = {"Origin": HERE}
    assert inside.post("/api/undo", content=b"{}", headers=headers).status_code == 415
    headers["Content-Type"] = "application/json"
    assert inside.post("/api/undo", content=b"[" * BODY, headers=headers).status_code == 400
    assert inside.post("/api/undo", content=b" " * (BODY + 1), headers=headers).status_code == 413
    pieces = (b" " * 1000 for _ in range(100))
    assert inside.post("/api/undo", content=pieces, headers=headers).status_code == 413
    for body in (b"", b"[]", b"null", b"\xff", b'{"key": NaN}'):
        answer = inside.post("/api/undo", content=body, headers=headers)
        assert answer.status_code == 400
        assert "\n" not in answer.json()["error"]
    assert session.version == 2


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/api/cards/..%2f..%2fetc/score.svg",
        "/api/cards/c1/tune.py",
        "/api/cards/c0/score.svg",
        "/api/cards/r99999999/score.svg",
        "/api/cards/%00/score.svg",
        "/nothing",
    ],
)
def test_identifiers_are_never_paths(inside, path):
    answer = inside.get(path)
    assert answer.status_code == 404
    assert set(answer.json()) == {"error"}


def codes_of(app, path, many):
    """Status codes of as many requests with the cookie, straight to an application: a client takes much longer."""
    headers = [(b"host", HERE.removeprefix("http://").encode()), (b"cookie", f"evomusic-{PORT}={TOKEN}".encode())]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    codes = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        if message["type"] == "http.response.start":
            codes.append(message["status"])

    async def ask():
        for _ in range(many):
            await app(dict(scope), receive, send)

    asyncio.run(ask())
    return codes


def test_ten_thousand_requests_leave_the_session_intact(inside, session, monkeypatch):
    before = inside.get("/api/state").json()
    monkeypatch.setattr(guard, "RATE", 0.0)
    codes = codes_of(inside.app, "/static/page.css", 10_000)
    assert codes.count(200) >= BURST - 10  # a few were asked for before
    assert codes.count(429) >= 10_000 - BURST
    monkeypatch.undo()
    monkeypatch.setattr(guard, "RATE", 1e9)
    assert inside.get("/api/state").json() == before


def test_every_answer_forbids_what_is_not_the_pages_own(inside):
    for answer in (inside.get("/"), inside.get("/nothing"), inside.get("/api/state"), post(inside, "fly")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_a_press_answers_with_the_new_state(inside, session):
    state = post(inside, "steer", value=0.25).json()
    assert state["steer"] == 0.25
    assert state == inside.get("/api/state").json()


def test_a_refused_press_says_why_in_a_line(inside):
    answer = post(inside, "rate", card="c1", stars=9)
    assert answer.status_code == 400
    assert answer.json() == {"error": "stars is no whole number from 1 to 5"}


def test_a_full_disk_is_said_and_nothing_has_changed(inside, session, monkeypatch):
    def full(event):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(session.log, "add", full)
    answer = post(inside, "steer", value=0.25)
    assert answer.status_code == 507
    assert "No space left" in answer.json()["error"]
    assert session.session.steer == 0.5


@pytest.mark.parametrize("form", DOWNLOADS)
def test_downloads_hold_the_melody(inside, session, tmp_path, form):
    answer = inside.get(f"/api/cards/c1/tune.{form}")
    assert answer.status_code == 200
    assert f'filename="melody-1.1.{form}"' in answer.headers["content-disposition"]
    notes = session.card("c1").melody(session.task.grid).notes
    if form == "wav":
        with wave.open(io.BytesIO(answer.content)) as sound:
            assert sound.getnframes() > 0
        return
    if form == "mid":
        sounding = [
            m.note
            for m in mido.MidiFile(file=io.BytesIO(answer.content)).tracks[0]
            if m.type == "note_on" and m.velocity
        ]
        assert sounding == [note.pitch for note in notes]
        return
    path = tmp_path / f"tune.{form}"
    path.write_bytes(answer.content)
    assert [note.pitch for note in read_tune(path).notes] == [note.pitch for note in notes]


def test_a_blind_pair_shows_nothing_of_its_melodies_but_their_notes(inside):
    pair = inside.get("/api/state").json()["pair"]
    assert set(pair["a"]) == set(pair["b"]) == {"id", "notes", "names"}


def test_scores_mark_each_note(inside, session):
    svg = inside.get("/api/cards/c1/score.svg").text
    notes = len(session.card("c1").melody(session.task.grid).notes)
    assert all(f'data-note="{i}"' in svg for i in range(notes))
    assert "style=" not in svg


def test_answers_and_family_are_there_to_take(inside, session):
    pair = inside.get("/api/state").json()["pair"]
    post(inside, "choose", pair=pair["id"], winner="same")
    rows = inside.get("/api/export.csv").text.splitlines()
    assert rows[1].endswith(",same,")
    cards = inside.get("/api/family").json()["cards"]
    assert {pair["a"]["id"], pair["b"]["id"], *session.session.visible} <= {card["id"] for card in cards}
