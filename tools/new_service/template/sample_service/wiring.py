"""What the sample service serves, which steps it runs, and whom it calls."""

from mesh.runtime.definition import ServiceDefinition
from sample_service.gadgets.rpc import SampleService

SERVICE = ServiceDefinition(
    serves={"market.sample.v1.SampleService": SampleService},
    calls=frozenset(),
    steps={},
)
