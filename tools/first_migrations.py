"""Write the first migration of capabilities that have none yet: tables whole, with their constraints and indexes.

    python tools/first_migrations.py [APP …]

Django's own makemigrations adds each constraint by itself, and SQLite remakes the table for every one of them (172 times
here). A landed migration is never written again: the tool refuses an app that git already holds a migration of.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"
NAMES = {
    "trail": "records_and_chain", "company": "people_and_duties", "work": "work_orders", "files": "kept_files",
    "approvals": "approvals_and_limits", "customers": "parties_and_terms", "catalog": "items_and_prices",
    "ledger": "entries_and_items", "orders": "orders_and_deliveries", "billing": "billing_documents", "cash": "bank_lines",
    "statements": "issued_statements", "takeover": "loads_and_links",
}  # fmt: skip


def main(chosen: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huikuan.site.settings")
    import django

    django.setup()
    from django.apps import apps
    from django.db import migrations, models
    from django.db.migrations.state import ModelState
    from django.db.migrations.writer import MigrationWriter
    from django.utils import translation

    translation.deactivate_all()

    for config in apps.get_app_configs():
        if not config.name.startswith("huikuan.") or (chosen and config.label not in chosen):
            continue
        waiting = list(config.get_models())
        if not waiting:
            continue
        folder = Path(config.path) / "migrations"
        held = subprocess.run(
            ["git", "ls-files", str(folder)], capture_output=True, text=True, check=True
        ).stdout.split()
        if any(Path(f).name.startswith("0") for f in held):
            print(f"{config.label}: has landed, left alone")
            continue
        operations, done, needed = [], set(), set()
        while waiting:
            for model in waiting:
                targets = {f.related_model for f in model._meta.local_fields if isinstance(f, models.ForeignKey)}
                targets |= {f.related_model for f in model._meta.local_many_to_many}
                mine = {t for t in targets if t._meta.app_label == config.label and t is not model}
                if mine <= done:
                    break
            else:
                raise SystemExit(f"{config.label}: foreign keys in a ring: {waiting}")
            waiting.remove(model)
            done.add(model)
            needed |= {t._meta.app_label for t in targets if t._meta.app_label != config.label}
            state = ModelState.from_model(model)
            operations.append(
                migrations.CreateModel(
                    state.name, list(state.fields.items()), state.options, state.bases, state.managers
                )
            )
        name = f"0001_{NAMES.get(config.label, config.label)}"
        parts = {
            "operations": operations,
            "initial": True,
            "dependencies": [(app, f"0001_{NAMES.get(app, app)}") for app in sorted(needed)],
        }
        migration = type("Migration", (migrations.Migration,), parts)(name, config.label)
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
        text = MigrationWriter(migration, include_header=False).as_string()
        (folder / f"{name}.py").write_text(text)
        print(f"{config.label}: {name}, {len(operations)} tables")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(SOURCE))
    sys.exit(main(sys.argv[1:]))
