import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("company", "0001_people_and_duties"),
        ("customers", "0001_parties_and_terms"),
        ("files", "0001_kept_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="company.company"
                    ),
                ),
                ("number", models.CharField(max_length=20)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                    ),
                ),
                ("since", models.DateField()),
                ("until", models.DateField()),
                ("language", models.CharField(max_length=8)),
                ("figures", models.JSONField()),
                (
                    "file",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="files.file"),
                ),
                ("issued_by", models.CharField(max_length=80)),
                ("issued_at", models.DateTimeField()),
                ("act", models.BigIntegerField()),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["company", "customer", "-id"], name="statement_customer")],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "number"), name="statement_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(("until__gte", models.F("since"))), name="statement_dates"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ("zh-hans", "en"))), name="statement_language"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__length__lte", 20)), name="statement_number_fits"
                    ),
                ],
            },
        ),
    ]
