import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("company", "0001_people_and_duties"),
        ("customers", "0001_parties_and_terms"),
    ]

    operations = [
        migrations.CreateModel(
            name="Load",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("profile", models.CharField(max_length=20)),
                ("system", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("map_name", models.CharField(blank=True, default="", max_length=100)),
                ("map_digest", models.CharField(blank=True, default="", max_length=64)),
                ("map_text", models.TextField(blank=True, default="")),
                ("state", models.CharField(default="running", max_length=8)),
                ("run", models.BigIntegerField(null=True)),
                ("read", models.IntegerField(default=0)),
                ("landed", models.IntegerField(default=0)),
                ("known", models.IntegerField(default=0)),
                ("quarantined", models.IntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                ("warnings", models.JSONField(default=list)),
                ("left_out", models.JSONField(default=list)),
                ("trouble", models.JSONField(null=True)),
                ("by", models.CharField(max_length=80)),
                ("started", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
                ("act", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["company", "-id"], name="load_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("running", "done", "failed"))), name="load_state"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), _negated=True),
                            (
                                "read",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("landed"), "+", models.F("known")
                                    ),
                                    "+",
                                    models.F("quarantined"),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="load_every_row_is_told_of",
                    ),
                    models.CheckConstraint(condition=models.Q(("profile__length__lte", 20)), name="load_profile_fits"),
                    models.CheckConstraint(condition=models.Q(("system__length__lte", 40)), name="load_system_fits"),
                    models.CheckConstraint(condition=models.Q(("name__length__lte", 200)), name="load_name_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("map_name__length__lte", 100)), name="load_map_name_fits"
                    ),
                    models.CheckConstraint(condition=models.Q(("by__length__lte", 80)), name="load_by_fits"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "load",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rejects", to="takeover.load"
                    ),
                ),
                ("system", models.CharField(max_length=40)),
                ("profile", models.CharField(max_length=20)),
                ("file", models.CharField(blank=True, default="", max_length=200)),
                ("row", models.IntegerField()),
                ("key", models.CharField(blank=True, default="", max_length=120)),
                ("digest", models.CharField(max_length=64)),
                ("raw", models.JSONField()),
                ("faults", models.JSONField()),
                ("state", models.CharField(default="waiting", max_length=8)),
                ("note", models.CharField(blank=True, default="", max_length=200)),
                ("ended_by", models.CharField(blank=True, default="", max_length=80)),
                ("ended_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["load", "row"], name="reject_load"),
                    models.Index(fields=["company", "system", "key"], name="reject_key"),
                    models.Index(fields=["company", "state", "-id"], name="reject_state_latest"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "system", "digest"), name="reject_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("waiting", "fixed", "dropped"))), name="reject_state"
                    ),
                    models.CheckConstraint(condition=models.Q(("system__length__lte", 40)), name="reject_system_fits"),
                    models.CheckConstraint(
                        condition=models.Q(("profile__length__lte", 20)), name="reject_profile_fits"
                    ),
                    models.CheckConstraint(condition=models.Q(("file__length__lte", 200)), name="reject_file_fits"),
                    models.CheckConstraint(condition=models.Q(("key__length__lte", 120)), name="reject_key_fits"),
                    models.CheckConstraint(condition=models.Q(("note__length__lte", 200)), name="reject_note_fits"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("system", models.CharField(max_length=40)),
                ("object", models.CharField(max_length=10)),
                ("key", models.CharField(max_length=160)),
                ("group", models.CharField(blank=True, default="", max_length=160)),
                ("pk_of", models.BigIntegerField(null=True)),
                ("entry", models.BigIntegerField(null=True)),
                ("digest", models.CharField(max_length=64)),
                ("data", models.JSONField(default=dict)),
                ("live", models.BooleanField(default=True)),
                (
                    "load",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="takeover.load"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("group", ""), _negated=True),
                        fields=["company", "system", "object", "group"],
                        name="link_group",
                    ),
                    models.Index(fields=["company", "object", "pk_of"], name="link_pk"),
                    models.Index(
                        condition=models.Q(("entry__isnull", False)), fields=["company", "entry"], name="link_entry"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "system", "object", "key"), name="link_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "object__in",
                                ("customer", "item", "order", "delivery", "billing", "entry", "receipt", "clearing"),
                            )
                        ),
                        name="link_object",
                    ),
                    models.CheckConstraint(condition=models.Q(("system__length__lte", 40)), name="link_system_fits"),
                    models.CheckConstraint(condition=models.Q(("key__length__lte", 160)), name="link_key_fits"),
                    models.CheckConstraint(condition=models.Q(("group__length__lte", 160)), name="link_group_fits"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Leader",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("object", models.CharField(max_length=10)),
                ("leader", models.CharField(default="sap", max_length=8)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "object"), name="leader_once"),
                    models.CheckConstraint(condition=models.Q(("leader__in", ("sap", "huikuan"))), name="leader_known"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "object__in",
                                ("customer", "item", "order", "delivery", "billing", "entry", "receipt", "clearing"),
                            )
                        ),
                        name="leader_object",
                    ),
                ],
                "indexes": [],
            },
        ),
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
                ("system", models.CharField(max_length=40)),
                ("object", models.CharField(max_length=10)),
                ("kind", models.CharField(max_length=12)),
                ("number", models.CharField(max_length=40)),
                ("version", models.PositiveIntegerField(default=1)),
                ("live", models.BooleanField(default=True)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("date", models.DateField()),
                ("currency", models.CharField(max_length=3)),
                ("net", models.BigIntegerField()),
                ("state", models.CharField(blank=True, default="", max_length=20)),
                ("reference", models.CharField(blank=True, default="", max_length=60)),
                ("terms", models.CharField(blank=True, default="", max_length=20)),
                ("entry", models.BigIntegerField(null=True)),
                ("lines_count", models.IntegerField(default=0)),
                (
                    "load",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="takeover.load"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["company", "-date", "-id"], name="takeover_document_date"),
                    models.Index(fields=["customer", "-date"], name="takeover_document_customer"),
                    models.Index(fields=["company", "number"], name="takeover_document_number"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "system", "object", "number", "version"), name="takeover_document_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("live", True)),
                        fields=("company", "system", "object", "number"),
                        name="takeover_document_one_live",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("system__length__lte", 40)), name="takeover_document_system_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__length__lte", 12)), name="takeover_document_kind_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__length__lte", 40)), name="takeover_document_number_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__length__lte", 20)), name="takeover_document_state_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reference__length__lte", 60)), name="takeover_document_reference_fits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("terms__length__lte", 20)), name="takeover_document_terms_fits"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "document",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="takeover.document",
                    ),
                ),
                ("n", models.IntegerField()),
                ("row", models.IntegerField()),
                ("item", models.CharField(blank=True, default="", max_length=40)),
                ("text", models.CharField(blank=True, default="", max_length=200)),
                ("quantity", models.BigIntegerField()),
                ("price", models.BigIntegerField()),
                ("net", models.BigIntegerField()),
                ("unit", models.CharField(blank=True, default="", max_length=32)),
                ("before", models.CharField(blank=True, default="", max_length=40)),
                ("before_line", models.CharField(blank=True, default="", max_length=20)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("before", ""), _negated=True),
                        fields=["before"],
                        name="takeover_line_before",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("document", "n"), name="takeover_line_once")],
            },
        ),
        migrations.CreateModel(
            name="TieOut",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("system", models.CharField(max_length=40)),
                ("date", models.DateField()),
                ("source", models.CharField(max_length=200)),
                ("ok", models.BooleanField()),
                ("rows", models.JSONField()),
                ("differences", models.JSONField()),
                ("count", models.IntegerField(default=0)),
                ("by", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["company", "-id"], name="tieout_latest")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="PostBack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("records", models.IntegerField(default=0)),
                ("lines", models.IntegerField(default=0)),
                ("by", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["company", "-id"], name="postback_latest")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="PostBackRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                (
                    "post_back",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="marks", to="takeover.postback"
                    ),
                ),
                ("object", models.CharField(max_length=10)),
                ("pk_of", models.BigIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("company", "object", "pk_of"), name="postback_once")],
                "indexes": [],
            },
        ),
    ]
