"""Runs Schemathesis on each simulated server and prints a line for each (called by run.py)."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from bodies import VALUES
from describe import describe, suggest
from operations import count, known, leave_out
from report import answers, summary
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

# Each server with its descriptions: the form of its failures, what any object may have though it is not
# described, and how many operations must be served at least, lest nothing but refusals be checked. A
# server is asked one thing at a time, so that every run sees the same.
SERVERS = {
    "confluence-dc": {"confluence-dc": (CONFLUENCE, ["_links", "_expandable"], 149)},
    "onezone": {"onezone": (ONEZONE, [], 105)},
    "confluence-cloud": {
        "confluence-cloud/v1": (CONFLUENCE, ["_links", "_expandable"], 27),
        "confluence-cloud/v2": (CLOUD, [], 68),
    },
    "workspaces": {"workspaces": (WORKSPACES, [], 2)},
}

# Operations by which the caller would end or weaken itself, after which all else is refused.
LEFT_OUT = {"me_delete", "me_update_oz_privileges", "me_remove_oz_privileges"}


def main(work, binary=None):
    started = time.monotonic()
    with serve(ROOT, binary) as servers, ThreadPoolExecutor(os.cpu_count()) as pool:
        passed = list(pool.map(lambda name: check_server(Path(work), servers[name], SERVERS[name]), SERVERS))
    print(f"{time.monotonic() - started:.0f} s")
    sys.exit(0 if all(passed) else 1)


def check_server(work, server, descriptions):
    passed = [check(work, server, name, *form) for name, form in descriptions.items()]
    return all(passed)


def check(work, server, name, failure, anywhere, least):
    """Runs Schemathesis on one description; says whether all is well."""
    description = describe(ROOT / "spec" / name, failure, anywhere, partial(known, server["known"]))
    suggest(description, VALUES.get(name, {}))
    total = count(description)
    leave_out(description, server, LEFT_OUT)
    stem = work / name.replace("/", "-")
    stem.with_suffix(".json").write_text(json.dumps(description, indent=1))
    run, report = schemathesis(server, stem)
    line, served = summary(name, total, *answers(report))
    passed = run.returncode == 0 and served >= least
    print(line if passed else f"{run.stdout}{run.stderr}\n{line} (at least {least} must be served)", flush=True)
    return passed


def schemathesis(server, stem):
    """Runs it; gives the finished process and where its report is."""
    report = stem.with_suffix(".ndjson")
    report.unlink(missing_ok=True)
    command = [Path(sys.executable).with_name("st"), "--config-file", HERE / "schemathesis.toml", "run"]
    command += [stem.with_suffix(".json"), "--url", server["url"], "--no-color"]
    command += ["--report", "ndjson", "--report-ndjson-path", report]
    for header, value in server["headers"].items():
        command += ["--header", f"{header}: {value}"]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"), "CALLER": server["caller"]}
    run = subprocess.run(command, capture_output=True, text=True, cwd=stem.parent, env=environment)
    stem.with_suffix(".log").write_text(run.stdout + run.stderr)
    return run, report


main(*sys.argv[1:])
