"""The tables of a database that has none yet, made at once from the models as they are.

Running every migration on an empty database gives the same tables (`harness/upgrades.py` holds them against each other) but
redraws the whole project for each step: a quarter of a minute for nothing. So a new database is made in one go, its
migrations are written down as done, and the same signals make the rows and guards that every database needs.
"""

from __future__ import annotations

from django.apps import apps
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def is_empty() -> bool:
    return not connection.introspection.table_names()


def create() -> None:
    """Make all tables of an empty database, in one transaction, and note every migration as applied."""
    emit_pre_migrate_signal(verbosity=0, interactive=False, db=DEFAULT_DB_ALIAS)
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.managed and not model._meta.proxy and not model._meta.swapped:
                editor.create_model(model)
        recorder = MigrationRecorder(connection)
        recorder.ensure_schema()
        for app, name in sorted(MigrationLoader(connection).disk_migrations):
            recorder.record_applied(app, name)
    emit_post_migrate_signal(verbosity=0, interactive=False, db=DEFAULT_DB_ALIAS)
