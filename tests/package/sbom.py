#!/usr/bin/env python3
"""The bill of materials of an installation names what its binaries load, in the versions that are there, and nothing else.

Usage: tests/package/sbom.py PREFIX     --source FILE: that of the sources, which has no versions
"""
import json
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parents[2]
known = {one["name"]: one for one in json.loads((root / "cmake/dependencies.json").read_text())["dependencies"]}
OF_THE_SYSTEM = re.compile(r"lib(c|m|stdc\+\+|gcc_s|cloudkit_\w+)\.so|ld-linux")
MODULES = {"libcurl": "libcurl", "OpenSSL": "libcrypto", "pugixml": "pugixml", "fmt": "fmt", "libzip": "libzip", "zlib": "zlib"}
problems = []


def expect(same, what):
    if not same:
        problems.append(what)


def loaded_by(binary):
    lines = subprocess.run(["readelf", "-d", binary], capture_output=True, text=True, check=True).stdout
    return {name for name in re.findall(r"\(NEEDED\).*\[(.*)\]", lines) if not OF_THE_SYSTEM.match(name)}


source = sys.argv[1] == "--source"
path = pathlib.Path(sys.argv[2]) if source else pathlib.Path(sys.argv[1]) / "share/sbom/cloudkit.spdx.json"
document = json.loads(path.read_text())
packages = {one["name"]: one for one in document["packages"]}
listed = set(packages) - {"cloudkit"}
expect(listed == set(known), f"it lists {sorted(listed)} instead of {sorted(known)}")
related = {one["relatedSpdxElement"] for one in document["relationships"]}
expect(related == {one["SPDXID"] for one in document["packages"]}, "a package has no relationship")
for name in listed & set(known):
    expect(packages[name]["licenseDeclared"] == known[name]["license"], f"another licence of {name}")
    expect(source or packages[name].get("versionInfo"), f"no version of {name}")
    expect(not source or "versionInfo" not in packages[name], f"the sources need a version of {name}")
    if not source and name in MODULES:
        there = subprocess.run(["pkg-config", "--modversion", MODULES[name]], capture_output=True, text=True, check=True).stdout.strip()
        expect(packages[name]["versionInfo"] == there, f"it says {name} {packages[name].get('versionInfo')}, pkg-config {there}")
if not source:
    prefix = pathlib.Path(sys.argv[1])
    sonames = {known[name]["soname"] for name in listed & set(known)}
    for binary in [prefix / "bin/cloudkit", *prefix.rglob("libcloudkit_*.so")]:
        for name in loaded_by(binary):
            expect(name.split(".so")[0] in sonames, f"{binary.name} loads {name}, which it does not list")

for problem in problems:
    print(f"package: FAILED: {path.name}: {problem}")
if not problems:
    print(f"package: the bill of materials lists {len(listed)} libraries, as the {'sources' if source else 'binaries'} have them")
sys.exit(bool(problems))
