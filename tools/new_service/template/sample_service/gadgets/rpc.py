from uuid import UUID

from django_grpc_framework.services import Service
from grpc import ServicerContext as Context

from market.sample.v1 import sample_pb2 as pb
from mesh.rpc.idempotency.once import once
from sample_service.gadgets import actions, convert, queries


class SampleService(Service):  # type: ignore[misc]  # ships no types
    """Serves `market.sample.v1.SampleService`."""

    def CreateGadget(self, request: pb.CreateGadgetRequest, _: Context) -> pb.CreateGadgetResponse:
        def create() -> pb.CreateGadgetResponse:
            gadget = actions.create_gadget(title=request.gadget.title)
            return pb.CreateGadgetResponse(gadget=convert.to_wire(gadget))

        return once(request, create)

    def GetGadget(self, request: pb.GetGadgetRequest, _: Context) -> pb.GetGadgetResponse:
        gadget = queries.gadget(gadget_id=UUID(request.gadget_id))
        return pb.GetGadgetResponse(gadget=convert.to_wire(gadget))

    def ListGadgets(self, request: pb.ListGadgetsRequest, _: Context) -> pb.ListGadgetsResponse:
        gadgets, next_page_token = queries.gadgets_page(
            size=request.page_size, token=request.page_token
        )
        return pb.ListGadgetsResponse(
            gadgets=map(convert.to_wire, gadgets), next_page_token=next_page_token
        )
