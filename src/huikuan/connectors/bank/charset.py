"""The alphabet of a bank file, where kit/charset is not certain: Chinese banks send GBK or GB18030, Europeans Latin-1."""

from __future__ import annotations

from huikuan.kit.charset import certain, is_damaged
from huikuan.kit.errors import Invalid
from huikuan.kit.words import _


def decode(content: bytes, charset: str = "", *, western: str = "latin-1") -> tuple[str, str]:
    """(text, charset found). `charset` as given in a map wins; Invalid when there is none of that name."""
    try:
        found = certain(content, charset)
    except LookupError as e:
        raise Invalid.one("charset", charset, _("There is no charset called %(name)s.", name=charset)) from e
    if found is not None:
        return found
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="surrogateescape")
    if _reads_chinese(text):
        return text, "gb18030"
    return content.decode(western), western


def shown(text: str) -> str:
    """Damaged text made fit for showing and storing."""
    return text.encode("utf-8", "replace").decode("utf-8") if is_damaged(text) else text


def _reads_chinese(text: str) -> bool:
    """GB18030 decodes nearly any pairs of bytes; only text made of common characters is believed."""
    wide = [c for c in text if ord(c) > 0x7F]
    if not wide:
        return False
    usual = sum("一" <= c <= "龥" or c in "（）：，、。；“”《》【】￥　·—－…" or "！" <= c <= "～" for c in wide)
    return usual >= 0.9 * len(wide) and sum("一" <= c <= "龥" for c in wide) * 2 >= len(wide)
