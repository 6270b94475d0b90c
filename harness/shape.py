"""The shape of a new database, made by every migration or at once from the models: both must be the same.

    HUIKUAN_HOME=… [HUIKUAN_DATABASE_URL=…] python -m harness.shape migrations|newborn

Prints one JSON object: tables with their columns, constraints and indexes whatever their order, and the guards.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from harness import frame


def shape() -> dict[str, Any]:
    from django.db import connection

    from huikuan.office.trail.guards import differences

    found: dict[str, Any] = {"guards differ": [str(d) for d in differences()]}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            columns = connection.introspection.get_table_description(cursor, table)
            held = connection.introspection.get_constraints(cursor, table)
            found[table] = {
                "columns": sorted([c.name, str(c.type_code), bool(c.null_ok)] for c in columns),
                "constraints": sorted(
                    [sorted(str(x) for x in c["columns"] or []), c["primary_key"], c["unique"], str(c["foreign_key"]), c["check"], c["index"]]
                    for c in held.values()
                ),
                "names": sorted(n for n, c in held.items() if not n.startswith("__") and not c["foreign_key"] and "_fk_" not in n),
            }  # fmt: skip
    return found


def main() -> None:
    frame.set_up(migrate=False)
    from django.core.management import call_command

    from huikuan.site import newborn

    if sys.argv[1] == "newborn":
        newborn.create()
    call_command("migrate", verbosity=0, run_syncdb=True)
    print(json.dumps(shape(), sort_keys=True, default=str))


if __name__ == "__main__":
    main()
