#!/usr/bin/env python3
"""Checks the simulated servers against the descriptions under spec/ by Schemathesis.

    python3 tests/schemathesis/run.py [path of the built example `server`]

Schemathesis asks each server for everything that its description declares and compares the answers with
it; nothing here shares code with the crate. All that is made, the virtual environment included, goes into
target/schemathesis.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE.parents[1] / "target" / "schemathesis"


def main():
    environment = WORK / "venv"
    python = environment / "bin" / "python"
    wanted = (HERE / "requirements.txt").read_text()
    installed = environment / "installed.txt"
    if not installed.exists() or installed.read_text() != wanted:
        venv.create(environment, clear=True, with_pip=True)
        quietly = ["--quiet", "--disable-pip-version-check"]
        subprocess.run([python, "-m", "pip", "install", *quietly, "-r", HERE / "requirements.txt"], check=True)
        installed.write_text(wanted)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.execv(python, [str(python), str(HERE / "check.py"), str(WORK), *sys.argv[1:]])


main()
