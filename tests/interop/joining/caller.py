"""Asks for a quote as a service of the mesh does, by the kit, and prints what came of it.

`python -m tests.interop.joining.caller SERVICE COUNTRY` takes the settings of any member of the
mesh; MESH_CONTRACT names the set that has the other team's contract.
"""

import json
import sys
from typing import Any

from django.conf import settings

from mesh.auth import tls
from mesh.contract.model import market_contract
from mesh.core.errors import DomainError
from mesh.rpc.client import call


def main() -> None:
    service, country = sys.argv[1:]
    settings.configure(SERVICE=service, MESH_CERTIFICATES=tls.from_env(service))
    print(json.dumps(quote(country)))


def quote(country: str) -> dict[str, Any]:
    get_quote = market_contract().methods["/shipping.v1.ShippingService/GetQuote"]
    try:
        answer = call(get_quote, country_code=country)
    except DomainError as error:
        return {"reason": error.reason, "fields": [one.field for one in error.violations]}
    return {"units": answer.price.units, "quoted_for": answer.quoted_for}


if __name__ == "__main__":
    main()
