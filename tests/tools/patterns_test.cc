#include "tools/program.h"

#include <nlohmann/json.hpp>
#include <sstream>

using namespace test;
namespace fs = std::filesystem;

namespace {

struct WithLogs : Program {
  WithLogs() {
    for (const char* name : {"logs/a.gz", "logs/b.gz", "logs/note.txt", "logs/2026/c.gz", "logs/2026/11/d.gz"}) {
      write(std::string("bucket/") + name, name);
    }
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithLogs, "ls shows what matches, directories too") {
  auto outcome = run({"ls", url("bucket/logs/*")});
  CHECK(contains(outcome.out, "prefix  2026/\n"));
  CHECK(contains(outcome.out, "  note.txt\n"));
  CHECK_FALSE(contains(outcome.out, "c.gz"));
  outcome = run({"ls", url("bucket/logs/**.gz")});
  CHECK(contains(outcome.out, "  2026/11/d.gz\n"));
  CHECK_FALSE(contains(outcome.out, "note.txt"));
  outcome = run({"ls", "-rs", url("bucket/logs/2*")});
  CHECK(contains(outcome.out, "  2026/c.gz\n"));
  CHECK(contains(outcome.out, "in 2 objects, 0 prefixes\n"));
}

TEST_CASE_FIXTURE(WithLogs, "what is not there makes no directory, and what is empty an empty one") {
  CHECK(run({"cp", url("bucket/*.none"), "new"}).exit_code == 3);
  CHECK(run({"cp", "-r", url("bucket/none"), "new"}).exit_code == 3);
  CHECK(run({"cp", "mem://nothing/a*", "new"}).exit_code == 3);
  CHECK(tree("work").empty());
  fs::create_directory(path("empty"));
  CHECK(run({"cp", "-r", url("empty"), "new/one"}).exit_code == 0);
  CHECK(tree("work") == "new/\nnew/one/\n");
  write("work/file", "");
  const auto outcome = run({"cp", url("bucket/logs/*"), "file"});
  CHECK(contains(outcome.err, "make the directory file: "));
  CHECK(outcome.exit_code == 1);
}

TEST_CASE_FIXTURE(WithLogs, "a pattern that nothing matches is not found, whatever the command") {
  for (const Words& words : {Words{"ls"}, {"rm"}, {"cat"}, {"cp"}, {"mv"}}) {
    Words whole = words;
    whole.push_back(url("bucket/logs/*.zip"));
    if (words[0] == "cp" || words[0] == "mv") whole.push_back("out");
    const auto outcome = run(whole);
    CHECK(contains(outcome.err, words[0] + ' ' + url("bucket/logs/*.zip") +
                                    ": not_found: no object matches\n  hint: to mean a star itself write %2A"));
    CHECK(outcome.exit_code == 3);
  }
}

TEST_CASE_FIXTURE(WithLogs, "cp keeps names from the first directory that the pattern does not spell out") {
  CHECK(run({"cp", url("bucket/logs/*.gz"), "flat"}).exit_code == 0);
  CHECK(tree("work/flat") == "a.gz\nb.gz\n");
  CHECK(run({"cp", url("bucket/*/20*/*.gz"), "deep"}).exit_code == 0);
  CHECK(tree("work/deep") == "logs/\nlogs/2026/\nlogs/2026/c.gz\n");
  CHECK(run({"cp", "-r", url("bucket/logs/20*"), url("bucket/copy")}).exit_code == 0);
  CHECK(tree("bucket/copy") == "2026/\n2026/11/\n2026/11/d.gz\n2026/c.gz\n");
  CHECK(read("bucket/copy/2026/c.gz") == "logs/2026/c.gz");
}

TEST_CASE_FIXTURE(WithLogs, "cat writes what matches in the order of keys") {
  CHECK(run({"cat", url("bucket/logs/[ab]*")}).out == "logs/a.gzlogs/b.gz");
}

TEST_CASE_FIXTURE(WithLogs, "rm removes what matches, and below it only with -r") {
  const std::string before = tree("bucket");
  CHECK(contains(run({"rm", "-n", url("bucket/logs/*")}).out, "would have removed 3 objects; 0 failed\n"));
  CHECK(tree("bucket") == before);
  CHECK(run({"rm", url("bucket/logs/*")}).exit_code == 0);
  CHECK(fs::exists(path("bucket/logs/2026/c.gz")));
  CHECK_FALSE(fs::exists(path("bucket/logs/a.gz")));
  CHECK(contains(run({"rm", "-r", url("bucket/l*")}).out, "removed 2 objects; 0 failed\n"));
}

TEST_CASE_FIXTURE(Program, "what is no star is no pattern, and a byte as %XX means itself") {
  write("bucket/a[1]", "");
  write("bucket/a1", "");
  write("bucket/b*", "");
  write("bucket/bx", "");
  CHECK(run({"rm", url("bucket/a[1]")}).out == "removed " + url("bucket/a[1]") + "\n");
  CHECK(fs::exists(path("bucket/a1")));
  CHECK(run({"rm", url("bucket/b%2A")}).exit_code == 0);
  CHECK(tree("bucket") == "a1\nbx\n");
  // Where something goes is one place.
  write("work/file", "f");
  CHECK(run({"cp", "file", url("bucket/c*")}).exit_code == 0);
  CHECK(tree("bucket") == "a1\nbx\nc*\n");
}

TEST_CASE_FIXTURE(Program, "a byte as %XX means itself in a set, too") {
  const Words names = {"!x", "*y", "-x", "[x", "\\]x", "\\y", "]x", "ax", "bx"};
  for (const std::string& name : names) write("bucket/" + name, "");
  const auto matched = [&](const std::string& pattern) {
    std::string found;
    std::istringstream lines(run({"ls", "--json", url("bucket/" + pattern)}).out);
    for (std::string line; std::getline(lines, line);) {
      found += nlohmann::json::parse(line)["key"].get<std::string>() + ' ';
    }
    return found;
  };
  CHECK(matched("[%2Aa]*") == "*y ax ");
  CHECK(matched("[%5D]*") == "]x ");
  CHECK(matched("[a%5D]*") == "]x ax ");
  CHECK(matched("[%21a]*") == "!x ax ");
  CHECK(matched("[!%21a]*") == "*y -x [x \\]x \\y ]x bx ");
  CHECK(matched("[a%2Dc]*") == "-x ax ");
  CHECK(matched("[%5Bb]*") == "[x bx ");
  CHECK(matched("[%5C]*") == "\\]x \\y ");
}

TEST_CASE_FIXTURE(WithLogs, "a pattern that ends with / names trees, and so asks for -r") {
  const std::string before = tree("bucket");
  for (const Words& words : {Words{"rm"}, {"cat"}, {"cp"}, {"mv"}}) {
    for (const char* pattern : {"bucket/logs/20*/", "bucket/*/", "bucket/**/"}) {
      Words whole = words;
      whole.push_back(url(pattern));
      if (words[0] == "cp" || words[0] == "mv") whole.push_back("out");
      const auto outcome = run(whole);
      CHECK(contains(outcome.err, words[0] + ' ' + url(pattern) + ": invalid_argument: it names "));
      CHECK(outcome.exit_code == 2);
    }
  }
  CHECK(tree("bucket") == before);
  CHECK_FALSE(fs::exists(path("work/out")));
  CHECK(contains(run({"rm", "-r", url("bucket/logs/20*/")}).out, "removed 2 objects; 0 failed\n"));
}

TEST_CASE_FIXTURE(Program, "several sources never become one object, however their names are written") {
  const auto refused = [&](const Words& sources) {
    for (const std::string& to : {std::string("out/"), url("there/")}) {
      for (const char* name : {"a/x.txt", "a/y.txt"}) write(name, "first");
      for (const char* name : {"b/x.txt", "b/y.txt"}) write(name, "second");
      fs::create_directory(path("work/out"));
      fs::create_directory(path("there"));
      Words words{"mv"};
      for (const std::string& source : sources) words.push_back(url(source));
      words.push_back(to);
      const auto outcome = run(words);
      CHECK(outcome.exit_code != 0);
      CHECK(contains(outcome.err, "copy one after the other"));
      for (const char* name : {"/x.txt", "/y.txt"}) {
        const std::string all = read("a" + std::string(name)) + read("b" + std::string(name)) +
                                read("work/out" + std::string(name)) + read("there" + std::string(name));
        CHECK(contains(all, "first"));
        CHECK(contains(all, "second"));
      }
    }
  };
  refused({"a/*.txt", "b/*.tx*"});
  refused({"a/y.txt", "b/%79.txt"});
  refused({"a/x.txt", "b/x*"});
  refused({"a/x*", "b/x.txt"});
  const auto outcome = run({"mv", "s3://a/x?region=eu-west-1", "s3://b/x", "out/"});
  CHECK(contains(outcome.err, "two of them are called x\n"));
  CHECK(outcome.exit_code == 2);
}

TEST_CASE_FIXTURE(Program, "two patterns of one spelling are no two objects of one name") {
  write("a/x.gz", "x");
  write("b/y.gz", "y");
  CHECK(run({"cp", url("a/*.gz"), url("b/*.gz"), "out/"}).exit_code == 0);
  CHECK(tree("work/out") == "x.gz\ny.gz\n");
}

TEST_CASE_FIXTURE(Program, "what is printed is a URL that names the same object again, and nothing else") {
  const std::string name = "a*[!b] c%25\\?#\u009b\u00e4\"'";
  const Words others = {"a*", "ab", "a*[!b] c%\\?#", "a*[!b] c%25\\"};
  for (const std::string& other : others) write("bucket/d/" + other, "");
  fs::create_directory(path("copy"));
  const auto sole = [&](const std::string& in, const char* member) {
    return nlohmann::json::parse(in.substr(0, in.find('\n')))[member].get<std::string>();
  };
  write("work/" + name, "x");
  const std::string made = sole(run({"cp", "--json", "./" + name, url("bucket/d/")}).out, "destination");
  const std::string before = tree("bucket");
  CHECK(made.find_first_of("*? #\n") == std::string::npos);
  const auto copied = run({"cp", "--json", made, url("copy/")}).out;
  CHECK(sole(copied, "source") == made);
  CHECK(tree("copy") == name + "\n");
  CHECK(sole(run({"stat", "--json", made}).out, "url") == made);
  const auto trees = run({"cp", "-r", "--json", url("copy"), url("again")}).out;
  CHECK(sole(trees, "source") == sole(copied, "destination"));
  CHECK(sole(run({"rm", "-n", "--json", made}).out, "would_remove") == made);
  CHECK(tree("bucket") == before);
  CHECK(run({"rm", made}).out == "removed " + made + "\n");
  CHECK_FALSE(fs::exists(path("bucket/d/" + name)));
  for (const std::string& other : others) CHECK(fs::exists(path("bucket/d/" + other)));
  // What no URL holds is at least nothing else.
  write("bucket/d/a\nb", "");
  const std::string broken = sole(run({"cp", "-rj1", "--json", url("bucket/d"), url("third")}).out, "source");
  CHECK(broken == url("bucket/d/a%0Ab"));
  CHECK(run({"rm", broken}).exit_code == 2);
}

// More than one page of a listing, so that it comes upon what was made meanwhile.
TEST_CASE_FIXTURE(Program, "what a pattern has copied into the tree that it lists is not copied again") {
  for (int i = 0; i < 1100; ++i) write("bucket/a" + std::to_string(i), "");
  write("bucket/z/a1", "old");
  const auto outcome = run({"cp", url("bucket/**"), url("bucket/z")});
  CHECK(contains(outcome.err, "skipped " + url("bucket/z/a1") + ": another one is copied to it\n"));
  CHECK(contains(outcome.out, "copied 1100 objects, 0 bytes; 0 failed"));
  CHECK(outcome.exit_code == 0);
  CHECK_FALSE(fs::exists(path("bucket/z/z")));
  CHECK(read("bucket/z/a1").empty());
}

TEST_CASE_FIXTURE(Program, "several files into one place") {
  write("work/a", "a");
  write("work/b", "b");
  fs::create_directory(path("bucket"));
  auto outcome = run({"cp", "a", "b", url("bucket/new/")});
  CHECK(outcome.exit_code == 0);
  CHECK(tree("bucket/new") == "a\nb\n");
  outcome = run({"cp", "a", "nothing", url("bucket/other/")});
  CHECK(contains(outcome.err, "cp nothing: not_found"));
  CHECK(outcome.exit_code == 1);
  CHECK(tree("bucket/other") == "a\n");
}
