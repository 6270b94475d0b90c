import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("company", "0001_people_and_duties"),
    ]

    operations = [
        migrations.CreateModel(
            name="File",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=200)),
                ("size", models.BigIntegerField()),
                ("media", models.CharField(max_length=100)),
                ("kind", models.CharField(max_length=40)),
                ("subject", models.CharField(blank=True, max_length=80)),
                ("kept_by", models.CharField(max_length=80)),
                ("kept_at", models.DateTimeField()),
                ("act", models.BigIntegerField()),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["company", "subject", "-id"], name="file_subject"),
                    models.Index(fields=["sha256"], name="file_sha256"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "kind", "subject", "sha256"), name="file_once"),
                    models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="file_not_empty"),
                ],
            },
        ),
    ]
