import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Record",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company", models.BigIntegerField(null=True)),
                ("name", models.CharField(max_length=60)),
                ("by", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("door", models.CharField(max_length=12)),
                ("key", models.CharField(blank=True, max_length=200)),
                ("root", models.BigIntegerField()),
                ("cause", models.BigIntegerField(null=True)),
                ("outcome", models.CharField(max_length=10)),
                ("subject", models.CharField(blank=True, max_length=80)),
                ("input", models.JSONField(default=dict)),
                ("facts", models.JSONField(default=dict)),
                ("changes", models.JSONField(default=list)),
                ("reason", models.JSONField(null=True)),
                ("digest", models.CharField(max_length=64)),
                ("number", models.BigIntegerField(null=True, unique=True)),
                ("prev", models.CharField(max_length=64, null=True, unique=True)),
                ("hash", models.CharField(max_length=64, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["company", "-id"], name="trail_company"),
                    models.Index(fields=["root"], name="trail_root"),
                    models.Index(condition=models.Q(("number__isnull", True)), fields=["id"], name="trail_unsealed"),
                    models.Index(fields=["company", "name", "-id"], name="trail_name"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["done", "refused", "denied"])), name="trail_outcome"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("hash__isnull", True), ("number__isnull", True), ("prev__isnull", True)),
                            models.Q(("hash__isnull", False), ("number__isnull", False), ("prev__isnull", False)),
                            _connector="OR",
                        ),
                        name="trail_sealed_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company", models.BigIntegerField(null=True)),
                ("subject", models.CharField(max_length=80)),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="mentions", to="trail.record"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["company", "subject", "-id"], name="mention_subject")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Key",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company", models.BigIntegerField(default=0)),
                ("client", models.CharField(max_length=80)),
                ("key", models.CharField(max_length=200)),
                ("action", models.CharField(max_length=60)),
                ("digest", models.CharField(max_length=64)),
                ("record", models.BigIntegerField()),
                ("reply", models.JSONField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("company", "client", "key"), name="key_once")],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company", models.BigIntegerField()),
                ("kind", models.CharField(max_length=60)),
                ("state", models.CharField(default="running", max_length=10)),
                ("total", models.IntegerField(default=0)),
                ("done", models.IntegerField(default=0)),
                ("refused", models.IntegerField(default=0)),
                ("input", models.JSONField(default=dict)),
                ("by", models.CharField(max_length=80)),
                ("started", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["company", "-id"], name="run_company")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="RunItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="trail.run"
                    ),
                ),
                ("item", models.CharField(max_length=120)),
                ("outcome", models.CharField(max_length=10)),
                ("note", models.JSONField(null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("run", "item"), name="run_item_once")],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=80)),
                ("ok", models.BooleanField()),
                ("checks", models.JSONField(default=list)),
            ],
            options={
                "indexes": [models.Index(fields=["company", "-id"], name="verification_latest")],
                "constraints": [],
            },
        ),
    ]
