"""What the environment says of this process. Wrong or missing, it names the variable."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from mesh import env
from mesh.contract import DESCRIPTOR_SET, Contract

MAX_BODY_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Config:
    """`contract` is the descriptor set that everything public is made from."""

    contract: Path
    mesh_secret: str
    max_body_bytes: int = MAX_BODY_BYTES
    target: Callable[[str], str] = env.target

    @classmethod
    def from_env(cls) -> Self:
        """Raises SettingError."""
        return cls(
            contract=contract_path(),
            mesh_secret=env.secret("MESH_SECRET"),
            max_body_bytes=env.integer("EDGE_MAX_BODY_BYTES", MAX_BODY_BYTES, least=1024),
        )


def contract_path() -> Path:
    return Path(env.text("EDGE_CONTRACT", str(DESCRIPTOR_SET)))


def read_contract(path: Path) -> Contract:
    """Raises SettingError where there is none, ContractError where it is incomplete."""
    try:
        return Contract.from_descriptor_set(path.read_bytes())
    except OSError as error:
        raise env.SettingError(f"EDGE_CONTRACT: {error.strerror}: {path}") from error


def check_targets(contract: Contract) -> None:
    """Raises SettingError when a service's address is missing or malformed."""
    for service in sorted({method.served_by for method in contract}):
        env.target(service)
