"""Which written names are the same customer, and whether a tax number can be right.

Payers write their names with full-width brackets, spaces, dots, an extra 责任; a clerk types initials. A name is
compared folded; similarity beyond that is the matching engine's business and never posts by itself.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from stdnum.cn import uscc

from huikuan.kit.words import Say, _

_SAME = (("有限责任公司", "有限公司"), ("股份有限公司", "股份公司"))


def account_key(number: str) -> str:
    """A bank account's number for comparing: NFKC, upper case, letters and digits only."""
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", number).upper())


@lru_cache(32_768)  # a bank file names the same payers again and again, and each line asks four times
def fold(name: str, size: int = 200) -> str:
    """The name for comparing: NFKC, lower case, letters and digits only (brackets, spaces, · go), 责任 dropped.

    分公司 stays: a branch has its own title and tax number. A name of signs only keeps its signs.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    kept = "".join(c for c in text if c.isalnum())
    for long, short in _SAME:
        kept = kept.replace(long, short)
    return (kept or text.strip())[:size]


def initials(name: str, size: int = 200) -> str:
    """First letters of the pinyin of Chinese characters, other letters and digits as they are: 沪光食品 → "hgsp"."""
    from pypinyin import Style, lazy_pinyin  # its dictionary takes 0.3 s and 30 MB: loaded when first needed

    text = "".join(c for c in unicodedata.normalize("NFKC", name) if c.isalnum())
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER, errors="default")).casefold()[:size]


def check_tax_number(number: str) -> Say | None:
    """Why a Chinese tax number looks wrong, or None. A warning only: vendors' test numbers fail it rightly.

    18 characters are checked as USCC (GB 32100), or as an identity card when all digits; 15 and 20 are older forms.
    """
    text = number.strip().upper()
    if not text:
        return None
    if not (text.isascii() and text.isalnum()):
        return _("%(number)s holds signs that no tax number has.", number=number)
    if len(text) in (15, 20):
        return None
    if len(text) != 18:
        return _(
            "%(number)s has %(length)s characters; a tax number has 18 (older ones 15 or 20).",
            number=text,
            length=len(text),
        )
    if uscc.is_valid(text) or _identity_card(text):
        return None
    return _("The check digit of %(number)s is wrong. Please compare it with the business licence.", number=text)


def _identity_card(text: str) -> bool:
    """A sole trader's tax number may be the identity card: weights of GB 11643."""
    if not text[:17].isdigit():
        return False
    total = sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(text[:17]))
    return "10X98765432"[total % 11] == text[17]
