"""Files made to hurt, by name: what a person might be sent, and what somebody who means ill would send.

Each comes with what must become of it: "refused" (a typed refusal), "killed" (the
same, once the child process had used up what the file's size allows), "read" (it is honest after all, whatever it looks
like) or "aside" (good rows kept, bad rows set aside). All are made here; none is stored.
"""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Iterator

from harness import seeds

_HEAD = "交易日期,收入金额,支出金额,余额,对方户名,摘要\n"
_GOOD = "2026-03-02,100.00,,100.00,万家超市,货款\n"
BOOK = "xl/worksheets/sheet1.xml"


def _row(day: str = "2026-03-02", money: str = "100.00", name: str = "万家超市", text: str = "货款") -> str:
    return f"{day},{money},,,{name},{text}\n"


def _zip(parts: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w", method) as out:
        for name, content in parts.items():
            out.writestr(name, content)
    return box.getvalue()


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: book.read(name) for name in book.namelist()}


def _changed(content: bytes, **changes: bytes) -> bytes:
    """The workbook with some parts changed; names by their last word: sheet1, workbook, strings."""
    parts = _parts(content)
    for word, new in changes.items():
        name = next(n for n in parts if n.lower().endswith(f"{word.lower()}.xml"))
        parts[name] = new
    return _zip(parts)


def _doctype(what: str) -> bytes:
    return f"<?xml version='1.0'?><!DOCTYPE {what}>".encode()


def _sheet(rows: str, extra: str = "") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"{extra}<sheetData>{rows}</sheetData></worksheet>"
    ).encode()


def _liar(content: bytes) -> bytes:
    """An archive whose directory says that a part is small."""
    out = bytearray(content)
    at = out.rfind(b"PK\x01\x02")
    out[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(out)


def bank() -> Iterator[tuple[str, bytes, str]]:
    """(name, content, "refused" | "read" | "aside") for the bank's door."""
    book = seeds.workbook(seeds._ROWS)
    camt = seeds.CAMT
    text = _HEAD + _GOOD
    # ---- XML
    yield (
        "XXE that reads a file",
        camt.replace(b"<Document", _doctype('x [<!ENTITY f SYSTEM "file:///etc/passwd">]')[21:] + b"<Document", 1),
        "refused",
    )
    yield (
        "XXE over the network",
        _doctype('x [<!ENTITY f SYSTEM "http://127.0.0.1:9/x">]')
        + b"<Document><BkToCstmrStmt>&f;</BkToCstmrStmt></Document>",
        "refused",
    )
    yield (
        "a billion laughs",
        _doctype("x [" + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10)) + "]")
        + b"<Document><BkToCstmrStmt>&l9;</BkToCstmrStmt></Document>",
        "refused",
    )
    yield (
        "quadratic blow-up",
        _doctype('x [<!ENTITY a "' + "a" * 50_000 + '">]')
        + b"<Document><BkToCstmrStmt>"
        + b"&a;" * 2000
        + b"</BkToCstmrStmt></Document>",
        "refused",
    )
    yield "external DTD", _doctype('Document SYSTEM "http://127.0.0.1:9/x.dtd"') + camt.split(b"?>", 1)[1], "refused"
    yield (
        "parameter entity",
        _doctype('x [<!ENTITY % p SYSTEM "file:///etc/hosts"> %p;]') + camt.split(b"?>", 1)[1],
        "refused",
    )
    yield (
        "XXE in UTF-16",
        (
            "<?xml version='1.0' encoding='UTF-16'?><!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><Document><BkToCstmrStmt/></Document>"
        ).encode("utf-16"),
        "refused",
    )
    yield "nested 100,000 deep", b"<Document><BkToCstmrStmt>" + b"<a>" * 100_000, "refused"
    yield (
        "a million attributes",
        b"<Document><BkToCstmrStmt " + b" ".join(b"a%d='1'" % n for n in range(200_000)) + b"/></Document>",
        "refused",
    )
    yield "XML that stops", camt[: len(camt) // 2], "refused"
    yield (
        "XInclude",
        camt.replace(
            b"<Stmt>", b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/><Stmt>'
        ),
        "read",
    )
    yield "a processing instruction", camt.replace(b"<Stmt>", b'<?php system("id")?><Stmt>'), "read"
    yield (
        "camt amount with exponent",
        camt.replace(b">1130.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts", b">1e3</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts"),
        "aside",
    )
    yield (
        "camt without statements",
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt/></Document>',
        "refused",
    )
    yield "SVG", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "refused"
    # ---- archives
    yield "zip bomb, one sheet", _changed(book, sheet1=_sheet("<row/>" * 8_000_000)), "refused"
    yield "zip bomb of zeros", _zip({**_parts(book), "xl/media/image1.bin": b"\0" * 80_000_000}), "refused"
    yield "archive that lies about sizes", _liar(book), "refused"
    yield "ten thousand parts", _zip({**_parts(book), **{f"xl/media/{n}": b"" for n in range(10_000)}}), "refused"
    yield (
        "zip slip",
        _zip({**_parts(book), "../../../../tmp/huikuan-slipped": b"x", "/etc/huikuan-slipped": b"x"}),
        "read",
    )
    yield "not a workbook but a zip", _zip({"readme.txt": b"hello"}), "refused"
    yield "a workbook of macros", _zip({**_parts(book), "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + b"\0" * 600}), "read"
    yield "workbook with a DOCTYPE", _changed(book, sheet1=_doctype('x [<!ENTITY a "b">]') + _sheet("")[38:]), "refused"
    yield (
        "DOCTYPE behind 5,000 blanks",
        _changed(book, workbook=b"<?xml version='1.0'?>" + b" " * 5000 + _doctype("x []")[21:] + b"<workbook/>"),
        "refused",
    )
    yield (
        "strings that are not there",
        _zip({n: c for n, c in _parts(book).items() if "sharedStrings" not in n}),
        "refused",
    )
    yield "workbook cut in half", book[: len(book) // 2], "refused"
    yield "locked workbook", seeds_locked(book), "refused"
    yield (
        "sheet of 16,384 columns by 1,048,576 rows",
        _changed(
            book,
            sheet1=_sheet(
                '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
            ),
        ),
        "killed",
    )
    yield (
        "cells out of their rows",
        _changed(book, sheet1=_sheet('<row r="0"><c r="ZZZZ99999999"><v>1</v></c></row>')),
        "refused",
    )
    yield "an old XLS that is noise", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 40, "refused"
    yield "an old XLS of two bytes", b"\x09\x08", "refused"
    yield "a PDF", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n" + b"\0\1\2" * 500, "refused"
    yield "a PNG", b"\x89PNG\r\n\x1a\n" + b"\0" * 2000, "refused"
    yield "an ELF program", b"\x7fELF" + b"\0\1" * 2000, "refused"
    yield "gzip", gzip.compress(text.encode()), "refused"
    # ---- tables
    yield "nothing", b"", "refused"
    yield "only blanks", b" \r\n\t\r\n" * 500, "refused"
    yield "only a heading", _HEAD.encode(), "read"
    yield "only NUL", b"\0" * 5000, "refused"
    yield "NUL in a cell", (text + _row(name="万\0家")).encode(), "read"
    yield "a million columns", (",".join(["a"] * 1_000_000) + "\n" + ",".join(["1"] * 1_000_000)).encode(), "refused"
    yield "a line of one megabyte", (text + _row(text="长" * 340_000)).encode(), "read"
    yield "a quotation mark that never closes", (text + '2026-03-02,"100.00,,,万家,货款\n' + _GOOD).encode(), "aside"
    yield "GBK row in a UTF-8 file", text.encode() + _row(name="上海食品").encode("gbk") + _GOOD.encode(), "aside"
    yield "Big5", _HEAD.encode("gbk") + _row(name="臺灣", text="").encode("big5"), "read"
    yield "UTF-16 without a mark", text.encode("utf-16-le"), "refused"
    yield "UTF-32", text.encode("utf-32"), "read"
    yield "a formula in an amount", (text + _row(money="=1+1")).encode(), "aside"
    yield "a formula in a name", (text + _row(name="=HYPERLINK(1)")).encode(), "read"
    yield "DDE", (text + _row(name="=cmd|' /C calc'!A0")).encode(), "read"
    yield "not a number", (text + _row(money="NaN") + _row(money="Infinity") + _row(money="1e5")).encode(), "aside"
    yield "an amount of forty digits", (text + _row(money="9" * 40)).encode(), "aside"
    yield "an amount in letters", (text + _row(money="壹佰元")).encode(), "aside"
    yield "three decimals", (text + _row(money="1.005")).encode(), "aside"
    yield "the thirtieth of February", (text + _row(day="2026-02-30")).encode(), "aside"
    yield "the year 20260", (text + _row(day="20260-03-02")).encode(), "aside"
    yield "right to left", (text + _row(name="\u202e市超家万")).encode(), "read"
    yield "a surrogate", (text + _row(name="万")).encode().replace("万".encode(), b"\xed\xa0\x80", 1), "aside"
    yield "headings twice", (text + _HEAD + _GOOD).encode(), "read"
    yield "semicolons and commas", text.replace(",", ";").replace("100.00", '"100,00"').encode(), "aside"
    yield "HTML that never ends", b"<html><table>" + b"<tr><td>" * 100_000, "refused"
    yield "HTML with a script", seeds.html(seeds._ROWS).replace(b"<body>", b"<body><script>alert(1)</script>"), "read"
    yield "HTML of nested tables", b"<table>" * 5000 + b"</table>" * 5000, "refused"
    # ---- MT940 and BAI2
    yield "MT940 of one endless field", b":20:X\n:25:1\n:86:" + b"A" * 900_000, "read"
    yield (
        "MT940 with a regular expression's nightmare",
        seeds.MT940.replace(b"NTRF90000123", b"N" + b"/" * 20_000),
        "read",
    )
    yield "MT940 cut in its amount", seeds.MT940[: seeds.MT940.index(b"30,00")], "aside"
    bad = b'<Ntry><Amt Ccy="CNY">1x</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>' * 3000
    yield "camt of 3,000 bad entries on one line", camt.replace(b"</Stmt>", bad + b"</Stmt>"), "aside"
    yield "BAI2 of 88 records only", b"01,A,B,260302,0600,1,,,2/\n" + b"88,X/\n" * 50_000, "refused"
    yield (
        "BAI2 with a funds type of a billion pairs",
        seeds.BAI2.replace(b"D,2,0,5000,1,5000", b"D,999999999,0,5000"),
        "read",
    )


def seeds_locked(book: bytes) -> bytes:
    """The workbook with the flag of encryption on every part."""
    out = bytearray(book)
    at = 0
    while (at := out.find(b"PK\x01\x02", at)) >= 0:
        out[at + 8] |= 1
        at += 4
    return bytes(out)
