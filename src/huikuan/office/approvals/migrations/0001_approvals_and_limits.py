import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("company", "0001_people_and_duties"),
    ]

    operations = [
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("kind", models.CharField(max_length=60)),
                ("subject", models.CharField(max_length=80)),
                ("title", models.JSONField()),
                ("amount", models.BigIntegerField(null=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("shown", models.JSONField()),
                ("shown_hash", models.CharField(max_length=64)),
                ("beneficiary", models.CharField(blank=True, max_length=80)),
                ("asked_by", models.CharField(max_length=80)),
                ("asked_at", models.DateTimeField()),
                ("asked_act", models.BigIntegerField()),
                ("state", models.CharField(default="asked", max_length=8)),
                ("first_by", models.CharField(blank=True, max_length=80)),
                ("first_act", models.BigIntegerField(null=True)),
                ("decided_by", models.CharField(blank=True, max_length=80)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_act", models.BigIntegerField(null=True)),
                ("granted_hash", models.CharField(blank=True, max_length=64)),
                ("reason", models.CharField(blank=True, max_length=1000)),
                ("version", models.IntegerField(default=1)),
            ],
            options={
                "ordering": ["id"],
                "indexes": [
                    models.Index(fields=["company", "state", "id"], name="approval_inbox"),
                    models.Index(fields=["company", "subject", "-id"], name="approval_subject"),
                    models.Index(fields=["company", "asked_by", "-id"], name="approval_asker"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "asked")),
                        fields=("company", "kind", "subject"),
                        name="approval_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("asked", "granted", "refused", "void"))),
                        name="approval_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["granted", "refused"]), _negated=True),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="approval_i16_maker",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "granted"), _negated=True),
                            ("beneficiary", ""),
                            models.Q(("decided_by", models.F("beneficiary")), _negated=True),
                            _connector="OR",
                        ),
                        name="approval_i16_beneficiary",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("first_by", ""),
                            models.Q(
                                models.Q(("first_by", models.F("asked_by")), _negated=True),
                                models.Q(
                                    models.Q(("state", "granted"), _negated=True),
                                    models.Q(("first_by", models.F("decided_by")), _negated=True),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="approval_i16_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("granted_hash", models.F("shown_hash")), ("state", "granted")),
                            models.Q(models.Q(("state", "granted"), _negated=True), ("granted_hash", "")),
                            _connector="OR",
                        ),
                        name="approval_i16_hash",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_act__isnull", True),
                                ("decided_at__isnull", True),
                                ("decided_by", ""),
                                ("state", "asked"),
                            ),
                            models.Q(
                                models.Q(("state", "asked"), _negated=True),
                                models.Q(("decided_by", ""), _negated=True),
                                ("decided_act__isnull", False),
                                ("decided_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="approval_decided_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__isnull", True), ("currency", "")),
                            models.Q(("amount__isnull", False), models.Q(("currency", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="approval_amount_has_currency",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Limit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("role", models.CharField(blank=True, max_length=3)),
                ("person", models.CharField(blank=True, max_length=80)),
                ("duty", models.CharField(blank=True, max_length=60)),
                ("up_to", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("set_by", models.CharField(max_length=80)),
                ("set_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["currency", "-up_to", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "role", "person", "duty", "currency"), name="limit_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("role", ""), models.Q(("person", ""), _negated=True)),
                            models.Q(models.Q(("role", ""), _negated=True), ("person", "")),
                            _connector="OR",
                        ),
                        name="limit_of_one",
                    ),
                    models.CheckConstraint(condition=models.Q(("up_to__gte", 0)), name="limit_not_negative"),
                ],
                "indexes": [],
            },
        ),
    ]
