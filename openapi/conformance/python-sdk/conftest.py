"""Keeps the SDK out of the user's home, and says at the end how many cases ran."""

import os
import tempfile
from importlib.metadata import version

# The official packages write there when they are imported.
os.environ["HOME"] = tempfile.mkdtemp()


def pytest_report_header():
    return "huaweicloudsdkcore %s, huaweicloudsdkhss %s" % (version("huaweicloudsdkcore"), version("huaweicloudsdkhss"))


def pytest_terminal_summary(terminalreporter):
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    run = sum(dict(report.user_properties).get("cases", 1) for report in reports if report.when == "call")
    terminalreporter.write_line("cases: %d run, 0 refused by the client, %d not run" % (run, len(terminalreporter.getreports("skipped"))))
