"""Which provider a set-up gets, seen from outside: the settings are read in a new process."""

import os
import subprocess
import sys

PRINT_PROVIDER = "import payment_service.settings as s; print(s.PAYMENT_PROVIDER)"


def read_settings(**environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "PAYMENT_PROVIDER"}
    python_path = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(
        [sys.executable, "-c", PRINT_PROVIDER],
        env=inherited | {"PYTHONPATH": python_path} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_gets_the_sandbox_only_when_it_asks_for_it() -> None:
    unsaid = read_settings(MARKET_ENV="production")
    assert unsaid.returncode == 1
    assert "PAYMENT_PROVIDER is not set" in unsaid.stderr
    said = read_settings(MARKET_ENV="production", PAYMENT_PROVIDER="sandbox")
    assert said.stdout.strip().endswith("Sandbox")


def test_development_gets_the_sandbox_unasked() -> None:
    assert read_settings(MARKET_ENV="development").stdout.strip().endswith("Sandbox")


def test_a_provider_that_is_not_known_stops_the_start() -> None:
    assert "PAYMENT_PROVIDER must be one of" in read_settings(PAYMENT_PROVIDER="bank").stderr


def test_stripe_is_not_started_without_its_keys() -> None:
    stripe = {"PAYMENT_PROVIDER": "stripe"}
    assert "STRIPE_API_KEY is not set" in read_settings(**stripe).stderr
    keyed = stripe | {"STRIPE_API_KEY": "sk_test_1"}
    assert "STRIPE_WEBHOOK_SECRET is not set" in read_settings(**keyed).stderr
    said = read_settings(**keyed, STRIPE_WEBHOOK_SECRET="whsec_1")
    assert said.stdout.strip().endswith("Stripe")
