"""A finding: one change, whom it breaks, and how to make it without."""

from dataclasses import dataclass

WIRE = "wire"
JSON = "JSON"
REST = "REST path"
BEHAVIOUR = "behaviour"
SOURCE = "generated source"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """`rule` names the kind of change, `where` what was changed, by its full name."""

    rule: str
    where: str
    breaks: str
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}\n  breaks {self.breaks} ({self.rule}); {self.instead}"
