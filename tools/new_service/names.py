"""The names of a new service and of what it keeps, in the places of those of the template."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """A service and its resource, each a word in the singular: `inventory`, `item`."""

    service: str
    resource: str

    @property
    def resources(self) -> str:
        if re.search("[^aeiou]y$", self.resource):
            return f"{self.resource[:-1]}ies"
        return self.resource + ("es" if re.search("(s|x|z|ch|sh)$", self.resource) else "s")

    @property
    def package(self) -> str:
        return f"{self.service}_service"

    @property
    def proto(self) -> str:
        return f"protos/market/{self.service}/v1/{self.service}.proto"


TEMPLATE = Names("sample", "gadget")
# What the files outside a service's folder say of it, they say of a new one.
MODEL = Names("payment", "payment")
_FORMS = (str.lower, str.upper, str.capitalize)


def renamed(text: str, old: Names, new: Names) -> str:
    """Returns the text with each name in the place of its old one, however it is capitalized."""
    pairs = {
        old.resources: new.resources,
        old.resource: new.resource,
        old.service: new.service,
    }
    forms = {form(one): form(other) for one, other in pairs.items() for form in _FORMS}
    if new.resource[0] in "aeiou":
        forms |= {f"a {old.resource}": f"an {new.resource}"}
    pattern = "|".join(sorted(forms, key=len, reverse=True))
    return re.sub(pattern, lambda found: forms[found[0]], text)
