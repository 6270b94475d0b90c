"""The letter's long tables: rows put together, and the widths that decide it."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

from huikuan.receivables.statements import paper


def _advances() -> list[int]:
    """Advances of U+0020 to U+007E in the letters' font, read from its tables (cmap format 12, hmtx)."""
    font = (paper.FONTS / "NotoSansSC-Regular.ttf").read_bytes()

    def read(form: str, at: int) -> tuple[int, ...]:
        return struct.unpack_from(form, font, at)

    tables = {}
    for n in range(read(">H", 4)[0]):
        tag, _sum, offset, _length = read(">4sIII", 12 + 16 * n)
        tables[bytes(tag)] = offset  # type: ignore[call-overload]
    glyphs: dict[int, int] = {}
    for n in range(read(">H", tables[b"cmap"] + 2)[0]):
        offset = tables[b"cmap"] + read(">HHI", tables[b"cmap"] + 4 + 8 * n)[2]
        if read(">H", offset)[0] == 12:
            for g in range(read(">I", offset + 12)[0]):
                first, last, glyph = read(">III", offset + 16 + 12 * g)
                glyphs |= {c: glyph + c - first for c in range(first, min(last, 0x7E) + 1)}
    assert read(">H", tables[b"head"] + 18)[0] == 1000
    return [read(">H", tables[b"hmtx"] + 4 * glyphs[c])[0] for c in range(0x20, 0x7F)]


def test_widths_are_those_of_the_font() -> None:
    assert list(paper.ADVANCES) == _advances()
    assert paper.measured("WW", 10) == 17.56
    assert paper.measured("对账", 7.5) == 15
    assert paper.measured("①", 7.5) == math.inf == paper.measured("a\nb", 7.5)


def _cells(found: Sequence[dict[str, object]]) -> list[tuple[object, bool]]:
    return [(b["cells"], bool(b["rule"])) for b in found]


def test_rows_are_put_together_by_fives() -> None:
    rows = [[str(n), f"d{n}"] for n in range(7)]
    assert _cells(paper.blocks(rows, [60, 0])) == [
        (["0\n1\n2\n3\n4", "d0\nd1\nd2\nd3\nd4"], True),
        (["5\n6", "d5\nd6"], False),
    ]
    assert paper.blocks([], [60, 0]) == []


def test_a_row_that_may_need_a_second_line_stays_by_itself() -> None:
    rows = [["a", "1"], ["W" * 9, "2"], ["c", "3"], ["d\ne", "4"], ["f", "5"], ["g", "6"]]
    assert _cells(paper.blocks(rows, [60, 0])) == [
        (["a", "1"], False), (["W" * 9, "2"], False), (["c", "3"], False), (["d\ne", "4"], False), (["f", "5"], True),
        (["g", "6"], False),
    ]  # fmt: skip
    wide = [["a", "x" * 129]]  # the last column, printed smaller, takes a little more
    assert paper.measured("x" * 129, 7.5) > paper.TABLE - 60 > paper.measured("x" * 129, 6.5)
    assert paper.blocks(wide * 2, [60, 0]) != paper.blocks(wide * 2, [60, 0], small=True)
