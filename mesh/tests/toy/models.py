from django.db import models


class Note(models.Model):
    """An action of a test's code, in the order of commits."""

    text = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.text


class Happening(models.Model):
    """An event of a thing that can be watched."""

    thing = models.CharField(max_length=100)
    seq = models.PositiveIntegerField()
    what = models.CharField(max_length=100)

    class Meta:
        ordering = ["thing", "seq"]
        constraints = [models.UniqueConstraint(fields=["thing", "seq"], name="toy_happening_once")]

    def __str__(self) -> str:
        return f"{self.thing} {self.seq}: {self.what}"
