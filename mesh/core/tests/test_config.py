"""Secrets that a start is refused with."""

import secrets
from pathlib import Path

import pytest

from dev.secret import kept_secret
from mesh.core import config

STRONG = secrets.token_urlsafe(48)


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_ENV", "production")


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("", "is not set"),
        ("short", "at least 50 characters"),
        (STRONG[:49], "at least 50 characters"),
        ("a" * 64, "too easy to guess"),
        ("changeme" * 8, "too easy to guess"),
        (f"development-{STRONG}", "is a secret for development"),
    ],
)
def test_production_refuses_a_weak_secret_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, value: str, complaint: str
) -> None:
    monkeypatch.setenv("MESH_SECRET", value)
    with pytest.raises(config.SettingError, match=f"MESH_SECRET .*{complaint}") as caught:
        config.secret("MESH_SECRET")
    assert not value or value not in str(caught.value)


@pytest.mark.usefixtures("production")
def test_production_takes_a_strong_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_SECRET", STRONG)
    assert config.secret("MESH_SECRET") == STRONG


def test_it_is_production_unless_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MARKET_ENV")
    assert config.market_env() == "production"


def test_what_make_up_makes_is_for_development_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = kept_secret(tmp_path / "MESH_SECRET")
    monkeypatch.delenv("MESH_SECRET")
    monkeypatch.setenv("MESH_SECRET_FILE", str(made))
    assert config.secret("MESH_SECRET") == made.read_text()
    monkeypatch.setenv("MARKET_ENV", "production")
    with pytest.raises(config.SettingError, match="for development"):
        config.secret("MESH_SECRET")


def test_what_is_read_is_declared_with_what_it_is_for() -> None:
    assert config.integer("TOYS_ON_A_SHELF", 12, least=1, most=99, about="As many as fit.") == 12
    declared = config.declared.pop("TOYS_ON_A_SHELF")
    assert declared == config.Declaration(
        "TOYS_ON_A_SHELF", "whole number, 1 to 99", "12", "As many as fit."
    )
