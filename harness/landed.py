"""Data as an earlier release left it: kept as a small file, laid into a database with that release's tables.

    python -m harness.landed HOME        a SQLite home made by the old program -> harness/releases/NAME.json.gz

The file has the migrations the release knew, every row of every table, and the kept files. `lay` makes the old tables
by migrating to those migrations only and writes the rows through the models as they were then, on either database.
The first file was made at commit 7b4b57e by its own `huikuan demo --no-serve --months 2 --customers 10`.
"""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

KEPT = Path(__file__).resolve().parent / "releases"
FIRST = KEPT / "7b4b57e.json.gz"
LEFT = {"django_session", "sqlite_sequence", "django_migrations"}


def dump(home: Path, out: Path) -> None:
    with closing(sqlite3.connect(home / "huikuan.sqlite3")) as db:
        names = [n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        tables = {}
        for name in names:
            if name in LEFT:
                continue
            found = db.execute(f'SELECT * FROM "{name}"')
            tables[name] = {"columns": [c[0] for c in found.description], "rows": found.fetchall()}
        migrations = db.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    files = {
        f"{f.parent.name}/{f.name}": base64.b64encode(f.read_bytes()).decode()
        for f in sorted((home / "files").glob("??/*"))
    }
    today = json.loads((home / "demo.json").read_text())["today"]
    kept = {"migrations": migrations, "tables": tables, "files": files, "today": today}
    out.parent.mkdir(exist_ok=True)
    out.write_bytes(gzip.compress(json.dumps(kept, ensure_ascii=False).encode(), mtime=0))


def lay(home: Path, kept: Path = FIRST) -> dict[str, int]:
    """Make the old tables in this empty database, fill them, put the files into `home`. Gives {table: rows}."""
    from django.core.management.color import no_style
    from django.db import connection, transaction
    from django.db.migrations.executor import MigrationExecutor

    found = json.loads(gzip.decompress(kept.read_bytes()))
    executor = MigrationExecutor(connection)
    leaves: dict[str, str] = {}
    for app, name in found["migrations"]:
        leaves[app] = max(name, leaves.get(app, ""))
    state = executor.migrate(list(leaves.items()))
    by_table = {m._meta.db_table: m for m in state.apps.get_models(include_auto_created=True)}
    counted = {}
    with transaction.atomic():
        for table, had in found["tables"].items():
            model = by_table[table]
            fields = {f.column: f for f in model._meta.concrete_fields}
            rows = [
                model(**{fields[c].attname: _value(fields[c], v) for c, v in zip(had["columns"], row, strict=True)})
                for row in had["rows"]
            ]
            model._base_manager.bulk_create(rows, batch_size=500)
            counted[table] = len(rows)
        with connection.cursor() as cursor:
            for sql in connection.ops.sequence_reset_sql(no_style(), list(by_table.values())):
                cursor.execute(sql)
    for name, text in found["files"].items():
        target = home / "files" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(text))
    return counted


def _value(field: Any, raw: Any) -> Any:
    """What SQLite keeps, as the model takes it."""
    kind = field.get_internal_type() if not field.is_relation else field.target_field.get_internal_type()
    if raw is None:
        return None
    if kind == "BooleanField":
        return bool(raw)
    if kind == "JSONField":
        return json.loads(raw)
    if kind == "DateTimeField":
        return datetime.fromisoformat(raw).replace(tzinfo=UTC)
    if kind == "DateField":
        return date.fromisoformat(raw)
    return raw


if __name__ == "__main__":
    dump(Path(sys.argv[1]), FIRST)
