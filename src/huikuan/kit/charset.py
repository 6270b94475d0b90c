"""Which alphabet the bytes of a foreign file are in, as far as it can be known; what else to believe is the reader's to say."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LONE = re.compile("[\ud800-\udfff]")


def certain(content: bytes, charset: str = "") -> tuple[str, str] | None:
    """(text, charset): as `charset` says, else as a mark at the beginning says, else UTF-8 where (nearly) all of it is
    that. None when nothing is certain. Bytes of another alphabet than the rest come as lone surrogates (`is_damaged`), so
    that their row, and only it, can be set aside. Raises LookupError for a charset that does not exist."""
    if charset not in {"", "auto"}:
        name = codecs.lookup(charset).name
        name = "gb18030" if name in {"gb2312", "gbk"} else name  # the later table holds all of the earlier ones
        return content.decode(name, errors="surrogateescape"), name
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content.decode(name, errors="surrogateescape" if "8" in name else "replace"), name
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    if _mostly_utf8(content):
        return content.decode("utf-8", errors="surrogateescape"), "utf-8"
    return None


def _mostly_utf8(content: bytes) -> bool:
    """A UTF-8 file into which a row or two of another alphabet was pasted."""
    good = bad = 0
    for line in content.splitlines():
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            good += 1
        except UnicodeDecodeError:
            bad += 1
    return good > bad


def is_damaged(text: str) -> bool:
    """True when the text holds bytes that did not belong to the file's alphabet."""
    return not text.isascii() and _LONE.search(text) is not None
