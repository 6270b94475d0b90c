# Constraints that PostgreSQL asks row by row, where a guard asks the same of all new rows at once (docs/decisions/0015).

import django.db.models.deletion
from django.db import migrations, models

from huikuan.office.trail.store import unbind

LOOSE = {
    "ledger_entry": ("company_id", "period_id"),
    "ledger_line": ("company_id",),
    "ledger_openitem": ("line_id", "company_id", "customer_id", "account_id"),
    "ledger_clearing": ("company_id",),
    "ledger_clearingleg": ("company_id", "item_id"),
}


def go(apps, editor):
    for table, columns in LOOSE.items():
        unbind(editor, table, *columns)


def key(to, kind=models.ForeignKey, **more):
    return kind(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to=to, **more)


class Migration(migrations.Migration):
    dependencies = [
        ("company", "0002_safe_sign_in"),
        ("customers", "0002_base_stock"),
        ("ledger", "0004_open_by_amount_and_by_days_late"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(go, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField("entry", "company", key("company.company")),
                migrations.AlterField("entry", "period", key("ledger.period")),
                migrations.AlterField("line", "company", key("company.company", db_index=False)),
                migrations.AlterField(
                    "openitem",
                    "line",
                    key("ledger.line", models.OneToOneField, db_column="line_id", related_name="item"),
                ),
                migrations.AlterField("openitem", "company", key("company.company", db_index=False)),
                migrations.AlterField(
                    "openitem", "customer", key("customers.customer", db_index=False, related_name="+")
                ),
                migrations.AlterField("openitem", "account", key("ledger.account", db_index=False)),
                migrations.AlterField("clearing", "company", key("company.company")),
                migrations.AlterField("clearingleg", "company", key("company.company", db_index=False)),
                migrations.AlterField("clearingleg", "item", key("ledger.openitem", related_name="legs")),
            ],
        )
    ]
