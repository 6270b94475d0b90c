"""Breaking good files: by bytes, by lines, by cells and by splicing, from a seed, so that a bad one can be made again."""

from __future__ import annotations

import io
import random
import zipfile

NASTY = (
    b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x80\x81\xfe\xff", b"\r", b"\n", b"\t", b'"', b"'", b",", b";", b"|", b"=1+1", b"=cmd|' /C calc'!A0",
    b"@SUM(1)", b"+1", b"-1", b"--1", b"1e308", b"NaN", b"Infinity", b"99999999999999999999999999", b"-0.00", b"0.001", b"1,2,3", b"(5.00)",
    "１２３".encode(), "壹佰元".encode(), "\u202e".encode(), "\ufeff".encode(), "🂡".encode(), "𠮷".encode(), "é".encode("latin-1"), "货款".encode("gb18030"),
    b"2026-02-30", b"20260230", b"00000000", b"99991231", b"1900-01-00", b"<!DOCTYPE x>", b"<!ENTITY a \"b\">", b"&a;", b"]]>", b"<![CDATA[", b"../../etc/passwd",
    b"%s%s%s%n", b"{{7*7}}", b"' OR 1=1 --", b"A" * 5000, b"\x1a", b"\x0b\x0c", b":61:", b"{4:", b"-}", b"16,", b"88,", b"99,", b"null", b"[]", b"{}",
)  # fmt: skip


def mutate(seed: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """One broken form of `seed`. Archives are mostly broken inside, so that the reader gets past the lid."""
    if seed.startswith(b"PK\x03\x04") and chance.random() < 0.7:
        return _inside(seed, chance)
    out = bytearray(seed)
    for _n in range(chance.choice((1, 1, 1, 2, 3, 6))):
        _once(out, chance, others)
    return bytes(out)


def _once(out: bytearray, chance: random.Random, others: list[bytes]) -> None:
    kind = chance.randrange(9)
    place = chance.randrange(len(out) + 1)
    if kind == 0 and out:  # a bit
        out[place % len(out)] ^= 1 << chance.randrange(8)
    elif kind == 1:  # something nasty, in place or in between
        nasty = chance.choice(NASTY)
        out[place : place + chance.choice((0, 0, 1, len(nasty)))] = nasty
    elif kind == 2:  # cut off
        del out[place:]
    elif kind == 3:  # a piece away
        del out[place : place + chance.choice((1, 2, 10, 100))]
    elif kind == 4:  # a piece again
        end = min(len(out), place + chance.choice((1, 10, 100, 1000)))
        out[place:place] = out[place:end] * chance.choice((1, 2, 20))
    elif kind == 5:  # a cell, or a line's worth, made nasty
        mark = chance.choice((b",", b"\n", b"\t", b">", b":", b'"'))
        start = out.find(mark, place)
        end = out.find(mark, start + 1) if start >= 0 else -1
        if end > 0:
            out[start + 1 : end] = chance.choice(NASTY)
    elif kind == 6:  # two lines change places, or one goes
        lines = bytes(out).split(b"\n")
        a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[a]
        if chance.random() < 0.3:
            del lines[a]
        out[:] = b"\n".join(lines)
    elif kind == 7 and others:  # another file's tail
        other = chance.choice(others)
        out[place:] = other[chance.randrange(len(other) + 1) :]
    else:  # digits changed
        for i in range(place, min(len(out), place + 40)):
            if 48 <= out[i] <= 57:
                out[i] = 48 + chance.randrange(10)


def _inside(seed: bytes, chance: random.Random) -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(seed)) as old, zipfile.ZipFile(box, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = chance.choice(names)
        for name in names:
            part = bytearray(old.read(name))
            if name == chosen:
                if chance.random() < 0.1:
                    continue
                for _n in range(chance.choice((1, 2, 4))):
                    _once(part, chance, [])
            new.writestr(name, bytes(part))
    return box.getvalue()
