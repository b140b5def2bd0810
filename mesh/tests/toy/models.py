from django.db import models


class Note(models.Model):
    """What a test's code did, in the order in which it was committed."""

    text = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.text


class Happening(models.Model):
    """What happened to a thing that can be watched."""

    thing = models.CharField(max_length=100)
    seq = models.PositiveIntegerField()
    what = models.CharField(max_length=100)

    class Meta:
        ordering = ["thing", "seq"]
        constraints = [models.UniqueConstraint(fields=["thing", "seq"], name="toy_happening_once")]

    def __str__(self) -> str:
        return f"{self.thing} {self.seq}: {self.what}"
