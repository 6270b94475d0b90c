# Keys of lines that a guard looks up (docs/decisions/0015), and indexes that a longer one begins with.

import django.db.models.deletion
from django.db import migrations, models

from huikuan.office.trail.store import unbind, unindex

SAME = {  # what finds the same rows
    "ledger_entry": "company_id",  # entry_number_once
    "ledger_line": "entry_id",  # line_n
    "ledger_clearing": "company_id",  # clearing_number_once
    "ledger_clearingleg": "clearing_id",  # leg_once
}


def go(apps, editor):
    unbind(editor, "ledger_line", "account_id", "party_id")
    for table, column in SAME.items():
        unindex(editor, table, column)


def key(to, **more):
    return models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to=to, **more)


class Migration(migrations.Migration):
    dependencies = [
        ("company", "0002_safe_sign_in"),
        ("customers", "0002_base_stock"),
        ("ledger", "0005_keys_that_guards_look_up"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(go, migrations.RunPython.noop)],
            state_operations=[
                migrations.AlterField("entry", "company", key("company.company", db_constraint=False)),
                migrations.AlterField("line", "entry", key("ledger.entry", related_name="lines")),
                migrations.AlterField("line", "account", key("ledger.account", db_constraint=False)),
                migrations.AlterField(
                    "line", "party", key("customers.customer", db_constraint=False, null=True, related_name="+")
                ),
                migrations.AlterField("clearing", "company", key("company.company", db_constraint=False)),
                migrations.AlterField("clearingleg", "clearing", key("ledger.clearing", related_name="legs")),
            ],
        )
    ]
