import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("company", "0001_people_and_duties"),
    ]

    operations = [
        migrations.CreateModel(
            name="WorkOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("kind", models.CharField(max_length=60)),
                ("subject", models.CharField(blank=True, max_length=80)),
                ("title", models.JSONField()),
                ("data", models.JSONField(default=dict)),
                ("key", models.CharField(blank=True, max_length=200)),
                ("state", models.CharField(default="waiting", max_length=10)),
                ("role", models.CharField(blank=True, max_length=3)),
                ("person", models.CharField(blank=True, max_length=80)),
                ("due", models.DateField(null=True)),
                ("priority", models.SmallIntegerField(default=50)),
                ("business_date", models.DateField()),
                ("run", models.BigIntegerField(null=True)),
                ("attempts", models.IntegerField(default=0)),
                ("not_before", models.DateTimeField()),
                ("leased_by", models.CharField(blank=True, max_length=120)),
                ("lease_until", models.DateTimeField(null=True)),
                ("trouble", models.JSONField(null=True)),
                ("outcome", models.JSONField(null=True)),
                ("opened_at", models.DateTimeField()),
                ("opened_by", models.CharField(max_length=80)),
                ("opened_act", models.BigIntegerField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=80)),
                ("version", models.IntegerField(default=1)),
            ],
            options={
                "ordering": ["priority", "due", "id"],
                "indexes": [
                    models.Index(fields=["company", "state", "priority", "id"], name="work_queue"),
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["state", "not_before"], name="work_waiting"
                    ),
                    models.Index(condition=models.Q(("state", "running")), fields=["lease_until"], name="work_leases"),
                    models.Index(fields=["company", "subject", "-id"], name="work_subject"),
                    models.Index(fields=["company", "person", "state"], name="work_person"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("key", ""), _negated=True), fields=("company", "key"), name="work_key_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ("waiting", "running", "person", "done", "failed", "cancelled"))
                        ),
                        name="work_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "running"),
                                models.Q(("leased_by", ""), _negated=True),
                                ("lease_until__isnull", False),
                            ),
                            models.Q(
                                models.Q(("state", "running"), _negated=True),
                                ("leased_by", ""),
                                ("lease_until__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="work_lease_while_running",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state__in", ("waiting", "running", "person"))),
                            models.Q(
                                models.Q(("state__in", ("waiting", "running", "person")), _negated=True),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="work_ended_when_closed",
                    ),
                    models.CheckConstraint(condition=models.Q(("attempts__gte", 0)), name="work_attempts"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="comments", to="work.workorder"
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("text", models.CharField(max_length=2000)),
                ("by", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("act", models.BigIntegerField()),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="work_comment_says_something"
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Tick",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("job", models.CharField(max_length=60)),
                ("business_date", models.DateField()),
                ("item", models.CharField(blank=True, max_length=20)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="work.workorder"
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "job", "business_date", "item"), name="work_tick_once")
                ],
                "indexes": [],
            },
        ),
    ]
