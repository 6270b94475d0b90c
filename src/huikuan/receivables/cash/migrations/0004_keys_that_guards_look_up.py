# Constraints that PostgreSQL asks row by row, where a guard asks the same of all new rows at once (docs/decisions/0015).
# Without an index on `entry` and `charge`, SQLite walked all bank lines for each entry that anybody posted.

import django.db.models.deletion
from django.db import migrations, models

from huikuan.office.trail.store import unbind

LOOSE = {
    "cash_bankline": ("company_id", "bank_id", "statement_id", "entry_id", "item_id", "charge_id"),
    "cash_proposal": ("company_id", "line_id"),
}


def go(apps, editor):
    for table, columns in LOOSE.items():
        unbind(editor, table, *columns)


def key(to, kind=models.ForeignKey, related_name="+", **more):
    return kind(
        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to=to, related_name=related_name, **more
    )


class Migration(migrations.Migration):
    dependencies = [
        ("cash", "0003_indexes_somebody_uses"),
        ("company", "0002_safe_sign_in"),
        ("ledger", "0005_keys_that_guards_look_up"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunPython(go, migrations.RunPython.noop),
            ],
            state_operations=[
                migrations.AlterField("bankline", "entry", key("ledger.entry", null=True, db_index=False)),
                migrations.AlterField("bankline", "charge", key("ledger.entry", null=True, db_index=False)),
                migrations.AlterField("bankline", "company", key("company.company", db_index=False)),
                migrations.AlterField("bankline", "bank", key("cash.housebank", related_name="lines", db_index=False)),
                migrations.AlterField("bankline", "statement", key("cash.bankstatement", related_name="own_lines")),
                migrations.AlterField("bankline", "item", key("ledger.openitem", models.OneToOneField, null=True)),
                migrations.AlterField("proposal", "company", key("company.company", db_index=False)),
                migrations.AlterField(
                    "proposal", "line", key("cash.bankline", related_name="proposals", db_index=False)
                ),
            ],
        ),
    ]
