# Lines are never sought by the folded name of their payer.

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cash", "0007_payers_that_guards_look_up")]

    operations = [migrations.RemoveIndex(model_name="bankline", name="bankline_folded")]
