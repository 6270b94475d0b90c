"""An S/4 extract as JSON lines: one file per entity in a folder, plain or gzip. Read whole, with caps, or refused.

The entities carry the names of SAP's OData entities in snake case; a folder per entity with part-*.jsonl is read too.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from pathlib import Path
from typing import Any

from huikuan.connectors.sap.types import BrokenRecord, Extract, Record
from huikuan.kit.errors import Fault, Invalid
from huikuan.kit.words import _

UNFOLDED = 256 * 1024 * 1024
SUSPECT = 16 * 1024 * 1024
RATIO = 200
LINE = 1024 * 1024
_NAME = re.compile(r"^([a-z][a-z0-9_]*)\.jsonl(\.gz)?$")
_PART = re.compile(r"^part[\w\-.]*\.jsonl(\.gz)?$")


def find(folder: Path) -> dict[str, list[Path]]:
    """Entity → its files, in order of name."""
    if not folder.is_dir():
        raise Invalid.one(
            "path", folder.name, _("This is not a folder."), _("Name the folder that holds the extract's .jsonl files.")
        )
    out: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        named = _NAME.match(path.name)
        if named and path.is_file():
            out.setdefault(named[1], []).append(path)
        elif path.is_dir():
            for part in sorted(path.iterdir()):
                if _PART.match(part.name) and part.is_file():
                    out.setdefault(path.name, []).append(part)
    if not out:
        raise Invalid.one(
            "path",
            folder.name,
            _("The folder holds no .jsonl files."),
            _("Name the folder that holds the extract's .jsonl files."),
        )
    return out


def unfold(path: Path, cap: int = UNFOLDED) -> bytes:
    """A file's bytes, unpacked when it is gzip; refused at the first byte over the cap."""
    with path.open("rb") as stream:
        head = stream.read(2)
        if head != b"\x1f\x8b":
            content = head + stream.read(cap + 1)
            if len(content) > cap:
                raise Invalid.one("file", path.name, _("The file is larger than %(cap)s MB.", cap=cap // 1048576))
            return content
        reader, out, size, taken, pending = zlib.decompressobj(wbits=31), [], 0, 2, head
        try:
            while not reader.eof and (pending or (pending := stream.read(65536))):
                taken += len(pending)
                piece = reader.decompress(pending, 1048576)
                pending = reader.unconsumed_tail
                taken -= len(pending)
                size += len(piece)
                out.append(piece)
                if size > cap or (size > SUSPECT and size > RATIO * taken):
                    raise Invalid.one("file", path.name, _("The file unfolds to more than it may: %(large)s MB and more from %(small)s KB.",
                                                           large=size // 1048576, small=max(1, taken // 1024)))  # fmt: skip
        except zlib.error as e:
            raise Invalid.one("file", path.name, _("The packed file is damaged.")) from e
        return b"".join(out)


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON value")


def read_dir(folder: Path, *, cap: int = UNFOLDED) -> Extract:
    """The whole folder. Raises Invalid when it holds no extract or a file is too large; a bad line is a BrokenRecord."""
    entities: dict[str, tuple[Record, ...]] = {}
    broken: list[BrokenRecord] = []
    counts: dict[str, int] = {}
    digest = hashlib.sha256()
    left = cap
    for entity, paths in find(folder).items():
        records: list[Record] = []
        for path in paths:
            content = unfold(path, left)
            left -= len(content)
            digest.update(entity.encode() + b"\0" + hashlib.sha256(content).digest())
            name = path.name if path.parent == folder else f"{entity}/{path.name}"
            lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
            for row, line in enumerate(lines, start=1):
                if line.strip():
                    made = _record(name, row, line)
                    if isinstance(made, Record):
                        records.append(made)
                    else:
                        broken.append(made)
            counts[name] = sum(1 for line in lines if line.strip())
        entities[entity] = tuple(records)
    return Extract(entities, tuple(broken), digest.hexdigest(), counts)


def _record(file: str, row: int, line: bytes) -> Record | BrokenRecord:
    def bad(text: str, reason: Any) -> BrokenRecord:
        return BrokenRecord(file, row, text, Fault("", text[:200], reason, None, row))

    if len(line) > LINE:
        return bad("", _("The line is longer than %(cap)s KB.", cap=LINE // 1024))
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return bad(line.decode("gb18030", "replace")[:1000], _("The line is not UTF-8."))
    try:
        data = json.loads(text, parse_float=str, parse_constant=_constant)
    except (ValueError, RecursionError) as e:
        return bad(text[:1000], _("The line is no JSON record: %(what)s.", what=str(e)[:100]))
    if not isinstance(data, dict):
        return bad(text[:1000], _("The line is no JSON record: %(what)s.", what=type(data).__name__))
    return Record(file, row, data)
