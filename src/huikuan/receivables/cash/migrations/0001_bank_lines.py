import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("company", "0001_people_and_duties"),
        ("customers", "0001_parties_and_terms"),
        ("ledger", "0001_entries_and_items"),
    ]

    operations = [
        migrations.CreateModel(
            name="HouseBank",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("number", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=120)),
                ("bank", models.CharField(blank=True, default="", max_length=120)),
                ("currency", models.CharField(max_length=3)),
                ("account", models.CharField(default="1002", max_length=12)),
                ("spellings", models.JSONField(default=list)),
                ("map", models.JSONField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "number"), name="housebank_once"),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("number", ""), _negated=True), ("currency__length", 3)),
                        name="housebank_named",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__length__lte", 60)), name="housebank_number_fits"
                    ),
                    models.CheckConstraint(condition=models.Q(("name__length__lte", 120)), name="housebank_name_fits"),
                    models.CheckConstraint(condition=models.Q(("bank__length__lte", 120)), name="housebank_bank_fits"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="StatementFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="files", to="cash.housebank"
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("kind", models.CharField(max_length=8)),
                ("charset", models.CharField(blank=True, default="", max_length=20)),
                ("file", models.BigIntegerField(null=True)),
                ("read", models.PositiveIntegerField()),
                ("refused", models.JSONField(default=list)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("act", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "bank", "sha256"), name="i09_statement_file_once"),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__length__lte", 64)), name="statementfile_sha256_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name__length__lte", 200)), name="statementfile_name_fits"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="BankStatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="statements", to="cash.housebank"
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="statements", to="cash.statementfile"
                    ),
                ),
                ("n", models.PositiveIntegerField()),
                ("number", models.CharField(blank=True, default="", max_length=40)),
                ("account", models.CharField(blank=True, default="", max_length=60)),
                ("currency", models.CharField(max_length=3)),
                ("since", models.DateField(null=True)),
                ("until", models.DateField(null=True)),
                ("opening", models.BigIntegerField(null=True)),
                ("closing", models.BigIntegerField(null=True)),
                ("net", models.BigIntegerField()),
                ("waiting", models.BigIntegerField(default=0)),
                ("lines", models.PositiveIntegerField()),
                ("known", models.PositiveIntegerField(default=0)),
            ],
            options={
                "indexes": [models.Index(fields=["company", "bank", "account", "since"], name="bankstatement_chain")],
                "constraints": [
                    models.UniqueConstraint(fields=("file", "n"), name="bankstatement_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("opening__isnull", True),
                            ("closing__isnull", True),
                            (
                                "closing",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("opening"), "+", models.F("net")
                                    ),
                                    "+",
                                    models.F("waiting"),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="i09_statement_closes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BankLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="cash.housebank"
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="own_lines", to="cash.bankstatement"
                    ),
                ),
                ("import_id", models.CharField(max_length=160)),
                ("row", models.PositiveIntegerField()),
                ("date", models.DateField()),
                ("value_date", models.DateField()),
                ("amount", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("payer_name", models.CharField(blank=True, default="", max_length=300)),
                ("payer_account", models.CharField(blank=True, default="", max_length=60)),
                ("payer_bank", models.CharField(blank=True, default="", max_length=200)),
                ("folded", models.CharField(blank=True, default="", max_length=200)),
                ("remark", models.CharField(blank=True, default="", max_length=1000)),
                ("reference", models.CharField(blank=True, default="", max_length=200)),
                ("serial", models.CharField(blank=True, default="", max_length=120)),
                ("raw", models.JSONField(default=list)),
                ("state", models.CharField(default="open", max_length=8)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("how", models.CharField(blank=True, default="", max_length=10)),
                (
                    "entry",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.entry"
                    ),
                ),
                (
                    "item",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.openitem"
                    ),
                ),
                ("assigned", models.CharField(blank=True, default="", max_length=80)),
                ("note", models.CharField(blank=True, default="", max_length=300)),
                ("version", models.PositiveIntegerField(default=1)),
                ("act", models.BigIntegerField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["company", "-date", "-id"], name="bankline_latest"),
                    models.Index(fields=["company", "state", "date"], name="bankline_state_date"),
                    models.Index(fields=["company", "customer", "date"], name="bankline_customer"),
                    models.Index(fields=["company", "amount"], name="bankline_amount"),
                    models.Index(fields=["company", "folded"], name="bankline_folded"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("bank", "import_id"), name="i09_bank_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(("amount", 0), _negated=True), name="bankline_moves_money"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("open", "account", "out", "ignored", "waiting"))),
                        name="bankline_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("item__isnull", True), ("customer__isnull", False), _connector="OR"),
                        name="bankline_item_has_payer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("import_id__length__lte", 160)), name="bankline_import_id_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("payer_name__length__lte", 300)), name="bankline_payer_name_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("remark__length__lte", 1000)), name="bankline_remark_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reference__length__lte", 200)), name="bankline_reference_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("serial__length__lte", 120)), name="bankline_serial_fits"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuarantinedLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "bank",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="quarantined", to="cash.housebank"
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="quarantined", to="cash.bankstatement"
                    ),
                ),
                ("row", models.PositiveIntegerField()),
                ("raw", models.JSONField()),
                ("faults", models.JSONField()),
                ("state", models.CharField(default="waiting", max_length=8)),
                (
                    "line",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cash.bankline"
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("statement", "row"), name="quarantined_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "fixed", "dropped"])), name="quarantined_state"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "fixed"), _negated=True), ("line__isnull", False), _connector="OR"
                        ),
                        name="quarantined_fixed_has_line",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="proposals", to="cash.bankline"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                    ),
                ),
                ("rank", models.PositiveIntegerField()),
                ("score", models.PositiveIntegerField()),
                ("rule", models.CharField(max_length=30)),
                ("sure", models.BooleanField()),
                ("legs", models.JSONField()),
                ("why", models.JSONField()),
                ("considered", models.JSONField(default=list)),
                ("rest", models.BigIntegerField()),
                ("state", models.CharField(default="live", max_length=8)),
                ("clearing", models.BigIntegerField(null=True)),
                ("act", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["line", "state", "rank"], name="proposal_line")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["live", "cleared", "accepted", "past"])),
                        name="proposal_state",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Lesson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("kind", models.CharField(max_length=8)),
                ("key", models.CharField(max_length=200)),
                ("shown", models.CharField(max_length=300)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cash.bankline"
                    ),
                ),
                ("live", models.BooleanField(default=True)),
                ("by", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("act", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "kind", "key", "customer"), name="lesson_once"),
                    models.CheckConstraint(condition=models.Q(("kind__in", ["name", "account"])), name="lesson_kind"),
                    models.CheckConstraint(condition=models.Q(("key__length__lte", 200)), name="lesson_key_fits"),
                ],
                "indexes": [],
            },
        ),
    ]
