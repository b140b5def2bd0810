"""Prints a line for each test that was left out, which pytest shows as a letter."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("skipped"):
        if report.nodeid.startswith("tests/interop/") and isinstance(report.longrepr, tuple):
            terminalreporter.write_line(f"left out: {report.nodeid}: {report.longrepr[2]}")
