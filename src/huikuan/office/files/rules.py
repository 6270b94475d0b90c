"""What a file may be called and what it is: names are cleaned, kinds are read from the bytes. Pure."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zipfile

from huikuan.kit.errors import Invalid
from huikuan.kit.words import _

MOST_BYTES = 32 * 1024 * 1024
MOST_NAME = 180  # bytes: with the digest in front it still fits every file system

_BAD = re.compile(r'[<>:"|?*\\/\x00-\x1f\x7f]')
_RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}
_SHOWABLE = {"application/pdf", "image/png", "image/jpeg"}


def digest(content: bytes) -> str:
    """SHA-256 in hex: the name of the bytes."""
    return hashlib.sha256(content).hexdigest()


def place(sha256: str) -> tuple[str, str]:
    """Folder and file name under FILES_HOME: "ab", "cdef…". ValueError when it is not a digest."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(f"{sha256!r} is not a SHA-256")
    return sha256[:2], sha256[2:]


def clean_name(name: str) -> str:
    """A name that is only a name: no folders, control or direction marks, device names; at most MOST_NAME bytes.

    The ending stays, because people choose the program by it. Never empty.
    """
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    base = "".join(c for c in base if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    base = _BAD.sub("_", base).strip(" .")
    if not base:
        return "file"
    if base.split(".")[0].lower() in _RESERVED:
        base = "_" + base
    stem, dot, ending = base.rpartition(".")
    if not dot or len(ending.encode()) > 16:
        stem, dot, ending = base, "", ""
    room = MOST_NAME - len((dot + ending).encode())
    while len(stem.encode()) > room:
        stem = stem[:-1]
    return stem.rstrip(" .") + dot + ending


def media_type(content: bytes) -> str:
    """What the bytes are, read from the bytes; the sender's word and the ending are not asked."""
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"PK\x03\x04"):
        return _inside_zip(content)
    if content.startswith(b"\x1f\x8b"):
        return "application/gzip"
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "application/vnd.ms-office"
    if b"\x00" in content[:8192]:
        return "application/octet-stream"
    head = content[:8192].lstrip(b"\xef\xbb\xbf \r\n\t")
    if head.startswith(b"<?xml"):
        return "application/xml"
    if head[:1] in (b"{", b"["):
        return "application/json"
    return "text/plain"


def _inside_zip(content: bytes) -> str:
    """Only the list of names is read: nothing is inflated, so a bomb costs nothing."""
    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist()[:1000])
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return "application/zip"
    if "OFD.xml" in names:
        return "application/ofd"
    if "xl/workbook.xml" in names:
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    if "word/document.xml" in names:
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return "application/zip"


def may_show(media: str) -> bool:
    """May a browser show it in place? Everything else is only handed over as a download."""
    return media in _SHOWABLE


def check_size(name: str, size: int, most: int = MOST_BYTES) -> None:
    """Raises Invalid for an empty file or one above the limit (bytes)."""
    if size == 0:
        raise Invalid.one("file", name, _("The file is empty."), _("Choose the file again."))
    if size > most:
        raise Invalid.one(
            "file",
            name,
            _("The file has %(size)s MB; %(most)s MB are allowed.", size=-(-size // 1048576), most=most // 1048576),
            _("Split it, or ask the administrator to raise the limit."),
        )
