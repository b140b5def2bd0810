"""All faults, in the order of the list in the design: processes, engines, network, mail."""

from tests.chaos.fault import Fault
from tests.chaos.faults import clock, engines, failpoints, mail, network, processes, requests

FAULTS: tuple[Fault, ...] = (
    *processes.FAULTS,
    *failpoints.FAULTS,
    *engines.FAULTS,
    *network.FAULTS,
    *processes.REPLICAS,
    *mail.FAULTS,
    *clock.FAULTS,
    *requests.FAULTS,
)
