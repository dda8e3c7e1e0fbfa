#!/usr/bin/env python3
"""What CMakeLists.txt, cmake/dependencies.json, the notices, conan/conanfile.py and cmake/vcpkg say of version, requirements
and options is the same."""
import json
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
cmake = (root / "CMakeLists.txt").read_text()
conan = (root / "conan/conanfile.py").read_text()
port = json.loads((root / "cmake/vcpkg/cloudkit/vcpkg.json").read_text())
portfile = (root / "cmake/vcpkg/cloudkit/portfile.cmake").read_text()

dependencies = json.loads((root / "cmake/dependencies.json").read_text())["dependencies"]
# As CMake, Conan and vcpkg call them.
NAMES = {one["cmake"]: (one["conan"], one["vcpkg"]) for one in dependencies}
OF_THE_SYSTEM = {"Threads"}

problems = []


def expect(same, what):
    if not same:
        problems.append(what)


def names_of(dependencies):
    return {one if isinstance(one, str) else one["name"] for one in dependencies}


def numbers(version):
    return ([int(part) for part in version.split(".")] + [0, 0])[:3]


version = re.search(r"project\(cloudkit VERSION ([0-9.]+)", cmake).group(1)
expect(port["version"] == version, f"vcpkg.json says version {port['version']}, CMakeLists.txt {version}")
for said in (port["license"], re.search(r'license = "([^"]+)"', conan).group(1)):
    expect(said == "Apache-2.0" and "Apache License" in (root / "LICENSE").read_text(), f"LICENSE is not {said}")
consumer = (root / "tests/package/consumer/CMakeLists.txt").read_text()
expect(f"find_package(cloudkit {version.rsplit('.', 1)[0]} " in consumer, "tests/package/consumer asks for another version")

notices = (root / "THIRD_PARTY_NOTICES.md").read_text()
headings = " ".join(re.findall(r"^## (.*)$", notices, re.M))
for one in dependencies:
    expect(re.search(rf"^\| \[{one['name']}\]\({one['home']}\) \|.*\| {one['license']} \|$", notices, re.M),
           f"THIRD_PARTY_NOTICES.md has no line of {one['name']}, {one['home']}, {one['license']}")
    expect(not one["compiled_in"] or one["name"] in headings, f"THIRD_PARTY_NOTICES.md has no licence text of {one['name']}, which is compiled in")

wanted = dict(re.findall(r"find_package\((\w+)(?: ([0-9.]+))?", cmake))
wanted.update({name.lower(): "" for name in ("Date", "Libzip") if f"include(Cloudkit{name})" in cmake})
required = dict(re.findall(r'self\.requires\("(\w+)/\[>=([0-9.]+)', conan))
ported = names_of(port["dependencies"]).union(*(names_of(f.get("dependencies", [])) for f in port["features"].values()))
expect(set(wanted) - OF_THE_SYSTEM == set(NAMES),
       f"CMakeLists.txt asks for {sorted(set(wanted) - OF_THE_SYSTEM)}, cmake/dependencies.json lists {sorted(NAMES)}")
for name, least in wanted.items():
    if name not in NAMES:
        continue
    of_conan, of_vcpkg = NAMES[name]
    expect(of_conan in required, f"CMakeLists.txt asks for {name}, conanfile.py not for {of_conan}")
    expect(of_vcpkg in ported, f"CMakeLists.txt asks for {name}, vcpkg.json not for {of_vcpkg}")
    if least and of_conan in required:
        expect(numbers(required[of_conan]) == numbers(least),
               f"CMakeLists.txt asks for {name} {least}, conanfile.py for {required[of_conan]}")
known = {NAMES[name][0] for name in wanted if name in NAMES}
expect(set(required) == known, f"conanfile.py asks for more: {sorted(set(required) - known)}")

# What a package may choose: the backends, the components and the program.
parts = set(re.search(r"^PARTS = \((.*)\)$", conan, re.M).group(1).replace('"', "").replace(" ", "").split(","))
features = set(port["features"])
expect(parts == features, f"options of conanfile.py {sorted(parts)}, features of vcpkg.json {sorted(features)}")
switched = dict(re.findall(r"^ +(\w+) (CLOUDKIT_\w+)$", portfile, re.M))
for part in parts:
    option = f"CLOUDKIT_{part.upper()}"
    expect(re.search(rf"option\({option} ", cmake), f"CMakeLists.txt has no option {option}")
    expect(switched.get(part) == option, f"portfile.cmake does not switch {option} by {part}")

# Each component is a module of pkg-config, under the name that Conan gives it.
modules = set(re.findall(r"cloudkit_pkg_config\(cloudkit_(\w+)", (root / "cmake/CloudkitPkgConfig.cmake").read_text()))
components = set(re.findall(r'_component\("(\w+)"', conan)) - {"tools"}
expect(modules == components, f"components of conanfile.py {sorted(components)}, modules of CloudkitPkgConfig.cmake {sorted(modules)}")

for problem in problems:
    print(f"package: FAILED: {problem}")
if not problems:
    print(f"package: CMake, Conan and vcpkg agree on version {version}, {len(required)} requirements, {len(parts)} options")
sys.exit(bool(problems))
