"""What is made from the contract changes with it, and says when contract and wiring disagree."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from dev.certs import Authority
from dev.config import MEMBERS
from mesh.auth.tls import Certificates
from mesh.contract.model import Contract, market_contract
from tools.gates import SERVICES
from tools.k8s.__main__ import made
from tools.k8s.access import network_policies
from tools.k8s.built import FOLDER
from tools.k8s.extras import certificates
from tools.k8s.tiers import callers, disagreements, market_tiers, tiers
from tools.k8s.wired import Wired, wired

RECORD_REFUND = "/market.order.v1.OrderService/RecordRefund"


@pytest.fixture(scope="module")
def wirings() -> list[Wired]:
    return wired(SERVICES)


def admitting(service: str, path: str) -> Contract:
    """Returns the contract with one caller more."""
    contract = Contract(())
    methods = dict(market_contract().methods)
    access = methods[path].access
    methods[path] = replace(
        methods[path], access=replace(access, services=access.services | {service})
    )
    contract.methods = methods
    return contract


def test_what_is_committed_is_what_the_contract_makes() -> None:
    assert [str(file) for file, content in made().items() if file.read_text() != content] == []


def test_a_caller_that_the_contract_admits_and_no_wiring_calls_is_told(
    wirings: list[Wired],
) -> None:
    assert list(disagreements(market_contract(), wirings)) == []
    path = "/market.payment.v1.PaymentService/CapturePayment"
    silent = [
        one if one.service != "user_service" else replace(one, calls=[], servers_call=[])
        for one in wirings
    ]
    assert "payment_service's contract admits user_service, whose wiring does not call it" in list(
        disagreements(admitting("user_service", path), silent)
    )


def test_a_service_that_calls_where_the_contract_admits_it_nowhere_is_told(
    wirings: list[Wired],
) -> None:
    stranger = Wired("stock_service", ["payment_service"], [], sends_mail=False)
    (told,) = disagreements(market_contract(), [*wirings, stranger])
    assert (
        told == "stock_service's wiring calls payment_service, whose contract admits it to no RPC"
    )


def test_a_caller_more_is_a_policy_more(wirings: list[Wired]) -> None:
    more = [
        replace(one, calls=[*one.calls, "user_service"])
        if one.service == "payment_service"
        else one
        for one in wirings
    ]
    before = {one["metadata"]["name"]: one for one in network_policies(market_tiers())}
    after = network_policies(list(tiers(market_contract(), more)))
    changed = {one["metadata"]["name"] for one in after if before[one["metadata"]["name"]] != one}
    assert changed == {"payment-worker", "user-serve"}


def test_the_edge_calls_for_its_users_alone() -> None:
    methods = market_contract().methods
    assert callers(methods[RECORD_REFUND]) == ["payment_service"]
    assert callers(methods["/market.order.v1.OrderService/GetOrder"]) == [
        "edge_api",
        "payment_service",
    ]


@pytest.mark.parametrize("service", MEMBERS)
def test_a_certificate_has_the_names_that_the_mesh_looks_for(service: str, tmp_path: Path) -> None:
    """The same names as those that a local run's authority signs, which processes accept."""
    Authority(tmp_path).sign(service)
    files = [tmp_path / f"{service}.pem", tmp_path / f"{service}.key", tmp_path / "ca.pem"]
    assert Certificates(files, service).service == service
    specs = [one["spec"] for one in certificates()]
    (asked,) = [spec for spec in specs if spec["uris"] == [f"spiffe://market/{service}"]]
    assert asked["dnsNames"] == [f"{service.replace('_', '-')}.market.internal"]


def test_a_secret_that_the_kubelet_swaps_is_read_without_a_restart(tmp_path: Path) -> None:
    """The kubelet's form: files are links into `..data`, itself a link that is replaced."""
    authority, service, now = Authority(tmp_path / "authority"), "order_service", 0.0
    mounted = tmp_path / "mounted"
    mounted.mkdir()

    def swap(number: int) -> None:
        authority.sign(service)
        version = mounted / f"..{number}"
        version.mkdir()
        for name, of in (
            ("tls.crt", f"{service}.pem"),
            ("tls.key", f"{service}.key"),
            ("ca.crt", "ca.pem"),
        ):
            (version / name).write_bytes((tmp_path / "authority" / of).read_bytes())
            if not (mounted / name).is_symlink():
                (mounted / name).symlink_to(f"..data/{name}")
        (mounted / "..new").symlink_to(version.name)
        (mounted / "..new").rename(mounted / "..data")

    swap(1)
    files = [mounted / name for name in ("tls.crt", "tls.key", "ca.crt")]
    held = Certificates(files, service, clock=lambda: now)
    first = held.current()
    swap(2)
    now = 2.0
    assert held.current().certificate != first.certificate
    assert held.current().certificate == (mounted / "tls.crt").read_bytes()


def test_settings_name_the_files_that_cert_manager_writes() -> None:
    component = yaml.safe_load((FOLDER / "components/tls/kustomization.yaml").read_text())
    literals = component["configMapGenerator"][0]["literals"]
    assert {one.rpartition("/")[2] for one in literals if "FILE" in one} == {
        "tls.crt",
        "tls.key",
        "ca.crt",
    }
