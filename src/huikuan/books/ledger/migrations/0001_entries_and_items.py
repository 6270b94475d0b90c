import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("company", "0001_people_and_duties"),
        ("customers", "0001_parties_and_terms"),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="company.company")),
                ("code", models.CharField(max_length=12)),
                ("name", models.CharField(max_length=80)),
                ("name_en", models.CharField(blank=True, max_length=80)),
                ("kind", models.CharField(max_length=10)),
                ("control", models.BooleanField(default=False)),
                ("blocked", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("company", "code"), name="account_once")],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Period",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="company.company")),
                ("year", models.IntegerField()),
                ("month", models.IntegerField()),
                ("start", models.DateField()),
                ("end", models.DateField()),
                ("state", models.CharField(default="open", max_length=6)),
                ("totals", models.JSONField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "year", "month"), name="period_once"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["open", "closed"])), name="period_state"),
                    models.CheckConstraint(
                        condition=models.Q(("month__gte", 1), ("month__lte", 12), ("start__lte", models.F("end"))),
                        name="period_month",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="company.company")),
                ("period", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="ledger.period")),
                ("klass", models.CharField(max_length=8)),
                ("year", models.IntegerField()),
                ("number", models.BigIntegerField()),
                ("posting_date", models.DateField()),
                ("document_date", models.DateField()),
                ("text", models.CharField(max_length=200)),
                ("reference", models.CharField(blank=True, max_length=80)),
                ("source", models.CharField(blank=True, max_length=80)),
                (
                    "reverses",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="ledger.entry",
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("act", models.BigIntegerField()),
                ("by", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["company", "posting_date", "id"], name="entry_date"),
                    models.Index(fields=["company", "source"], name="entry_source"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "klass", "year", "number"), name="entry_number_once"),
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="entry_number"),
                    models.CheckConstraint(
                        condition=models.Q(("reverses", models.F("id")), _negated=True), name="entry_not_itself"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Line",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="company.company"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="ledger.entry"
                    ),
                ),
                ("n", models.IntegerField()),
                (
                    "account",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.account"),
                ),
                (
                    "party",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("doc_amount", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                ("posting_date", models.DateField()),
                ("text", models.CharField(blank=True, max_length=200)),
                ("reference", models.CharField(blank=True, max_length=80)),
            ],
            options={
                "indexes": [models.Index(fields=["account", "posting_date", "amount"], name="line_account")],
                "constraints": [
                    models.UniqueConstraint(fields=("entry", "n"), name="line_n"),
                    models.CheckConstraint(
                        condition=models.Q(("amount", 0), ("doc_amount", 0), _negated=True), name="line_not_nothing"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OpenItem",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "line",
                    models.OneToOneField(
                        db_column="line_id",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="item",
                        to="ledger.line",
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="company.company"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.account"),
                ),
                ("kind", models.CharField(max_length=8)),
                ("document", models.CharField(max_length=40)),
                ("document_date", models.DateField()),
                ("posting_date", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("amount", models.BigIntegerField()),
                ("base_amount", models.BigIntegerField()),
                ("remaining", models.BigIntegerField()),
                ("base_remaining", models.BigIntegerField()),
                ("due_date", models.DateField(null=True)),
                ("base_date", models.DateField(null=True)),
                ("awaiting", models.CharField(blank=True, max_length=20)),
                ("block", models.CharField(blank=True, max_length=20)),
                ("dunning_level", models.IntegerField(default=0)),
                ("reference", models.CharField(blank=True, max_length=80)),
                ("text", models.CharField(blank=True, max_length=200)),
                ("owner", models.CharField(blank=True, max_length=80)),
                ("expected_date", models.DateField(null=True)),
                ("reason_code", models.CharField(blank=True, max_length=20)),
                ("version", models.IntegerField(default=1)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("remaining", 0), _negated=True),
                        fields=["company", "customer", "due_date"],
                        name="item_open",
                    ),
                    models.Index(fields=["company", "document"], name="item_document"),
                    models.Index(fields=["company", "posting_date"], name="item_posted"),
                    models.Index(fields=["company", "customer", "posting_date"], name="item_customer"),
                    models.Index(fields=["company", "due_date", "id"], name="item_due"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__gt", 0), ("remaining__gte", 0), ("remaining__lte", models.F("amount"))),
                            models.Q(("amount__lt", 0), ("remaining__gte", models.F("amount")), ("remaining__lte", 0)),
                            _connector="OR",
                        ),
                        name="i07_no_more_is_cleared_than_there_is",
                    ),
                    models.CheckConstraint(condition=models.Q(("id", models.F("line"))), name="item_is_its_line"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ItemChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="company.company")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="ledger.openitem"
                    ),
                ),
                ("field", models.CharField(max_length=20)),
                ("old", models.CharField(blank=True, max_length=200)),
                ("new", models.CharField(blank=True, max_length=200)),
                ("on", models.DateField()),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("act", models.BigIntegerField()),
                ("by", models.CharField(max_length=80)),
            ],
            options={
                "indexes": [models.Index(fields=["company", "field", "on"], name="item_change_on")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Clearing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="company.company")),
                ("year", models.IntegerField()),
                ("number", models.BigIntegerField()),
                ("date", models.DateField()),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("source", models.CharField(blank=True, max_length=80)),
                (
                    "reverses",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="ledger.clearing",
                    ),
                ),
                ("act", models.BigIntegerField()),
                ("by", models.CharField(max_length=80)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["company", "-id"], name="clearing_latest"),
                    models.Index(fields=["company", "source"], name="clearing_source"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "year", "number"), name="clearing_number_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ClearingLeg",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="company.company"
                    ),
                ),
                (
                    "clearing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="legs", to="ledger.clearing"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="legs", to="ledger.openitem"
                    ),
                ),
                ("amount", models.BigIntegerField()),
                ("base_amount", models.BigIntegerField()),
                ("date", models.DateField()),
            ],
            options={
                "indexes": [models.Index(fields=["company", "date", "item", "amount"], name="leg_date")],
                "constraints": [
                    models.UniqueConstraint(fields=("clearing", "item"), name="leg_once"),
                    models.CheckConstraint(condition=models.Q(("amount", 0), _negated=True), name="leg_not_nothing"),
                ],
            },
        ),
    ]
