# Indexes that nobody looked by were written with every bank line and every proposal: another begins with the same column.
# They are dropped by name: to alter a column, SQLite would write the whole table anew.

import django.db.models.deletion
from django.db import migrations, models

GONE = (
    ("cash_bankline_company_id_37835e0a", "cash_bankline", "company_id"),
    ("cash_bankline_bank_id_6eccc166", "cash_bankline", "bank_id"),
    ("cash_bankline_customer_id_6fe0edb4", "cash_bankline", "customer_id"),
    ("cash_bankline_entry_id_91e8ab5e", "cash_bankline", "entry_id"),
    ("cash_bankline_charge_id_20de8f1f", "cash_bankline", "charge_id"),
    ("cash_proposal_company_id_eaac29a9", "cash_proposal", "company_id"),
    ("cash_proposal_line_id_038d8e57", "cash_proposal", "line_id"),
    ("cash_proposal_customer_id_2a218364", "cash_proposal", "customer_id"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("cash", "0002_differences_and_advice"),
        ("company", "0002_safe_sign_in"),
        ("customers", "0002_base_stock"),
        ("ledger", "0003_what_is_open_in_indexes"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f'DROP INDEX IF EXISTS "{name}"', f'CREATE INDEX IF NOT EXISTS "{name}" ON "{table}" ("{column}")'
                )
                for name, table, column in GONE
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="bankline",
                    name="bank",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="cash.housebank",
                    ),
                ),
                migrations.AlterField(
                    model_name="bankline",
                    name="charge",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.entry",
                    ),
                ),
                migrations.AlterField(
                    model_name="bankline",
                    name="company",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="company.company",
                    ),
                ),
                migrations.AlterField(
                    model_name="bankline",
                    name="customer",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                migrations.AlterField(
                    model_name="bankline",
                    name="entry",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.entry",
                    ),
                ),
                migrations.AlterField(
                    model_name="proposal",
                    name="company",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="company.company",
                    ),
                ),
                migrations.AlterField(
                    model_name="proposal",
                    name="customer",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                migrations.AlterField(
                    model_name="proposal",
                    name="line",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposals",
                        to="cash.bankline",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="bankline",
            index=models.Index(
                condition=models.Q(("item__isnull", True), ("state", "open")),
                fields=["company", "date"],
                name="bankline_unknown",
            ),
        ),
    ]
