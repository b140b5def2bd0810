from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """By itself, so that orders go on being written while all are read."""

    dependencies = [("orders", "0002_refunds")]

    operations = [ValidateConstraint("order", "orders_order_refunded")]
