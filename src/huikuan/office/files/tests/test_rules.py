"""Names are only names; kinds are read from the bytes."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.kit.errors import Invalid
from huikuan.office.files import rules


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\li\\对账单 3月.xlsx", "对账单 3月.xlsx"),
        ("..", "file"),
        ("", "file"),
        ("con.txt", "_con.txt"),
        ("a\x00b\r\nSet-Cookie.pdf", "abSet-Cookie.pdf"),
        ("\u202egpj.exe", "gpj.exe"),
        ('a"b<c>.pdf', "a_b_c_.pdf"),
        (".htaccess", "htaccess"),
    ],
)
def test_names(given_name: str, kept: str) -> None:
    assert rules.clean_name(given_name) == kept


@given(st.text(max_size=400))
def test_a_name_never_leaves_its_folder(name: str) -> None:
    clean = rules.clean_name(name)
    assert clean and "/" not in clean and "\\" not in clean and clean not in (".", "..") and "\x00" not in clean
    assert len(clean.encode()) <= rules.MOST_NAME + 1
    assert rules.clean_name(clean) == clean


@given(st.text(alphabet="款项x", min_size=1, max_size=300))
def test_the_ending_stays(stem: str) -> None:
    assert rules.clean_name(stem + ".xlsx").endswith(".xlsx")


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name in names:
            z.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (b"%PDF-1.7 ...", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"<html><script>alert(1)</script>", "text/plain"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>', "application/xml"),
        (_zip("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (_zip("OFD.xml"), "application/ofd"),
        (_zip("readme"), "application/zip"),
        (b"PK\x03\x04broken", "application/zip"),
        (b"MZ\x90\x00", "application/octet-stream"),
        ("日期,金额".encode("gbk"), "text/plain"),
    ],
)
def test_media(content: bytes, media: str) -> None:
    assert rules.media_type(content) == media


@given(st.binary(max_size=300))
def test_any_bytes_have_a_kind_and_none_runs_in_the_browser(content: bytes) -> None:
    media = rules.media_type(content)
    assert media not in ("text/html", "image/svg+xml")
    assert "/" in media


@pytest.mark.parametrize("size", [0, rules.MOST_BYTES + 1])
def test_sizes(size: int) -> None:
    with pytest.raises(Invalid):
        rules.check_size("a.csv", size)


def test_a_digest_is_the_only_way_to_a_place() -> None:
    assert rules.place("ab" + "0" * 62) == ("ab", "0" * 62)
    with pytest.raises(ValueError, match="not a SHA-256"):
        rules.place("../../../etc/passwd")
