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

# Description, the server that it is checked on, the form of its failures, and what any object may have
# though it is not described.
DESCRIPTIONS = {
    "confluence-dc": ("confluence-dc", CONFLUENCE, ["_links", "_expandable"]),
    "confluence-cloud/v1": ("confluence-cloud", CONFLUENCE, ["_links", "_expandable"]),
    "confluence-cloud/v2": ("confluence-cloud", CLOUD, []),
    "onezone": ("onezone", ONEZONE, []),
    "workspaces": ("workspaces", WORKSPACES, []),
}

# Operations by which the caller would end or weaken itself, after which all else is refused.
LEFT_OUT = {"me_delete", "me_update_oz_privileges", "me_remove_oz_privileges"}


def main(work, binary=None):
    started = time.monotonic()
    with serve(ROOT, binary) as servers, ThreadPoolExecutor(os.cpu_count()) as pool:
        passed = list(pool.map(lambda name: check(Path(work), name, servers), DESCRIPTIONS))
    print(f"{time.monotonic() - started:.0f} s")
    sys.exit(0 if all(passed) else 1)


def check(work, name, servers):
    """Runs Schemathesis on one description; says whether all is well."""
    service, failure, anywhere = DESCRIPTIONS[name]
    server = servers[service]
    description = describe(ROOT / "spec" / name, failure, anywhere, partial(known, server["known"]))
    suggest(description, VALUES.get(name, {}))
    total = count(description)
    leave_out(description, server, LEFT_OUT)
    stem = work / name.replace("/", "-")
    stem.with_suffix(".json").write_text(json.dumps(description, indent=1))
    run = schemathesis(server, stem)
    stem.with_suffix(".log").write_text(run.stdout + run.stderr)
    line = summary(name, total, *answers(stem.with_suffix(".ndjson")))
    passed = run.returncode == 0
    print(line if passed else f"{run.stdout}{run.stderr}\n{line}", flush=True)
    return passed


def schemathesis(server, stem):
    command = [Path(sys.executable).with_name("st"), "--config-file", HERE / "schemathesis.toml", "run"]
    command += [stem.with_suffix(".json"), "--url", server["url"], "--no-color"]
    command += ["--report", "ndjson", "--report-ndjson-path", stem.with_suffix(".ndjson")]
    for header, value in server["headers"].items():
        command += ["--header", f"{header}: {value}"]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"), "CALLER": server["caller"]}
    return subprocess.run(command, capture_output=True, text=True, cwd=stem.parent, env=environment)


main(*sys.argv[1:])
