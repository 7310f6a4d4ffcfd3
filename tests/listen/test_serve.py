"""A server in a process of its own: clients that leave or dawdle, and Ctrl-C."""

from __future__ import annotations

import signal
import socket

import pytest

from tests.listen.browser import Server, fresh

BREED = "POST /api/breed HTTP/1.1\r\nOrigin: {root}\r\nContent-Type: application/json\r\n"


@pytest.fixture
def server(tmp_path):
    words = ["--port", "0", "-o", str(tmp_path / "session"), "-s", "bars=1", "--task", "rules"]
    server = Server("listen", *words, start=fresh)
    yield server
    if server.process.returncode is None:
        server.end()


def opened(server, head, body=b""):
    """A connection on which a request was begun."""
    token = server.link.partition("token=")[2]
    own = f"Host: 127.0.0.1:{server.port}\r\nCookie: evomusic-{server.port}={token}\r\n\r\n"
    door = socket.create_connection(("127.0.0.1", int(server.port)), timeout=30)
    door.sendall((head.format(root=server.root) + own).encode() + body)
    return door


def ended(server):
    """Lines on stderr of a server after Ctrl-C."""
    text = server.end(signal.SIGINT)
    assert server.process.returncode == 0
    return text.splitlines()


def test_ctrl_c_ends_open_events_and_bodies_that_never_come(server):
    doors = [opened(server, "GET /api/events HTTP/1.1\r\n") for _ in range(3)]
    assert all(b"200 OK" in door.recv(4096) for door in doors)
    slow = opened(server, BREED + "Content-Length: 100\r\n", b'{"key"')
    lines = ended(server)
    assert len(lines) == 1
    assert "everything is kept" in lines[0]
    assert b"503" in slow.recv(4096)
    for door in [*doors, slow]:
        door.close()


def test_clients_that_leave_in_the_midst_are_not_worth_a_word(server):
    opened(server, BREED + "Content-Length: 100\r\n", b'{"key"').close()
    with opened(server, "GET /api/events HTTP/1.1\r\nContent-Length: 60000\r\n", b"x" * 60_000) as door:
        assert b"200 OK" in door.recv(4096)
    with opened(server, "GET /api/state HTTP/1.1\r\n") as door:
        assert b"200 OK" in door.recv(4096)
    assert len(ended(server)) == 1
