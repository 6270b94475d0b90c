"""Letters go out once, outside transactions; what the server says becomes a sentence."""

from __future__ import annotations

import pytest
from django.db import transaction

from huikuan.connectors.mail import Attachment, Message, connect
from huikuan.connectors.mail.sandbox import serving
from huikuan.kit.errors import Refused, Trouble

LETTER = Message("digest-1-7@huikuan", "a@example.com", ("audit@example.com",), "链头", "第一行\n.点\n",
                 (Attachment("chain.json", "application/json", b'{"number": 7}'),))  # fmt: skip


def test_a_letter_arrives_with_its_attachment() -> None:
    with serving() as server:
        connect(server.url).send(LETTER)
        [letter] = server.letters
    assert (letter["Message-ID"], letter["Subject"]) == ("<digest-1-7@huikuan>", "链头")
    assert "点" in letter.get_body().get_content()  # type: ignore[union-attr]
    [part] = letter.iter_attachments()
    assert part.get_filename() == "chain.json" and part.get_content() == b'{"number": 7}'


def test_what_the_server_refuses_is_refused_and_what_breaks_may_be_tried_again() -> None:
    with serving() as server:
        server.refuse = {"audit@"}
        with pytest.raises(Refused, match="refuses"):
            connect(server.url).send(LETTER)
        server.refuse, server.drop = set(), True
        with pytest.raises(Trouble, match="cannot be reached"):
            connect(server.url).send(LETTER)
        url = server.url
    with pytest.raises(Trouble, match="cannot be reached"):
        connect(url).send(LETTER)


@pytest.mark.parametrize("url", ["", "http://x", "smtp://", "mail.example.com"])
def test_no_address(url: str) -> None:
    with pytest.raises(Refused, match="no address"):
        connect(url)


def test_the_address_says_how() -> None:
    sender = connect("smtp://me:p%40ss@mail.example.com?starttls=1")
    assert (sender.port, sender.user, sender.password, sender.starttls, sender.tls) == (587, "me", "p@ss", True, False)
    assert "p@ss" not in repr(sender)
    assert connect("smtps://mail.example.com").port == 465


@pytest.mark.django_db(transaction=True)
def test_no_letter_inside_a_transaction() -> None:
    with serving() as server, transaction.atomic(), pytest.raises(RuntimeError, match="transaction"):
        connect(server.url).send(LETTER)
    assert server.letters == []
