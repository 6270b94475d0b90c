import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("company", "0001_people_and_duties"),
    ]

    operations = [
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("number", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=200)),
                ("name_en", models.CharField(blank=True, default="", max_length=200)),
                ("currency", models.CharField(max_length=3)),
                ("credit_limit", models.BigIntegerField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "number"), name="group_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(("credit_limit__isnull", True), ("credit_limit__gte", 0), _connector="OR"),
                        name="group_limit_not_negative",
                    ),
                    models.CheckConstraint(condition=models.Q(("currency__length", 3)), name="group_currency"),
                    models.CheckConstraint(condition=models.Q(("number__length__lte", 20)), name="group_number_fits"),
                    models.CheckConstraint(condition=models.Q(("name__length__lte", 200)), name="group_name_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("name_en__length__lte", 200)), name="group_name_en_fits"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="OrgUnit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("kind", models.CharField(max_length=2)),
                ("code", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=200)),
                ("name_en", models.CharField(blank=True, default="", max_length=200)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="customers.orgunit",
                    ),
                ),
                ("since", models.DateField()),
                ("until", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code"), name="orgunit_code_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("BU", "MU", "RU", "AU"))), name="orgunit_kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gte", models.F("since")), _connector="OR"),
                        name="orgunit_dates",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("parent__isnull", False), ("kind", "BU"), _connector="OR"),
                        name="orgunit_top_is_bu",
                    ),
                    models.CheckConstraint(condition=models.Q(("code__length__lte", 20)), name="orgunit_code_fits"),
                    models.CheckConstraint(condition=models.Q(("name__length__lte", 200)), name="orgunit_name_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("name_en__length__lte", 200)), name="orgunit_name_en_fits"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Terms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("code", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=100)),
                ("name_en", models.CharField(blank=True, default="", max_length=100)),
                ("rule", models.JSONField()),
                ("active", models.BooleanField(default=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code"), name="terms_code_once"),
                    models.CheckConstraint(condition=models.Q(("code__length__lte", 20)), name="terms_code_fits"),
                    models.CheckConstraint(condition=models.Q(("name__length__lte", 100)), name="terms_name_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("name_en__length__lte", 100)), name="terms_name_en_fits"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("number", models.CharField(max_length=20)),
                ("external", models.CharField(blank=True, default="", max_length=40)),
                ("name", models.CharField(max_length=200)),
                ("name_en", models.CharField(blank=True, default="", max_length=200)),
                ("short_name", models.CharField(blank=True, default="", max_length=60)),
                ("folded", models.CharField(db_index=True, max_length=200)),
                ("pinyin", models.CharField(blank=True, default="", max_length=200)),
                ("klass", models.CharField(default="other", max_length=12)),
                ("state", models.CharField(default="open", max_length=8)),
                ("block_reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "payer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pays_for",
                        to="customers.customer",
                    ),
                ),
                (
                    "distributor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supplies",
                        to="customers.customer",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="customers.group",
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customers",
                        to="customers.orgunit",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customers",
                        to="customers.terms",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("language", models.CharField(default="zh-hans", max_length=8)),
                ("credit_limit", models.BigIntegerField(blank=True, null=True)),
                ("uscc", models.CharField(blank=True, default="", max_length=20)),
                ("tax_title", models.CharField(blank=True, default="", max_length=300)),
                ("tax_kind", models.CharField(default="general", max_length=8)),
                ("tax_address", models.CharField(blank=True, default="", max_length=300)),
                ("tax_phone", models.CharField(blank=True, default="", max_length=60)),
                ("tax_bank", models.CharField(blank=True, default="", max_length=120)),
                ("tax_account", models.CharField(blank=True, default="", max_length=50)),
                ("address", models.CharField(blank=True, default="", max_length=300)),
                ("contact", models.CharField(blank=True, default="", max_length=100)),
                ("phone", models.CharField(blank=True, default="", max_length=60)),
                ("email", models.CharField(blank=True, default="", max_length=254)),
                ("owner", models.CharField(blank=True, default="", max_length=150)),
                ("opened", models.DateField(blank=True, null=True)),
                ("closed", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["company", "uscc"], name="customer_uscc"),
                    models.Index(fields=["company", "folded"], name="customer_folded"),
                    models.Index(fields=["company", "pinyin"], name="customer_pinyin"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "number"), name="customer_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("external", ""), _negated=True),
                        fields=("company", "external"),
                        name="customer_external_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("klass__in", ("ka", "distributor", "shop", "special", "indirect", "online", "other"))
                        ),
                        name="customer_klass",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("open", "blocked", "closed"))), name="customer_state"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ("zh-hans", "en"))), name="customer_language"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tax_kind__in", ("general", "small", "person", "foreign"))),
                        name="customer_tax_kind",
                    ),
                    models.CheckConstraint(condition=models.Q(("currency__length", 3)), name="customer_currency"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number", ""), _negated=True), models.Q(("name", ""), _negated=True)
                        ),
                        name="customer_named",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("credit_limit__isnull", True), ("credit_limit__gte", 0), _connector="OR"),
                        name="customer_limit_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("payer__isnull", True), models.Q(("payer", models.F("id")), _negated=True), _connector="OR"
                        ),
                        name="customer_payer_is_other",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("distributor__isnull", True),
                            models.Q(("distributor", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="customer_distributor_other",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__length__lte", 20)), name="customer_number_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("external__length__lte", 40)), name="customer_external_fits"
                    ),
                    models.CheckConstraint(condition=models.Q(("name__length__lte", 200)), name="customer_name_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("name_en__length__lte", 200)), name="customer_name_en_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("short_name__length__lte", 60)), name="customer_short_name_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("folded__length__lte", 200)), name="customer_folded_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("pinyin__length__lte", 200)), name="customer_pinyin_fits"
                    ),
                    models.CheckConstraint(condition=models.Q(("uscc__length__lte", 20)), name="customer_uscc_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("tax_title__length__lte", 300)), name="customer_tax_title_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tax_address__length__lte", 300)), name="customer_tax_address_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tax_phone__length__lte", 60)), name="customer_tax_phone_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tax_bank__length__lte", 120)), name="customer_tax_bank_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tax_account__length__lte", 50)), name="customer_tax_account_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("address__length__lte", 300)), name="customer_address_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("contact__length__lte", 100)), name="customer_contact_fits"
                    ),
                    models.CheckConstraint(condition=models.Q(("phone__length__lte", 60)), name="customer_phone_fits"),
                    models.CheckConstraint(condition=models.Q(("email__length__lte", 254)), name="customer_email_fits"),
                    models.CheckConstraint(condition=models.Q(("owner__length__lte", 150)), name="customer_owner_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("block_reason__length__lte", 200)), name="customer_block_reason_fits"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Alias",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="aliases", to="customers.customer"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("folded", models.CharField(max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "folded", "customer"), name="alias_once"),
                    models.CheckConstraint(condition=models.Q(("name__length__lte", 200)), name="alias_name_fits"),
                    models.CheckConstraint(condition=models.Q(("folded__length__lte", 200)), name="alias_folded_fits"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="BankAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_accounts",
                        to="customers.customer",
                    ),
                ),
                ("number", models.CharField(max_length=50)),
                ("name", models.CharField(max_length=200)),
                ("bank", models.CharField(blank=True, default="", max_length=120)),
                ("bank_code", models.CharField(blank=True, default="", max_length=12)),
                ("state", models.CharField(default="active", max_length=8)),
                ("entered_by", models.CharField(max_length=150)),
                ("entered_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["company", "number"], name="bankaccount_number")],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "customer", "number"), name="bankaccount_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("active", "retired"))), name="bankaccount_state"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__length__lte", 50)), name="bankaccount_number_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name__length__lte", 200)), name="bankaccount_name_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("bank__length__lte", 120)), name="bankaccount_bank_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("bank_code__length__lte", 12)), name="bankaccount_bank_code_fits"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShipTo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ship_tos", to="customers.customer"
                    ),
                ),
                ("number", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=200)),
                ("address", models.CharField(blank=True, default="", max_length=300)),
                ("contact", models.CharField(blank=True, default="", max_length=100)),
                ("phone", models.CharField(blank=True, default="", max_length=60)),
                ("active", models.BooleanField(default=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "number"), name="shipto_number_once"),
                    models.CheckConstraint(condition=models.Q(("number__length__lte", 20)), name="shipto_number_fits"),
                    models.CheckConstraint(condition=models.Q(("name__length__lte", 200)), name="shipto_name_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("address__length__lte", 300)), name="shipto_address_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("contact__length__lte", 100)), name="shipto_contact_fits"
                    ),
                    models.CheckConstraint(condition=models.Q(("phone__length__lte", 60)), name="shipto_phone_fits"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Exposure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="exposures", to="customers.customer"
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("layer", models.CharField(max_length=10)),
                ("amount", models.BigIntegerField(default=0)),
            ],
            options={
                "indexes": [models.Index(fields=["company", "customer"], name="exposure_customer")],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "currency", "layer"), name="exposure_once"),
                    models.CheckConstraint(
                        condition=models.Q(("layer__in", ("orders", "deliveries", "billing", "items"))),
                        name="exposure_layer",
                    ),
                    models.CheckConstraint(condition=models.Q(("currency__length", 3)), name="exposure_currency"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CreditPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("klass", models.CharField(blank=True, default="", max_length=12)),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_policies",
                        to="customers.customer",
                    ),
                ),
                ("check_limit", models.BooleanField(default=True)),
                ("oldest_overdue_days", models.PositiveIntegerField(blank=True, null=True)),
                ("overdue_share", models.BigIntegerField(blank=True, null=True)),
                ("horizon_days", models.PositiveIntegerField(blank=True, null=True)),
                ("grace_days", models.PositiveIntegerField(default=0)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("customer__isnull", False)),
                        fields=("customer",),
                        name="creditpolicy_customer_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("customer__isnull", True)),
                        fields=("company", "klass"),
                        name="creditpolicy_klass_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("klass", ""),
                            ("klass__in", ("ka", "distributor", "shop", "special", "indirect", "online", "other")),
                            _connector="OR",
                        ),
                        name="creditpolicy_klass",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("klass", ""), ("customer__isnull", True), _connector="OR"),
                        name="creditpolicy_one_scope",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("overdue_share__isnull", True), ("overdue_share__range", (0, 100000000)), _connector="OR"
                        ),
                        name="creditpolicy_share",
                    ),
                ],
                "indexes": [],
            },
        ),
    ]
