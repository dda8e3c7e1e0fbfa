#!/usr/bin/env python3
"""In a folder of tests/unit, whose files are compiled as one source, no two files declare the same name for themselves.
And in examples/, each of which builds alone, sources of one name are the same, byte for byte.

  names.py               checks the tree
  names.py --self-test   proves that each kind of clash is caught
"""

import pathlib
import re
import sys
import tempfile

import tree

LITERAL = re.compile(r'//.*|R"(\w*)\((?:.|\n)*?\)\1"|"(?:[^"\\\n]|\\.)*"|(?<!\w)\'(?:[^\'\\\n]|\\.)*\'|/\*(?:.|\n)*?\*/')
NOT_DECLARED = re.compile(r"[})#\s]|namespace\b|using namespace\b|public:|private:|(DOCTEST_)?(TEST_|TYPE_TO|SCENARIO)|extern\b|static_assert\b")
TEMPLATE = re.compile(r"template\s*<[^{;]*?>\s*(?=struct|class|[\w:]+[\s&*<])")
TYPE = re.compile(r"(?:struct|class|union|enum(?:\s+class|\s+struct)?)\s+(?:\[\[\w+\]\]\s+)?(\w+)\s*(?:final\b|[:{;])")
ALIAS = re.compile(r"using\s+(\w+)\s*=")
USING = re.compile(r"using (?:::)?(?:cloudkit::)?((?:\w+::)+([A-Z]\w*));")
NAME = re.compile(r"(\w+)\s*(?:\(|\[|=|\{|;|$)")


def without_literals(text):
    """`text` with the same lines, without comments and what is in quotes."""
    return LITERAL.sub(lambda found: "" if found[0].startswith("/") and "\n" not in found[0] else '""' + "\n" * found[0].count("\n"), text)


def without_arguments(text):
    """`text` without what is between < and > of templates."""
    before = None
    while before != text:
        before, text = text, re.sub(r"<[^<>(){};]*>", "", text)
    return text


def declared(text):
    """Names that a file declares outside of functions and classes, each with its line; clang-format has put these at the margin."""
    lines = without_literals(text).splitlines()
    read = 0
    for number, line in enumerate(lines, 1):
        if number <= read or not line or NOT_DECLARED.match(line):
            continue
        whole = [line]
        for more in lines[number:]:  # A declaration goes on in lines that are indented.
            if not more.startswith((" ", "{")) and not re.fullmatch(r"template.*>", whole[-1]):
                break
            whole.append(more)
        read = number + len(whole) - 1
        head = TEMPLATE.sub("", " ".join(whole), count=1)
        if found := TYPE.match(head) or ALIAS.match(head):
            yield found[1], number
        elif not head.startswith("using "):
            if found := NAME.search(without_arguments(head)):
                if "::" not in head[:head.find(found[1])][-2:]:  # A member that is defined outside of its class.
                    yield found[1], number


def macros(text):
    """Macros that a file leaves behind, each with its line."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r"#\s*define\s+(\w+)", line):
            if not re.search(rf"^#\s*undef\s+{found[1]}\b", text, re.MULTILINE):
                yield found[1], number


def check(root):
    """All clashes below `root`, as lines."""
    problems, seen, used = [], {}, {}
    for path in tree.files(root, tree.CODE):
        if path.parts[:2] != ("tests", "unit"):
            continue
        if path.suffix == ".cc" and not path.name.endswith("_test.cc"):
            continue  # Of other programs.
        text = (root / path).read_text(encoding="utf-8")
        for name, number in declared(text):
            first, line = seen.setdefault((path.parent, name), (path, number))
            if first != path:
                problems.append(f"{path}:{number}: {name}: {first.name}:{line} has this name, too, and the folder is compiled "
                                "as one source: name it after its subject, or have it once, in a header of the folder")
        if path.suffix == ".cc":
            for number, line in enumerate(text.splitlines(), 1):
                if found := USING.match(line):
                    other, first, at = used.setdefault((path.parent, found[2]), (found[1], path, number))
                    if other != found[1]:
                        problems.append(f"{path}:{number}: {found[2]}: in {first.name}:{at} this is {other}, and the folder is compiled "
                                        "as one source: write one of them out")
            problems += [f"{path}:{number}: {name}: #undef it at the end: the folder is compiled as one source"
                         for name, number in macros(text)]
    return problems


def check_copies(root):
    """Sources of examples that have another's name, and not its text."""
    problems, seen = [], {}
    for path in tree.files(root, tree.CODE):
        if path.parts[0] != "examples" or path.name == "main.cc":
            continue
        text = (root / path).read_bytes()
        first, same = seen.setdefault(path.name, (path, text))
        if text != same:
            problems.append(f"{path}: differs from {first}: what examples share is one text, else it has a name of its own")
    return problems


CLASHES = {
    "a_test.cc": "namespace {\n\nstruct Fixture {\n  int a;\n};\n\n}  // namespace\n",
    "b_test.cc": "struct Fixture : Base {};\n",
    "c_test.cc": "std::map<std::string, int> all(const Names& names,\n                               int count = {}) {\n  return {};\n}\n",
    "d_test.cc": "const std::string all = \"(text\";\n",
    "e_test.cc": "template <class T>\nstd::string why(const Result<T>& result) {\n  return {};\n}\n",
    "f_test.cc": "std::string why(int code) { return {}; }\n",
    "g_test.cc": "using Keys = std::vector<std::string>;\n",
    "h.h": "namespace test {\n\nusing Keys = std::vector<std::string>;\n\n}  // namespace test\n",
    "i_test.cc": "constexpr const char* kText = R\"(\nstruct Other {\n)\";\n\nenum class Colour { red };\n",
    "j_test.cc": "class Colour final : public Base {\n};\n",
    "k_test.cc": "#define TIMES 3\n",
    "o_test.cc": "using ::test::Rules;\n",
    "p_test.cc": "using cloudkit::syncing::Rules;\n",
}
CAUGHT = {"b_test.cc:1: Fixture", "d_test.cc:1: all", "f_test.cc:1: why", "h.h:3: Keys", "j_test.cc:1: Colour", "k_test.cc:1: TIMES",
          "p_test.cc:1: Rules"}
ALLOWED = {
    "l_test.cc": "// struct Fixture {\nint Other::all() { return 1; }\nstruct Fixtures;\nusing ::test::Keys;\n#define ONCE 1\n#undef ONCE\n",
    "m_test.cc": "TEST_CASE_FIXTURE(Fixture, \"all\") {\n  struct Colour {};\n  int why = 0;\n}\n",
    "q_test.cc": "using test::Rules;\n",
    "n_test.cc": "struct Other {\n  int all() const;\n};\n",
}


def self_test():
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        folder, beside = root / "tests/unit/one", root / "tests/unit/other"
        folder.mkdir(parents=True)
        beside.mkdir()
        for name, text in {**CLASHES, **ALLOWED}.items():
            (folder / name).write_text(text)
        (beside / "a_test.cc").write_text(CLASHES["a_test.cc"])  # Names of other folders are no clash.
        problems = check(root)
        for example, text in {"one": "int a;\n", "two": "int a;\n", "three": "int b;\n"}.items():
            (root / "examples" / example).mkdir(parents=True)
            (root / "examples" / example / "main.cc").write_text(example)
            (root / "examples" / example / "shared.h").write_text(text)
        differing = [problem.split(":")[0] for problem in check_copies(root)]
    caught = {":".join(problem.removeprefix("tests/unit/one/").split(":")[:3]) for problem in problems}
    if differing != ["examples/three/shared.h"]:
        return [f"copies: {differing}"]
    return [f"not caught: {one}" for one in CAUGHT - caught] + [f"caught in error: {one}" for one in caught - CAUGHT]


if __name__ == "__main__":
    found = self_test() if sys.argv[1:] == ["--self-test"] else check(tree.ROOT) + check_copies(tree.ROOT)
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)
