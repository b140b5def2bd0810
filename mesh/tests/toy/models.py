from django.db import models


class Note(models.Model):
    """What a test's code did, in the order in which it was committed."""

    text = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.text
