#!/usr/bin/env python3
"""The same list with spacewright and with clients in Python and JavaScript, side by side.

Installs atlassian-python-api and confluence.js from their registries into a temporary folder, builds a
program with this crate, starts one server, and lets each program count its spaces, page by page. Prints
time, CPU and peak memory of each, and how many times ours that is. Needs python3, node, npm and cargo; it
is not part of CI.

    benches/compare/run.py             20,000 spaces, the best of five runs
    benches/compare/run.py 100000      as many spaces as this
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CRATE = HERE.parent.parent
RUNS = 5

MANIFEST = f"""[package]
name = "compare"
version = "0.1.0"
edition = "2024"

[dependencies]
futures-util = {{ version = "0.3", default-features = false }}
spacewright = {{ path = "{CRATE}", default-features = false, features = ["confluence-dc-space"] }}
tokio = {{ version = "1", features = ["macros", "rt"] }}
"""


def ours(folder):
    (folder / "src").mkdir()
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "Cargo.lock").write_bytes((CRATE / "Cargo.lock").read_bytes())
    (folder / "src" / "main.rs").write_bytes((HERE / "spacewright.rs").read_bytes())
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=folder, check=True)
    return [folder / "target" / "release" / "compare"]


def python(folder):
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    interpreter = folder / "bin" / "python"
    subprocess.run([interpreter, "-m", "pip", "install", "--quiet", "atlassian-python-api"], check=True)
    return [interpreter, HERE / "atlassian_python_api.py"]


def javascript(folder):
    subprocess.run(["npm", "install", "--silent", "--prefix", folder, "confluence.js"], check=True)
    # Modules are looked for beside the script.
    script = folder / "count.mjs"
    script.write_bytes((HERE / "confluence_js.mjs").read_bytes())
    return ["node", script]


CLIENTS = {"spacewright": ours, "atlassian-python-api": python, "confluence.js": javascript}


def run(command, url, expected):
    """Runs a client; gives wall time and CPU time in seconds and its peak memory in MiB."""
    began = time.monotonic()
    child = subprocess.Popen([*command, url], stdout=subprocess.PIPE, text=True)
    said = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    if status != 0 or said.split()[-1:] != [expected]:
        sys.exit(f"{command[0]} gave {said!r} instead of {expected} spaces")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main():
    spaces = sys.argv[1] if len(sys.argv) > 1 else "20000"
    with tempfile.TemporaryDirectory() as folder:
        commands = {}
        for number, (name, prepare) in enumerate(CLIENTS.items()):
            place = Path(folder) / str(number)
            place.mkdir()
            commands[name] = prepare(place)
        server = subprocess.Popen(["node", HERE / "server.mjs", spaces], stdout=subprocess.PIPE, text=True)
        try:
            url = server.stdout.readline().strip()
            measured = {
                name: [min(figures) for figures in zip(*(run(command, url, spaces) for _ in range(RUNS)))]
                for name, command in commands.items()
            }
        finally:
            server.kill()
    base = measured["spacewright"]
    print("| client | time | | CPU | | peak memory | |\n|---|---|---|---|---|---|---|")
    for name, figures in measured.items():
        units = ("{:.2f} s", "{:.2f} s", "{:.0f} MiB")
        cells = [
            f"{unit.format(figure)} | {figure / ours:.1f}"
            for unit, figure, ours in zip(units, figures, base)
        ]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
