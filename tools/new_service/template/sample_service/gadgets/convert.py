"""Between rows and the messages of `market.sample.v1`."""

from market.sample.v1 import sample_pb2
from mesh.contract import timestamps
from sample_service.gadgets.models import Gadget


def to_wire(gadget: Gadget) -> sample_pb2.Gadget:
    return sample_pb2.Gadget(
        id=str(gadget.id),
        title=gadget.title,
        create_time=timestamps.fields(gadget.create_time),
    )
