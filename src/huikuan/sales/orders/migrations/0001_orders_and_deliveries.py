import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0001_items_and_prices"),
        ("company", "0001_people_and_duties"),
        ("customers", "0001_parties_and_terms"),
        ("files", "0001_kept_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("number", models.CharField(max_length=24)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="customers.customer"
                    ),
                ),
                (
                    "payer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders_to_pay",
                        to="customers.customer",
                    ),
                ),
                (
                    "ship_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.shipto",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.orgunit",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.terms",
                    ),
                ),
                ("date", models.DateField()),
                ("requested", models.DateField(blank=True, null=True)),
                ("currency", models.CharField(max_length=3)),
                ("mode", models.CharField(choices=[("net", "net"), ("gross", "gross")], default="net", max_length=5)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("free", "free"),
                            ("held", "held"),
                            ("released", "released"),
                            ("rejected", "rejected"),
                            ("part_delivered", "part_delivered"),
                            ("delivered", "delivered"),
                            ("billed", "billed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="free",
                        max_length=14,
                    ),
                ),
                ("customer_po", models.CharField(blank=True, default="", max_length=60)),
                ("net", models.BigIntegerField(default=0)),
                ("tax", models.BigIntegerField(default=0)),
                ("gross", models.BigIntegerField(default=0)),
                ("note", models.CharField(blank=True, default="", max_length=200)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("held_on", models.DateField(blank=True, null=True)),
                ("shortfall", models.BigIntegerField(blank=True, null=True)),
                ("prepay", models.BigIntegerField(default=0)),
                (
                    "copied_from",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="copies",
                        to="orders.order",
                    ),
                ),
                ("external", models.CharField(blank=True, default="", max_length=60)),
                ("version", models.PositiveIntegerField(default=1)),
                ("made_by", models.CharField(max_length=60)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["company", "state", "-id"], name="order_by_state"),
                    models.Index(fields=["company", "-date", "-id"], name="order_by_date"),
                    models.Index(fields=["payer", "state"], name="order_by_payer"),
                    models.Index(fields=["customer", "-id"], name="order_by_customer"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "number"), name="order_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("external", ""), _negated=True),
                        fields=("company", "external"),
                        name="order_external_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "gross",
                                django.db.models.expressions.CombinedExpression(models.F("net"), "+", models.F("tax")),
                            )
                        ),
                        name="order_gross_is_net_and_tax",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "free",
                                    "held",
                                    "released",
                                    "rejected",
                                    "part_delivered",
                                    "delivered",
                                    "billed",
                                    "cancelled",
                                ],
                            )
                        ),
                        name="order_state_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("number__length__lte", 24)), name="order_number_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("customer_po__length__lte", 60)), name="order_customer_po_fits"
                    ),
                    models.CheckConstraint(condition=models.Q(("note__length__lte", 200)), name="order_note_fits"),
                    models.CheckConstraint(condition=models.Q(("reason__length__lte", 200)), name="order_reason_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("external__length__lte", 60)), name="order_external_fits"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.order"
                    ),
                ),
                ("n", models.PositiveIntegerField()),
                (
                    "item",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.item"),
                ),
                ("text", models.CharField(blank=True, default="", max_length=200)),
                ("quantity", models.BigIntegerField()),
                ("unit", models.CharField(blank=True, default="", max_length=32)),
                ("price", models.BigIntegerField()),
                ("discount", models.BigIntegerField(default=0)),
                ("tax_code", models.CharField(blank=True, default="", max_length=10)),
                ("tax_rate", models.BigIntegerField(default=0)),
                ("net", models.BigIntegerField()),
                ("tax", models.BigIntegerField()),
                ("gross", models.BigIntegerField()),
                ("delivered", models.BigIntegerField(default=0)),
                ("billed", models.BigIntegerField(default=0)),
            ],
            options={
                "ordering": ["order", "n"],
                "constraints": [
                    models.UniqueConstraint(fields=("order", "n"), name="order_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "gross",
                                django.db.models.expressions.CombinedExpression(models.F("net"), "+", models.F("tax")),
                            )
                        ),
                        name="order_line_gross_is_net_and_tax",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price__gte", 0), ("quantity__gt", 0)), name="order_line_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discount__gte", 0), ("discount__lte", 100000000)),
                        name="order_line_discount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("billed__gte", 0),
                            ("billed__lte", models.F("delivered")),
                            ("delivered__lte", models.F("quantity")),
                        ),
                        name="order_line_billed_delivered_ordered",
                    ),
                    models.CheckConstraint(condition=models.Q(("text__length__lte", 200)), name="order_line_text_fits"),
                    models.CheckConstraint(condition=models.Q(("unit__length__lte", 32)), name="order_line_unit_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("tax_code__length__lte", 10)), name="order_line_tax_code_fits"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="CreditDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="orders.order"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("on", models.DateField()),
                ("by", models.CharField(max_length=60)),
                ("act", models.BigIntegerField(null=True)),
                ("cause", models.CharField(max_length=12)),
                ("outcome", models.CharField(choices=[("free", "free"), ("held", "held")], max_length=5)),
                ("reasons", models.JSONField(default=list)),
                ("exposure", models.JSONField(default=dict)),
                ("limit", models.BigIntegerField(blank=True, null=True)),
                ("amount", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("shortfall", models.BigIntegerField(default=0)),
            ],
            options={
                "ordering": ["order", "id"],
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="releases", to="orders.order"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("on", models.DateField()),
                ("by", models.CharField(max_length=60)),
                ("reason", models.CharField(max_length=200)),
                ("amount", models.BigIntegerField()),
                ("shortfall", models.BigIntegerField(default=0)),
                (
                    "evidence",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.file",
                    ),
                ),
                ("money_came_on", models.DateField(blank=True, null=True)),
                ("ended_on", models.DateField(blank=True, null=True)),
            ],
            options={
                "ordering": ["order", "id"],
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("number", models.CharField(max_length=24)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="deliveries", to="orders.order"
                    ),
                ),
                ("date", models.DateField()),
                ("etd", models.DateField(blank=True, null=True)),
                ("eta", models.DateField(blank=True, null=True)),
                ("signed_on", models.DateField(blank=True, null=True)),
                ("signed_by", models.CharField(blank=True, default="", max_length=60)),
                ("carrier", models.CharField(blank=True, default="", max_length=60)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("billed", "billed"), ("cancelled", "cancelled")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("external", models.CharField(blank=True, default="", max_length=60)),
                ("made_by", models.CharField(max_length=60)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["company", "state", "date", "id"], name="delivery_by_state"),
                    models.Index(fields=["company", "-date", "-id"], name="delivery_by_date"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "number"), name="delivery_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("external", ""), _negated=True),
                        fields=("company", "external"),
                        name="delivery_external_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__length__lte", 24)), name="delivery_number_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("signed_by__length__lte", 60)), name="delivery_signed_by_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("carrier__length__lte", 60)), name="delivery_carrier_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("external__length__lte", 60)), name="delivery_external_fits"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeliveryLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="orders.delivery"
                    ),
                ),
                (
                    "order_line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="delivery_lines",
                        to="orders.orderline",
                    ),
                ),
                ("quantity", models.BigIntegerField()),
                ("batch", models.CharField(blank=True, default="", max_length=40)),
                ("expiry", models.DateField(blank=True, null=True)),
            ],
            options={
                "ordering": ["delivery", "id"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="delivery_line_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("batch__length__lte", 40)), name="delivery_line_batch_fits"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="OrderImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("read", models.PositiveIntegerField(default=0)),
                ("landed", models.PositiveIntegerField(default=0)),
                ("known", models.PositiveIntegerField(default=0)),
                ("quarantined", models.PositiveIntegerField(default=0)),
                ("made_by", models.CharField(max_length=60)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["company", "-id"], name="order_import_newest")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="OrderImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rows", to="orders.orderimport"
                    ),
                ),
                ("row", models.PositiveIntegerField()),
                ("cells", models.JSONField(default=dict)),
                ("faults", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("landed", "landed"), ("dropped", "dropped")], max_length=8
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "ordering": ["sheet", "row"],
                "constraints": [models.UniqueConstraint(fields=("sheet", "row"), name="order_import_row_once")],
                "indexes": [],
            },
        ),
    ]
