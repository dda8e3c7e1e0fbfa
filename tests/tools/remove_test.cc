#include "tools/program.h"

#include <nlohmann/json.hpp>

using namespace test;
namespace fs = std::filesystem;

namespace {

struct WithRemovables : Program {
  WithRemovables() {
    write("bucket/2026/a", "a");
    write("bucket/2026/b/c", "c");
    write("bucket/2026-old", "old");
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithRemovables, "rm removes objects, and what is not there") {
  auto outcome = run({"rm", url("bucket/2026/a"), url("bucket/nothing")});
  CHECK(outcome.out == "removed " + url("bucket/2026/a") + "\nremoved " + url("bucket/nothing") + "\n");
  CHECK(outcome.exit_code == 0);
  CHECK(tree("bucket") == "2026-old\n2026/\n2026/b/\n2026/b/c\n");
}

TEST_CASE_FIXTURE(WithRemovables, "rm -r removes what is below, not what begins alike") {
  auto outcome = run({"rm", "-r", url("bucket/2026")});
  CHECK(contains(outcome.out, "removed 2 objects; 0 failed\n"));
  CHECK(outcome.exit_code == 0);
  CHECK(tree("bucket") == "2026-old\n2026/\n");  // a directory that was named is a bucket, and stays
}

TEST_CASE_FIXTURE(WithRemovables, "rm -r of an object removes it, and of nothing is an error") {
  CHECK(contains(run({"rm", "-rn", url("bucket/2026/a")}).out, "would have removed 1 object; 0 failed\n"));
  auto outcome = run({"rm", "-r", url("bucket/2026/a")});
  CHECK(contains(outcome.out, "removed " + url("bucket/2026/a") + "\nremoved 1 object; 0 failed\n"));
  CHECK(outcome.exit_code == 0);
  CHECK_FALSE(fs::exists(path("bucket/2026/a")));
  for (const char* name : {"bucket/2026/a", "bucket/nothing/"}) {
    outcome = run({"rm", "-r", url(name)});
    CHECK(contains(outcome.err, "not_found: no key begins with \""));
    CHECK(outcome.exit_code == 3);
  }
  fs::create_directory(path("empty"));
  CHECK(run({"rm", "-r", url("empty")}).exit_code == 0);
}

TEST_CASE_FIXTURE(WithRemovables, "a dry run removes nothing") {
  const std::string before = tree("bucket");
  CHECK(run({"rm", "-n", url("bucket/2026-old")}).out == "would remove " + url("bucket/2026-old") + "\n");
  const auto outcome = run({"rm", "-rn", "--json", url("bucket")});
  CHECK(contains(outcome.out, "{\"would_remove\":\"" + url("bucket/2026/b/c") + "\"}\n"));
  CHECK(contains(outcome.out, "{\"total\":{\"removed\":3,\"failed\":0}}\n"));
  fs::create_directory(path("empty"));
  CHECK(run({"rb", "-n", url("empty")}).out == "would remove " + url("empty") + "\n");
  CHECK(fs::exists(path("empty")));
  CHECK(run({"mb", "-n", url("new")}).out == "would make " + url("new") + "\n");
  CHECK(tree("bucket") == before);
  CHECK_FALSE(fs::exists(path("new")));
}

TEST_CASE_FIXTURE(WithRemovables, "rm of a bucket that is not there") {
  const auto outcome = run({"rm", "-r", "mem://nothing"});
  CHECK(contains(outcome.err, "list mem://nothing"));
  CHECK(outcome.exit_code == 3);
}

TEST_CASE_FIXTURE(Program, "what cannot be removed is named, and the rest goes on") {
  write("bucket/a/1", "");
  write("bucket/b/2", "");
  fs::permissions(path("bucket/a"), fs::perms::owner_read | fs::perms::owner_exec);
  const auto outcome = run({"rm", "-r", url("bucket")});
  const bool is_root = !fs::exists(path("bucket/a/1"));  // whom permissions do not stop
  if (!is_root) {
    CHECK(contains(outcome.err, "remove " + url("bucket/a/1") + ": "));
    CHECK(contains(outcome.out, "removed 1 object; 1 failed\n"));
    CHECK(outcome.exit_code == 1);
  }
  fs::permissions(path("bucket"), fs::perms::owner_all);
  if (!is_root) fs::permissions(path("bucket/a"), fs::perms::owner_all);
  CHECK_FALSE(fs::exists(path("bucket/b/2")));
}

TEST_CASE_FIXTURE(WithRemovables, "buckets are made once, and removed when empty") {
  auto outcome = run({"mb", url("new")});
  CHECK(outcome.out == "made " + url("new") + "\n");
  CHECK(fs::is_directory(path("new")));
  outcome = run({"mb", "--json", url("new")});
  CHECK(nlohmann::json::parse(outcome.err).at("error")["code"] == "already_exists");
  CHECK(outcome.exit_code == 1);
  outcome = run({"rb", url("new")});
  CHECK(outcome.out == "removed " + url("new") + "\n");
  CHECK_FALSE(fs::exists(path("new")));

  outcome = run({"rb", url("new")});
  CHECK(contains(outcome.err, "delete_bucket " + url("new") + ": "));
  CHECK(outcome.exit_code == 3);
  outcome = run({"rb", url("bucket")});
  CHECK(contains(outcome.err, "delete_bucket " + url("bucket") + ": "));
  CHECK(outcome.exit_code == 1);
  CHECK(fs::exists(path("bucket/2026/a")));
}

TEST_CASE_FIXTURE(WithRemovables, "a dry run refuses the buckets that mb and rb refuse") {
  const struct {
    Words words;
    const char* error;
    int exit_code;
  } cases[] = {
      {{"rb", "-n", url("bucket")}, "it is not empty\n  hint: cloudkit rm -r removes what is in it", 1},
      {{"rb", "-n", url("new")}, "there is no bucket \"new\"", 3},
      {{"mb", "-n", url("bucket")}, "it is there already", 1},
  };
  for (const auto& one : cases) {
    const auto outcome = run(one.words);
    CAPTURE(outcome.err);
    CHECK(contains(outcome.err, one.error));
    CHECK(outcome.out.empty());
    CHECK(outcome.exit_code == one.exit_code);
  }
}
