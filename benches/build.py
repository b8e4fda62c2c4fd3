#!/usr/bin/env python3
"""What the crate costs to build, beside the same application written by hand.

Makes small applications in a temporary folder, builds each from nothing with `cargo check`,
`cargo build` and `cargo build --release`, checks it again after a change, and prints one table.
It takes some minutes and is not part of CI.

    benches/build.py                    every application, every build
    benches/build.py hand dc            only these applications
    benches/build.py --builds check     only this build
    benches/build.py dc --timings       also writes cargo's report of where the time goes
"""

import argparse
import os
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

CRATE = Path(__file__).resolve().parent.parent

MANIFEST = """[package]
name = "app"
version = "0.1.0"
edition = "2024"

[dependencies]
tokio = {{ version = "1", features = ["macros", "rt"] }}
{dependencies}
"""

BY_HAND_DEPENDENCIES = """percent-encoding = "2"
reqwest = { version = "0.13", default-features = false, features = ["http2", "rustls", "system-proxy"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
"""

BY_HAND = """//! Shows a space and counts the users, by hand.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
struct Space {
    id: i64,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    results: Vec<User>,
    #[serde(rename = "_links")]
    links: Links,
}

#[derive(Deserialize)]
struct User {
    username: Option<String>,
}

#[derive(Deserialize)]
struct Links {
    next: Option<String>,
}

type Problem = Box<dyn std::error::Error>;

struct Wiki {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Wiki {
    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        let request = self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.token);
        let body = request.send().await?.error_for_status()?.bytes().await?;
        Ok(serde_json::from_slice(&body)?)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Problem> {
    let mut arguments = std::env::args().skip(1);
    let base = arguments.next().ok_or("no URL")?;
    let token = arguments.next().ok_or("no token")?;
    let wiki = Wiki { http: reqwest::Client::new(), base, token };
    let key = utf8_percent_encode("TEST", NON_ALPHANUMERIC);
    let space: Space = wiki.get(&format!("/rest/api/space/{key}")).await?;
    println!("{} {:?}", space.id, space.name);
    let mut start = 0;
    loop {
        let path = format!("/rest/api/admin/users/list/active?limit=200&start={start}");
        let page: Page = wiki.get(&path).await?;
        start += page.results.len();
        page.results.iter().for_each(|user| println!("{:?}", user.username));
        if page.links.next.is_none() {
            return Ok(());
        }
    }
}
"""

DATA_CENTER = """//! Shows a space and counts the users, with the crate.

use futures_util::TryStreamExt;
use spacewright::{Auth, confluence_dc::Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let base = arguments.next().ok_or("no URL")?;
    let token = arguments.next().ok_or("no token")?;
    let wiki = Client::builder(base).auth(Auth::personal_access_token(token)).build()?;
    let space = wiki.space().get("TEST").await?;
    println!("{} {:?}", space.id, space.name);
    let mut users = wiki.admin_users().list_active().limit(200).items();
    while let Some(user) = users.try_next().await? {
        println!("{:?}", user.username);
    }
    Ok(())
}
"""

CLOUD = """//! Shows a space and counts its pages, with the crate.

use futures_util::TryStreamExt;
use spacewright::{Auth, confluence_cloud::Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let base = arguments.next().ok_or("no URL")?;
    let token = arguments.next().ok_or("no token")?;
    let site = Client::builder(base).auth(Auth::api_token("me@example.com", token)).build()?;
    let space = site.space().get("65538").await?;
    println!("{:?} {:?}", space.id, space.name);
    let mut pages = site.page().list().limit(200).items();
    while let Some(page) = pages.try_next().await? {
        println!("{:?}", page.title);
    }
    Ok(())
}
"""

SERVICES = ["confluence-dc", "confluence-cloud", "onezone", "workspaces"]


def ours(*features):
    names = ", ".join(f'"{feature}"' for feature in features)
    return f"""futures-util = {{ version = "0.3", default-features = false }}
spacewright = {{ path = "{CRATE}", features = [{names}] }}
"""


APPLICATIONS = {
    "hand": ("by hand", BY_HAND_DEPENDENCIES, BY_HAND),
    "dc": ("confluence-dc", ours("confluence-dc"), DATA_CENTER),
    "groups": ("two groups of it", ours("confluence-dc-space", "confluence-dc-admin-users"), DATA_CENTER),
    "cloud": ("confluence-cloud", ours("confluence-cloud"), CLOUD),
    "four": ("all four services", ours(*SERVICES), DATA_CENTER),
}

BUILDS = {"check": ["check"], "debug": ["build"], "release": ["build", "--release"]}


def cargo(folder, arguments):
    """Runs cargo; gives the wall and the CPU time in seconds."""
    environment = {**os.environ, "CARGO_TARGET_DIR": str(folder / "target")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(["cargo", *arguments, "--quiet"], cwd=folder, env=environment, check=True)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def make(folder, dependencies, source):
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST.format(dependencies=dependencies))
    (folder / "src" / "main.rs").write_text(source)
    # The same versions everywhere: what is locked for the crate is locked for the application.
    shutil.copy(CRATE / "Cargo.lock", folder / "Cargo.lock")
    cargo(folder, ["fetch"])


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def measure(folder, name, builds, timings):
    for build in builds:
        arguments = BUILDS[build] + (["--timings"] if timings else [])
        shutil.rmtree(folder / "target", ignore_errors=True)
        wall, cpu = cargo(folder, arguments)
        row(name, f"{build}, from nothing", f"{wall:.1f}", f"{cpu:.1f}", "")
        main = folder / "src" / "main.rs"
        main.write_text(main.read_text() + "\n// changed\n")
        if build == "check":
            wall, cpu = cargo(folder, arguments)
            row(name, "check, after a change", f"{wall:.1f}", f"{cpu:.1f}", "")
            if "confluence_dc" in main.read_text():
                (CRATE / "spec" / "confluence-dc" / "user.yaml").touch()
                wall, cpu = cargo(folder, arguments)
                row(name, "check, after a change of a description", f"{wall:.1f}", f"{cpu:.1f}", "")
        if build == "release":
            program = folder / "target" / "release" / "app"
            subprocess.run(["strip", program], check=True)
            row(name, "program, stripped", "", "", f"{program.stat().st_size / 1024:.0f}")
        for report in (folder / "target").glob("cargo-timings/cargo-timing.html"):
            shutil.copy(report, Path.cwd() / f"timing-{build}.html")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("applications", nargs="*", metavar="application", help=", ".join(APPLICATIONS))
    parser.add_argument("--builds", nargs="+", default=list(BUILDS), choices=list(BUILDS))
    parser.add_argument("--timings", action="store_true")
    options = parser.parse_args()
    row("application", "build", "wall s", "CPU s", "KiB")
    row(*["---"] * 5)
    for key in options.applications or APPLICATIONS:
        name, dependencies, source = APPLICATIONS[key]
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder) / "app"
            make(folder, dependencies, source)
            measure(folder, name, options.builds, options.timings)


if __name__ == "__main__":
    main()
