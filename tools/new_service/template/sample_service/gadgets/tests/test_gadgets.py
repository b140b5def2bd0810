"""SampleService, as callers see it over a real connection."""

from uuid import uuid4

import pytest
from google.rpc import code_pb2

from market.sample.v1 import sample_pb2 as pb
from market.sample.v1.sample_pb2_grpc import SampleServiceStub
from mesh.contract.errors import reasons_of
from mesh.rpc.metadata import Metadata
from mesh.testing.browser import signed_in, text_of
from mesh.testing.servers import error_of
from sample_service.gadgets.errors import SampleError
from sample_service.gadgets.models import Gadget


def creation(title: str = "One", request_id: str = "") -> pb.CreateGadgetRequest:
    return pb.CreateGadgetRequest(gadget=pb.Gadget(title=title), request_id=request_id)


def test_a_created_gadget_is_there_for_anyone(sample: SampleServiceStub, staff: Metadata) -> None:
    created = sample.CreateGadget(creation(), metadata=staff).gadget
    assert sample.GetGadget(pb.GetGadgetRequest(gadget_id=created.id)).gadget == created
    assert (created.title, created.create_time.seconds > 0) == ("One", True)


def test_a_repeated_creation_gets_the_first_answer(
    sample: SampleServiceStub, staff: Metadata
) -> None:
    request = creation(request_id=str(uuid4()))
    first = sample.CreateGadget(request, metadata=staff)
    assert sample.CreateGadget(request, metadata=staff) == first
    assert Gadget.objects.count() == 1


def test_only_staff_with_the_scope_adds_a_gadget(sample: SampleServiceStub, user: Metadata) -> None:
    assert error_of(sample.CreateGadget, creation()).code == code_pb2.UNAUTHENTICATED
    assert error_of(sample.CreateGadget, creation(), user).code == code_pb2.PERMISSION_DENIED
    assert not Gadget.objects.exists()


@pytest.mark.parametrize("title", ["", "x" * 201])
def test_a_title_that_breaks_the_contract_is_refused_by_field(
    sample: SampleServiceStub, staff: Metadata, title: str
) -> None:
    error = error_of(sample.CreateGadget, creation(title), staff)
    assert error.reason == "REQUEST_INVALID"
    assert [violation.field for violation in error.violations] == ["gadget.title"]


def test_an_unknown_gadget_is_not_found(sample: SampleServiceStub) -> None:
    error = error_of(sample.GetGadget, pb.GetGadgetRequest(gadget_id=str(uuid4())))
    assert (error.code, error.reason) == (code_pb2.NOT_FOUND, "GADGET_NOT_FOUND")


def test_pages_go_from_the_newest_and_are_stable_under_inserts(
    sample: SampleServiceStub, staff: Metadata
) -> None:
    for title in ("a", "b", "c"):
        sample.CreateGadget(creation(title), metadata=staff)
    first = sample.ListGadgets(pb.ListGadgetsRequest(page_size=2))
    sample.CreateGadget(creation("d"), metadata=staff)
    second = sample.ListGadgets(
        pb.ListGadgetsRequest(page_size=2, page_token=first.next_page_token)
    )
    assert [found.title for found in first.gadgets] == ["c", "b"]
    assert [found.title for found in second.gadgets] == ["a"]
    assert second.next_page_token == ""


def test_a_page_token_that_was_not_given_out_is_refused(sample: SampleServiceStub) -> None:
    request = pb.ListGadgetsRequest(page_token="made up")
    assert error_of(sample.ListGadgets, request).reason == "PAGE_TOKEN_INVALID"


def test_the_contract_lists_every_reason_and_no_other() -> None:
    listed = {one.reason: one.code for one in reasons_of(pb.DESCRIPTOR).values()}
    raised = {error.reason: error.code for error in SampleError.__subclasses__()}
    assert raised == listed


@pytest.mark.django_db
def test_staff_finds_a_gadget_on_its_page() -> None:
    gadget = Gadget.objects.create(title="One")
    assert "One" in text_of(signed_in("sample.write").page(gadget))
