"""Which alphabet the bytes of a bank file are in. Chinese banks send GBK, GB18030 or UTF-8 with a mark; Europeans Latin-1."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(content: bytes, charset: str = "", *, western: str = "latin-1") -> tuple[str, str]:
    """(text, charset found). Never fails: bytes that are of another alphabet than the rest come as lone surrogates
    (`is_damaged`), so that their row, and only it, can be set aside. `charset` as given in a map wins.
    """
    if charset and charset != "auto":
        try:
            name = codecs.lookup(charset).name
        except LookupError:
            name = "utf-8"
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
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="surrogateescape")
    if _reads_chinese(text):
        return text, "gb18030"
    return content.decode(western), western


_LONE = re.compile("[\udc80-\udcff]")


def is_damaged(text: str) -> bool:
    """True when the text holds bytes that did not belong to the file's alphabet."""
    return not text.isascii() and _LONE.search(text) is not None


def shown(text: str) -> str:
    """Damaged text made fit for showing and storing."""
    return text.encode("utf-8", "replace").decode("utf-8") if is_damaged(text) else text


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


def _reads_chinese(text: str) -> bool:
    """GB18030 decodes nearly any pairs of bytes; only text made of common characters is believed."""
    wide = [c for c in text if ord(c) > 0x7F]
    if not wide:
        return False
    usual = sum("一" <= c <= "龥" or c in "（）：，、。；“”《》【】￥　·—－…" or "！" <= c <= "～" for c in wide)
    return usual >= 0.9 * len(wide) and sum("一" <= c <= "龥" for c in wide) * 2 >= len(wide)
