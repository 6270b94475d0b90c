# A customer is never deleted, and a guard looks up whether it is there (docs/decisions/0015).

import django.db.models.deletion
from django.db import migrations, models

from huikuan.office.trail.store import unbind


def go(apps, editor):
    for table in ("cash_bankline", "cash_proposal"):
        unbind(editor, table, "customer_id")


def key(**more):
    return models.ForeignKey(
        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+",
        to="customers.customer", **more,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("cash", "0006_acts_that_noted_statements"),
        ("customers", "0003_bank_accounts_by_key"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(go, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField("bankline", "customer", key(null=True)),
                migrations.AlterField("proposal", "customer", key()),
            ],
        )
    ]
