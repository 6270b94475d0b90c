"""A mail server of our own for tests and demos: takes every letter and keeps it; can be told to refuse or to hang up."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class Server(socketserver.ThreadingTCPServer):
    """`letters` in the order they came; `refuse` are recipients it does not know; `drop` hangs up after DATA."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.letters: list[EmailMessage] = []
        self.refuse: set[str] = set()
        self.drop = False

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Talk(socketserver.StreamRequestHandler):
    server: Server

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("220 sandbox")
        while line := self.rfile.readline(2000):
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.say("250-sandbox")
                self.say("250 8BITMIME")
            elif verb == b"RCPT" and any(x.encode() in line for x in self.server.refuse):
                self.say("550 no such person")
            elif verb == b"DATA":
                self.say("354 go on")
                self._take()
                if self.server.drop:
                    return
                self.say("250 taken")
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def _take(self) -> None:
        rows = []
        while (line := self.rfile.readline(100_000)) not in (b".\r\n", b""):
            rows.append(line[1:] if line.startswith(b"..") else line)
        letter = message_from_bytes(b"".join(rows), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.server.letters.append(letter)


@contextmanager
def serving() -> Iterator[Server]:
    """The server on a free port, for the length of a test."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)
