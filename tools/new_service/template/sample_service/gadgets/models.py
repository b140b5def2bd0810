from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from mesh.core.ids import uuid7


class Gadget(models.Model):
    """A gadget. Ids grow with time, so that the newest comes first by id."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    title = models.CharField(max_length=200)
    create_time = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(title=""), name="gadgets_gadget_title")]

    def __str__(self) -> str:
        return self.title
