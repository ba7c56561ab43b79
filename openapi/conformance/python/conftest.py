"""Says at the end how many cases ran, and how many of them the client refused itself."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    of = {name: [report for report in terminalreporter.getreports(name) if "[" in report.nodeid] for name in ("passed", "failed", "skipped")}
    refused = [report for report in of["passed"] if ("refused", True) in report.user_properties]
    terminalreporter.write_line(
        f"wire cases: {len(of['passed'] + of['failed'])} run, {len(refused)} refused by the client, {len(of['skipped'])} not run"
    )
