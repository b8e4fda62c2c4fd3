"""What Schemathesis wrote of a run: its report in NDJSON, one event a line."""

import json
from collections import Counter


def answers(report):
    """How often each operation gave each status, and how many answers broke a check."""
    statuses, broken = {}, 0
    # There is no report of a run that could not begin.
    for line in report.read_text().splitlines() if report.exists() else []:
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for key, interaction in recorder.get("interactions", {}).items():
            case = recorder["cases"][key]["value"]
            operation = f"{case['method']} {case['path']}"
            if interaction.get("response"):
                statuses.setdefault(operation, Counter())[interaction["response"]["status_code"]] += 1
        for checks in recorder.get("checks", {}).values():
            broken += any(check["status"] == "failure" for check in checks)
    return statuses, broken


def summary(name, total, statuses, broken):
    """A line that says what was seen, and how many operations answered with success."""
    exercised = {operation for operation, counts in statuses.items() if set(counts) != {501}}
    served = {operation for operation in exercised if any(status < 300 for status in statuses[operation])}
    answers = sum(sum(counts.values()) for counts in statuses.values())
    line = (
        f"{name:20} {len(exercised):3} of {total} operations exercised, {len(served)} served, "
        f"{answers} answers checked, {broken} failures"
    )
    return line, len(served)
