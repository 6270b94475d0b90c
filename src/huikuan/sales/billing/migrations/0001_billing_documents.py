import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0001_items_and_prices"),
        ("company", "0001_people_and_duties"),
        ("customers", "0001_parties_and_terms"),
        ("ledger", "0001_entries_and_items"),
        ("orders", "0001_orders_and_deliveries"),
    ]

    operations = [
        migrations.CreateModel(
            name="Document",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("invoice", "invoice"),
                            ("credit_note", "credit_note"),
                            ("cancellation", "cancellation"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("posted", "posted"), ("cancelled", "cancelled")],
                        default="posted",
                        max_length=10,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="billed", to="customers.customer"
                    ),
                ),
                (
                    "payer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="customers.customer"
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
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="orders.order",
                    ),
                ),
                ("date", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("mode", models.CharField(choices=[("net", "net"), ("gross", "gross")], default="net", max_length=5)),
                ("net", models.BigIntegerField()),
                ("tax", models.BigIntegerField()),
                ("gross", models.BigIntegerField()),
                ("text", models.CharField(blank=True, default="", max_length=200)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("reference", models.CharField(blank=True, default="", max_length=60)),
                ("due", models.JSONField(default=list)),
                (
                    "entry",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.entry",
                    ),
                ),
                (
                    "original",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="billing.document",
                    ),
                ),
                (
                    "cancels",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cancelled_by",
                        to="billing.document",
                    ),
                ),
                ("external", models.CharField(blank=True, default="", max_length=60)),
                ("invoice_received_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("made_by", models.CharField(max_length=60)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["company", "-date", "-id"], name="document_by_date"),
                    models.Index(fields=["payer", "-date"], name="document_by_payer"),
                    models.Index(fields=["company", "state", "-id"], name="document_by_state"),
                    models.Index(fields=["entry"], name="document_by_entry"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "number"), name="document_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("external", ""), _negated=True),
                        fields=("company", "external"),
                        name="document_external_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "gross",
                                django.db.models.expressions.CombinedExpression(models.F("net"), "+", models.F("tax")),
                            )
                        ),
                        name="document_gross_is_net_and_tax",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("invoice", "credit_note", "cancellation"))),
                        name="document_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "credit_note"), ("original__isnull", True), _connector="OR"),
                        name="document_original_of_credit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cancels__isnull", False), ("kind", "cancellation")),
                            models.Q(models.Q(("kind", "cancellation"), _negated=True), ("cancels__isnull", True)),
                            _connector="OR",
                        ),
                        name="document_cancels_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__length__lte", 24)), name="document_number_fits"
                    ),
                    models.CheckConstraint(condition=models.Q(("text__length__lte", 200)), name="document_text_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("reason__length__lte", 200)), name="document_reason_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reference__length__lte", 60)), name="document_reference_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("external__length__lte", 60)), name="document_external_fits"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="billing.document"
                    ),
                ),
                ("n", models.PositiveIntegerField()),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.item",
                    ),
                ),
                ("text", models.CharField(blank=True, default="", max_length=200)),
                ("quantity", models.BigIntegerField(blank=True, null=True)),
                ("unit", models.CharField(blank=True, default="", max_length=32)),
                ("price", models.BigIntegerField(blank=True, null=True)),
                ("discount", models.BigIntegerField(default=0)),
                ("net", models.BigIntegerField()),
                ("tax_code", models.CharField(blank=True, default="", max_length=10)),
                ("tax_rate", models.BigIntegerField(default=0)),
                ("tax", models.BigIntegerField()),
                ("gross", models.BigIntegerField()),
                (
                    "order_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="billed_lines",
                        to="orders.orderline",
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="billed_lines",
                        to="orders.delivery",
                    ),
                ),
                (
                    "delivery_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="billed_lines",
                        to="orders.deliveryline",
                    ),
                ),
                (
                    "original",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credited_by",
                        to="billing.documentline",
                    ),
                ),
            ],
            options={
                "ordering": ["document", "n"],
                "constraints": [
                    models.UniqueConstraint(fields=("document", "n"), name="document_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "gross",
                                django.db.models.expressions.CombinedExpression(models.F("net"), "+", models.F("tax")),
                            )
                        ),
                        name="document_line_gross_is_net_and_tax",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text__length__lte", 200)), name="document_line_text_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit__length__lte", 32)), name="document_line_unit_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tax_code__length__lte", 10)), name="document_line_tax_code_fits"
                    ),
                ],
                "indexes": [],
            },
        ),
    ]
