"""Runs Schemathesis on each simulated server and prints a line for each (called by run.py)."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from describe import describe
from simulated import simulated
from server import serve

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def nullable(kind):
    return {"type": kind, "nullable": True}


def closed(required, **properties):
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


# The form of each service's failures; `open` objects differ from failure to failure.
CONFLUENCE = closed(
    ["message"],
    statusCode={"type": "integer"},
    message={"type": "string"},
    reason=nullable("string"),
    data={"type": "object", "nullable": True},
)
CLOUD = closed(
    ["errors"],
    errors={
        "type": "array",
        "items": closed(
            ["status", "code", "title"],
            status={"type": "integer"},
            code={"type": "string"},
            title={"type": "string"},
            detail=nullable("string"),
        ),
    },
)
ONEZONE = closed(
    ["error"],
    error=closed(
        ["id", "description"], id={"type": "string"}, description={"type": "string"}, details={"type": "object"}
    ),
)
# Not known: any JSON object.
WORKSPACES = {"type": "object"}

# Description, the server that it is checked on, and the form of its failures.
DESCRIPTIONS = {
    "confluence-dc": ("confluence-dc", CONFLUENCE),
    "confluence-cloud/v1": ("confluence-cloud", CONFLUENCE),
    "confluence-cloud/v2": ("confluence-cloud", CLOUD),
    "onezone": ("onezone", ONEZONE),
    "workspaces": ("workspaces", WORKSPACES),
}

# Operations by which the caller would end or weaken itself, after which all else is refused.
LEFT_OUT = {
    "onezone": {"me_delete", "me_set_privileges", "me_update_privileges"},
}


def main(work, binary=None):
    started = time.monotonic()
    with serve(ROOT, binary) as servers, ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda name: check(Path(work), name, servers), DESCRIPTIONS)
        failed = [result for result in results if not summarise(*result)]
    print(f"{time.monotonic() - started:.0f} s")
    sys.exit(1 if failed else 0)


def check(work, name, servers):
    """Runs Schemathesis on one description; gives what it found."""
    server = servers[DESCRIPTIONS[name][0]]
    description = describe(ROOT / "spec" / name, DESCRIPTIONS[name][1], lambda *at: known(server["known"], *at))
    total = count(description)
    simulated(description, server, LEFT_OUT.get(name, set()))
    stem = work / name.replace("/", "-")
    stem.with_suffix(".json").write_text(json.dumps(description, indent=1))
    report = stem.with_suffix(".report.ndjson")
    report.unlink(missing_ok=True)
    command = [Path(sys.executable).with_name("st"), "--config-file", HERE / "schemathesis.toml", "run"]
    command += [stem.with_suffix(".json"), "--url", server["url"], "--no-color"]
    command += ["--report", "ndjson", "--report-ndjson-path", report]
    for header, value in server["headers"].items():
        command += ["--header", f"{header}: {value}"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=work)
    stem.with_suffix(".log").write_text(run.stdout + run.stderr)
    return name, total, count(description), run, report


main(*sys.argv[1:])
