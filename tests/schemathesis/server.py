"""Starts the simulated servers: the crate's example `server`."""

import json
import subprocess
import urllib.error
import urllib.request
from contextlib import contextmanager

BUILD = ["cargo", "build", "--quiet", "--example", "server", "--all-features"]
BUILT = "target/debug/examples/server"


@contextmanager
def serve(root, binary=None):
    """The running servers by name: `url`, `headers` with credentials, and `known` ids."""
    if binary is None:
        subprocess.run(BUILD, cwd=root, check=True)
        binary = root / BUILT
    process = subprocess.Popen([binary, "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        # They are listening once they have told their addresses.
        servers = [json.loads(process.stdout.readline() or "null") for _ in range(4)]
        if None in servers:
            raise SystemExit("the example server did not start")
        yield {server["service"]: server for server in servers}
    finally:
        process.stdin.close()
        process.wait(timeout=30)


def status_of(server, method, path):
    """The status of a request without a body."""
    request = urllib.request.Request(server["url"] + path, method=method.upper(), headers=server["headers"])
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code
