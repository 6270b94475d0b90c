"""What a company weighs: bytes per table and index, and per invoice, on data made through the bulk actions.

    python -m benchmarks.sizes [--database postgres] [--invoices 20000] [--write]
    python -m benchmarks.sizes --home DIR [--url URL]      (a home that is there)

An invoice has two lines, its entry of three journal lines, one open item; 60 in a hundred are paid and cleared. Prints
one JSON line; --write keeps it in docs/results/ for docs/scale.md (tools/results.py).
"""

from __future__ import annotations

from typing import Any

from harness import frame


def main() -> None:
    parser = frame.parser(__doc__.splitlines()[0])
    parser.add_argument("--invoices", type=int, default=20_000)
    parser.add_argument("--home", default="")
    parser.add_argument("--url", default="", help="the database of that home, where it is on PostgreSQL")
    given = parser.parse_args()
    if given.home:
        frame.use_home(given.home, given.url)
    else:
        frame.fresh_home(given.database)
    frame.set_up(migrate=not given.home)
    from django.db import connection

    from benchmarks.generate import Size, build

    if not given.home:
        build(Size(invoices=given.invoices))
    from huikuan.sales.billing.models import Document

    invoices = Document.objects.count()
    found = _sqlite() if connection.vendor == "sqlite" else _postgres()
    rows, whole = [], sum(t + i for t, i, _n, _by in found.values())
    for table, (own, indexes, n, by_index) in sorted(found.items(), key=lambda x: -(x[1][0] + x[1][1])):
        if own + indexes < whole / 200:
            continue
        heaviest = max(by_index.items(), key=lambda x: x[1], default=("", 0))
        rows.append(
            {"table": table, "rows an invoice": round(n / invoices, 2), "table B an invoice": round(own / invoices),
             "indexes B an invoice": round(indexes / invoices), "bytes a row": round(own / max(n, 1)),
             "heaviest index": f"{heaviest[0]} {round(heaviest[1] / invoices)}"}
        )  # fmt: skip
    rows.append({"table": "all tables", "rows an invoice": "", "table B an invoice": round(sum(t for t, *_ in found.values()) / invoices),
                 "indexes B an invoice": round(sum(i for _t, i, *_ in found.values()) / invoices), "bytes a row": "", "heaviest index": ""})  # fmt: skip
    frame.report(
        "sizes",
        {"database": connection.vendor.replace("postgresql", "postgres"), "invoices": invoices, "megabytes": round(whole / 1e6, 1), "rows": rows},
        [], write=given.write,
    )  # fmt: skip


Found = dict[str, tuple[int, int, int, dict[str, int]]]


def _sqlite() -> Found:
    """Pages of each table and index (dbstat)."""
    from django.db import connection

    out: Found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, SUM(pgsize) FROM dbstat GROUP BY name")
        sizes = dict(cursor.fetchall())
        cursor.execute("SELECT name, tbl_name, type FROM sqlite_master WHERE type IN ('table', 'index')")
        parts: list[Any] = cursor.fetchall()
        for table in [n for n, _t, kind in parts if kind == "table" and not n.startswith("sqlite_")]:
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')
            by = {n: sizes.get(n, 0) for n, of, kind in parts if kind == "index" and of == table}
            out[table] = (sizes.get(table, 0), sum(by.values()), cursor.fetchone()[0], by)
    return out


def _postgres() -> Found:
    from django.db import connection

    out: Found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, pg_table_size(relid), pg_indexes_size(relid) FROM pg_stat_user_tables")
        for table, own, indexes in cursor.fetchall():
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')
            n = cursor.fetchone()[0]
            cursor.execute(
                "SELECT indexrelname, pg_relation_size(indexrelid) FROM pg_stat_user_indexes WHERE relname = %s",
                [table],
            )
            out[table] = (own, indexes, n, dict(cursor.fetchall()))
    return out


if __name__ == "__main__":
    main()
