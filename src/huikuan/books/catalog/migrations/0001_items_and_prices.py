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
            name="TaxCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("code", models.CharField(max_length=10)),
                ("name", models.CharField(max_length=100)),
                ("name_en", models.CharField(blank=True, default="", max_length=100)),
                ("rate", models.BigIntegerField()),
                ("kind", models.CharField(default="taxed", max_length=8)),
                ("since", models.DateField()),
                ("until", models.DateField(blank=True, null=True)),
                (
                    "successor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="predecessors",
                        to="catalog.taxcode",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code"), name="taxcode_once"),
                    models.CheckConstraint(condition=models.Q(("rate__range", (0, 100000000))), name="taxcode_rate"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("taxed", "zero", "exempt", "untaxed"))), name="taxcode_kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind", "taxed"), ("rate", 0), _connector="OR"),
                        name="taxcode_untaxed_is_zero",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"),
                        name="taxcode_dates",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("successor__isnull", True),
                            models.Q(("successor", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="taxcode_successor_other",
                    ),
                    models.CheckConstraint(condition=models.Q(("code__length__lte", 10)), name="taxcode_code_fits"),
                    models.CheckConstraint(condition=models.Q(("name__length__lte", 100)), name="taxcode_name_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("name_en__length__lte", 100)), name="taxcode_name_en_fits"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("number", models.CharField(max_length=40)),
                ("external", models.CharField(blank=True, default="", max_length=40)),
                ("name", models.CharField(max_length=200)),
                ("name_en", models.CharField(blank=True, default="", max_length=200)),
                ("pinyin", models.CharField(blank=True, default="", max_length=200)),
                ("spec", models.CharField(blank=True, default="", max_length=150)),
                ("unit", models.CharField(max_length=32)),
                ("family", models.CharField(blank=True, default="", max_length=60)),
                (
                    "tax_code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="catalog.taxcode"
                    ),
                ),
                ("tax_class", models.CharField(blank=True, default="", max_length=19)),
                ("tax_short", models.CharField(blank=True, default="", max_length=120)),
                ("shelf_life_days", models.PositiveIntegerField(blank=True, null=True)),
                ("state", models.CharField(default="active", max_length=8)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "number"), name="item_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("external", ""), _negated=True),
                        fields=("company", "external"),
                        name="item_external_once",
                    ),
                    models.CheckConstraint(condition=models.Q(("state__in", ("active", "closed"))), name="item_state"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number", ""), _negated=True), models.Q(("name", ""), _negated=True)
                        ),
                        name="item_named",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tax_class", ""), ("tax_class__length", 19), _connector="OR"),
                        name="item_tax_class",
                    ),
                    models.CheckConstraint(condition=models.Q(("number__length__lte", 40)), name="item_number_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("external__length__lte", 40)), name="item_external_fits"
                    ),
                    models.CheckConstraint(condition=models.Q(("name__length__lte", 200)), name="item_name_fits"),
                    models.CheckConstraint(condition=models.Q(("name_en__length__lte", 200)), name="item_name_en_fits"),
                    models.CheckConstraint(condition=models.Q(("pinyin__length__lte", 200)), name="item_pinyin_fits"),
                    models.CheckConstraint(condition=models.Q(("spec__length__lte", 150)), name="item_spec_fits"),
                    models.CheckConstraint(condition=models.Q(("unit__length__lte", 32)), name="item_unit_fits"),
                    models.CheckConstraint(condition=models.Q(("family__length__lte", 60)), name="item_family_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("tax_short__length__lte", 120)), name="item_tax_short_fits"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Price",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="prices", to="catalog.item"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("klass", models.CharField(blank=True, default="", max_length=12)),
                ("currency", models.CharField(max_length=3)),
                ("price", models.BigIntegerField()),
                ("mode", models.CharField(default="net", max_length=5)),
                ("since", models.DateField()),
                ("until", models.DateField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("customer__isnull", False)),
                        fields=("item", "customer", "currency", "since"),
                        name="price_customer_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("customer__isnull", True)),
                        fields=("item", "klass", "currency", "since"),
                        name="price_klass_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("klass", ""),
                            ("klass__in", ("ka", "distributor", "shop", "special", "indirect", "online", "other")),
                            _connector="OR",
                        ),
                        name="price_klass",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("klass", ""), ("customer__isnull", True), _connector="OR"),
                        name="price_one_scope",
                    ),
                    models.CheckConstraint(condition=models.Q(("mode__in", ("net", "gross"))), name="price_mode"),
                    models.CheckConstraint(condition=models.Q(("price__gte", 0)), name="price_not_negative"),
                    models.CheckConstraint(condition=models.Q(("currency__length", 3)), name="price_currency"),
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"),
                        name="price_dates",
                    ),
                ],
                "indexes": [],
            },
        ),
    ]
