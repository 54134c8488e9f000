#!/usr/bin/env python3
"""The crates that are compiled into some packages of this workspace, and their licences.

    tools/licences.py PACKAGE...

For each crate: name, version, and the licence as its Cargo.toml has it; then the texts that come with the crates, each once with the names of
those that bring it. Reads what Cargo has on this machine already.
"""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

NAMES = ("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE")


def host():
    lines = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout.splitlines()
    return next(line.removeprefix("host: ") for line in lines if line.startswith("host: "))


def compiled_in(names):
    """The packages of others that those named depend on, as Cargo describes them. What only runs while building is not compiled in."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host()]
    metadata = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    to_do = [package["id"] for package in packages.values() if package["name"] in names and package["source"] is None]
    seen = set()
    while to_do:
        identity = to_do.pop()
        if identity in seen or any("proc-macro" in target["kind"] for target in packages[identity]["targets"]):
            continue
        seen.add(identity)
        to_do += [
            dependency["pkg"]
            for dependency in nodes[identity]["deps"]
            if any(kind["kind"] is None for kind in dependency["dep_kinds"])
        ]
    others = [packages[identity] for identity in seen if packages[identity]["source"] is not None]
    return sorted(others, key=lambda package: (package["name"], package["version"]))


def texts(package):
    folder = Path(package["manifest_path"]).parent
    return [
        path.read_text(errors="replace").strip() + "\n"
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name.upper().startswith(NAMES)
    ]


def main():
    packages = compiled_in(sys.argv[1:])
    if not packages:
        sys.exit("licences.py: expected names of packages of this workspace")
    bringing = defaultdict(list)
    for package in packages:
        name = f"{package['name']} {package['version']}"
        print(f"{name}: {package['license'] or 'see its text below'}")
        for text in texts(package):
            bringing[text].append(name)
    for text, names in bringing.items():
        print("\n" + "=" * 100)
        print(", ".join(dict.fromkeys(names)) + ":\n")
        print(text, end="")


main()
