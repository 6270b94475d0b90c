"""What ageing, overdue items and Today ask of open items stands in indexes of what is open."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("company", "0002_safe_sign_in"),
        ("customers", "0002_base_stock"),
        ("ledger", "0002_sorted_by_amount"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="openitem",
            name="item_open",
        ),
        migrations.AddIndex(
            model_name="openitem",
            index=models.Index(
                condition=models.Q(("remaining", 0), _negated=True),
                fields=[
                    "company",
                    "customer",
                    "currency",
                    "due_date",
                    "document_date",
                    "posting_date",
                    "amount",
                    "remaining",
                    "base_remaining",
                ],
                name="item_open",
            ),
        ),
        migrations.AddIndex(
            model_name="openitem",
            index=models.Index(
                condition=models.Q(("remaining", 0), _negated=True),
                fields=[
                    "company",
                    "due_date",
                    "currency",
                    "posting_date",
                    "remaining",
                    "base_remaining",
                    "reason_code",
                ],
                name="item_open_due",
            ),
        ),
        migrations.AddIndex(
            model_name="openitem",
            index=models.Index(
                condition=models.Q(("remaining", 0), _negated=True),
                fields=["company", "base_remaining"],
                name="item_open_base",
            ),
        ),
        migrations.AddIndex(
            model_name="openitem",
            index=models.Index(
                condition=models.Q(models.Q(("remaining", 0), _negated=True), models.Q(("owner", ""), _negated=True)),
                fields=["company", "owner"],
                name="item_open_owner",
            ),
        ),
    ]
