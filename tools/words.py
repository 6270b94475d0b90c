"""Sentences and their Chinese: extract from code and templates, keep each capability's .po in step, compile, check.

python tools/words.py update [APP]   add missing sentences to <app>/locale/zh_Hans/LC_MESSAGES/django.po
python tools/words.py compile        write the .mo files
python tools/words.py check          exit 1 on a missing, empty, fuzzy or wrongly placed entry
python tools/words.py twice          English that is said in two ways in Chinese: one catalogue has room for one only

A sentence may have a context (`_in("bank account", "Number")`, {% translate "Number" context "bank account" %}).
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings

SOURCE = Path(__file__).resolve().parent.parent / "src" / "huikuan"
PLACES = re.compile(r"%\((\w+)\)s")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_noop": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "_in": ((1, "c"), 2),
}


def homes() -> list[Path]:
    """Every folder that keeps its own catalogue: the capabilities, web and site."""
    found = [p.parent for p in sorted(SOURCE.glob("*/*/apps.py"))]
    return [*found, SOURCE / "web", SOURCE / "site", SOURCE / "kit", SOURCE / "connectors"]


Key = tuple[str, str]  # (context or "", sentence)


def sentences(home: Path) -> dict[Key, list[tuple[str, int]]]:
    """Every marked English sentence under `home` with its context, and the places it stands in."""
    from django.utils.translation.template import templatize

    found: dict[Key, list[tuple[str, int]]] = {}
    for file in sorted([*home.rglob("*.py"), *home.rglob("*.html")]):
        if {"tests", "migrations", "node_modules", "vendor"} & set(file.parts):
            continue
        text = file.read_text()
        if file.suffix == ".html":
            text = templatize(text, origin=str(file))
        for line, message, _comments, context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
            for one in message if isinstance(message, tuple) else (message,):
                if one:
                    found.setdefault((context or "", one), []).append((str(file.relative_to(SOURCE)), line))
    return found


def po(home: Path) -> Path:
    return home / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def read(home: Path) -> Catalog:
    file = po(home)
    if not file.exists():
        return Catalog(locale="zh_Hans", charset="utf-8")
    with file.open("rb") as source:
        return read_po(source, locale="zh_Hans")


def update(home: Path) -> int:
    known = read(home)
    here = sentences(home)
    if not here and not po(home).exists():
        return 0
    fresh = Catalog(locale="zh_Hans", charset="utf-8", header_comment="# Chinese of Huikuan's sentences.")
    for context, sentence in here:
        old = known.get(sentence, context or None)
        fresh.add(sentence, old.string if old is not None and old.string else None, context=context or None)
    po(home).parent.mkdir(parents=True, exist_ok=True)
    with po(home).open("wb") as out:
        write_po(out, fresh, width=0, omit_header=False, no_location=True, sort_output=True)
    return sum(1 for m in fresh if m.id and not m.string)


def check() -> int:
    wrong = 0
    for home in homes():
        known, here = read(home), sentences(home)
        for (context, sentence), places in here.items():
            entry = known.get(sentence, context or None)
            where = f"{places[0][0]}:{places[0][1]}"
            if entry is None or not entry.string:
                print(f"no Chinese: {where}: {sentence!r}")
            elif entry.fuzzy:
                print(f"fuzzy: {where}: {sentence!r}")
            elif set(PLACES.findall(sentence)) != set(PLACES.findall(str(entry.string))):
                print(f"other places: {where}: {sentence!r} / {entry.string!r}")
            else:
                continue
            wrong += 1
    print(f"words: {'ok' if not wrong else f'{wrong} to mend'}")
    return 1 if wrong else 0


def twice() -> int:
    """Sentences with several Chinese ones. Django keeps one catalogue for all: which of them is shown is chance."""
    said: dict[Key, dict[str, list[str]]] = {}
    for home in homes():
        for m in read(home):
            if m.id and m.string:
                said.setdefault((m.context or "", str(m.id)), {}).setdefault(str(m.string), []).append(home.name)
    for (_context, sentence), ways in sorted(said.items()):
        if len(ways) > 1:
            print(f"{sentence!r}: {ways}")
    return 0


def compile_all() -> int:
    for home in homes():
        if po(home).exists():
            with po(home).with_suffix(".mo").open("wb") as out:
                write_mo(out, read(home))
    return 0


def main(args: list[str]) -> int:
    if not settings.configured:
        settings.configure(USE_I18N=True)
    what = args[0] if args else "check"
    if what == "check":
        return check()
    if what == "twice":
        return twice()
    if what == "compile":
        return compile_all()
    chosen = [h for h in homes() if len(args) < 2 or h.name == args[1]]
    for home in chosen:
        left = update(home)
        if left:
            print(f"{po(home)}: {left} without Chinese")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
