"""The settings of a process, from its environment; an error names the variable."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from edge_api.http.cors import origins_from_env
from edge_api.ratelimit.limiter import Rates
from mesh.auth import tls
from mesh.auth.tokens import ServiceTokens
from mesh.contract.model import Contract, descriptor_set
from mesh.core import config
from mesh.runtime import settings

SERVICE = "edge_api"
MAX_BODY_BYTES = 1024 * 1024
# Longer than clients and load balancers keep theirs, by default: Go's 90 s, the 60 s of most
# balancers, Java's 30. Who closes first never has a request cut off that is on its way.
KEEP_ALIVE_S = 120
PLAIN_PAGE, NO_PAGE = "plain", "none"


@dataclass(frozen=True)
class Config:
    """`contract` is the descriptor set that everything public is made from.

    `mesh_secret` is empty where `certificates` identify the edge to services. `front_page` is
    PLAIN_PAGE, NO_PAGE or, in development alone, a URL. `account_pages` says whether the pages are
    served that mails link to.
    """

    contract: Path
    mesh_secret: str
    certificates: tls.Certificates | None = None
    max_body_bytes: int = MAX_BODY_BYTES
    trusted_proxies: int = 0
    rates: Rates = field(default_factory=Rates)
    cors_origins: frozenset[str] = frozenset()
    front_page: str = PLAIN_PAGE
    account_pages: bool = True
    target: Callable[[str], str] = config.target

    @classmethod
    def from_env(cls) -> Self:
        """Raises SettingError."""
        identity = settings.identity(SERVICE)
        return cls(
            contract=contract_path(),
            mesh_secret=identity["MESH_SECRET"],
            certificates=identity["MESH_CERTIFICATES"],
            max_body_bytes=config.integer(
                "EDGE_MAX_BODY_BYTES",
                MAX_BODY_BYTES,
                least=1024,
                about="The longest body, also where the contract allows more; over it is 413.",
            ),
            trusted_proxies=config.integer(
                "EDGE_TRUSTED_PROXIES",
                0,
                most=16,
                about="How many proxies before the edge are believed whom they speak for.",
            ),
            rates=Rates.from_env(),
            cors_origins=origins_from_env(),
            front_page=front_page(),
            account_pages=config.flag(
                "EDGE_ACCOUNT_PAGES",
                True,
                about="Whether the pages that mails link to are served, below `/account/`.",
            ),
        )

    def service_tokens(self) -> ServiceTokens | None:
        """Returns what identifies the edge to services; None where TLS does."""
        return None if self.certificates else ServiceTokens(self.mesh_secret, SERVICE)


def workers() -> int:
    about = "How many processes serve, on one address."
    return config.integer("EDGE_WORKERS", 1, least=1, most=64, about=about)


def keep_alive_s() -> int:
    about = "How long an idle connection is kept; longer than a load balancer before it keeps its."
    return config.integer("EDGE_KEEP_ALIVE_S", KEEP_ALIVE_S, least=1, most=86_400, about=about)


def bind_address() -> str:
    return config.address("EDGE_BIND", "127.0.0.1:8000", about="Where the public API listens.")


def front_page() -> str:
    """Returns what `/` shows. Raises SettingError for a URL outside development."""
    value = config.text(
        "EDGE_FRONT_PAGE",
        PLAIN_PAGE,
        about="What `/` shows. A URL is that of the local run's page, and for development alone.",
        kind=f"`{PLAIN_PAGE}`, `{NO_PAGE}` or URL: `http://`",
    )
    if value in (PLAIN_PAGE, NO_PAGE):
        return value
    if config.market_env() != "development":
        raise config.SettingError(
            f"EDGE_FRONT_PAGE must be {PLAIN_PAGE} or {NO_PAGE} outside development, not {value!r}"
        )
    return config.url("EDGE_FRONT_PAGE", "http")


def contract_path() -> Path:
    about = "The descriptor set that the API is made from; by default that of MESH_CONTRACT."
    path = config.text("EDGE_CONTRACT", "", about=about, kind="path")
    return Path(path) if path else descriptor_set()


def read_contract(path: Path) -> Contract:
    """Raises SettingError where the file is missing, ContractError where it is incomplete."""
    try:
        return Contract.from_descriptor_set(path.read_bytes())
    except OSError as error:
        raise config.SettingError(f"EDGE_CONTRACT: {error.strerror}: {path}") from error
