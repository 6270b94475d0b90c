"""An index for lists of open items sorted by what is open."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_entries_and_items")]

    operations = [
        migrations.AddIndex(
            model_name="openitem",
            index=models.Index(
                condition=models.Q(("remaining", 0), _negated=True),
                fields=["company", "remaining", "id"],
                name="item_remaining",
            ),
        ),
    ]
