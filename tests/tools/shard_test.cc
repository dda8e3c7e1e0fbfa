#include "tools/s3_server.h"

#include <filesystem>

using namespace test;

namespace {

struct WithShards : Program {
  WithShards() {
    for (int i = 0; i < 30; ++i) write("bucket/k" + std::to_string(100 + i), "bytes");
  }
  Outcome shard(const std::string& part, const Words& more = {"--run", "job-1"}) {
    Words words{"backup", "--shard", part, url("bucket"), url("backups")};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }
};

}  // namespace

TEST_CASE_FIXTURE(WithShards, "shards of a backup, one after the other, then verify and restore") {
  std::filesystem::create_directory(path("backups"));
  CHECK(contains(shard("1/3", {"--run", "job-1", "--dry-run"}).out,
                 "shard 1/3: 10 objects, 50 bytes, after \"\" to \"k109\"\n"
                 "shard 2/3: 10 objects, 50 bytes, after \"k109\" to \"k119\"\n"
                 "shard 3/3: 10 objects, 50 bytes, after \"k119\" to the end\n"));
  CHECK(tree("backups").empty());
  const auto first = shard("2/3");
  CHECK(first.exit_code == 0);
  CHECK(contains(first.out, "shard 2/3: done, waits for others: "));
  CHECK(contains(first.out, ": 10 objects copied, 50 bytes; 0 from an earlier run"));
  CHECK(run({"verify", url("backups")}).exit_code == 3);
  CHECK(shard("3/3").exit_code == 0);
  const auto last = shard("1/3");
  CHECK(contains(last.out, "shard 1/3: made 2"));
  CHECK(contains(shard("1/3", {"--run", "job-1", "--json"}).out, "\"finished\":true"));
  CHECK(shard("1/3", {"--run", "job-1", "--merge"}).exit_code == 0);

  const auto verified = run({"verify", url("backups")});
  CHECK(verified.exit_code == 0);
  CHECK(contains(verified.out, ": 30 objects, 150 bytes: as they were backed up\n"));
  CHECK(run({"restore", url("backups"), "./back"}).exit_code == 0);
  CHECK(tree("work/back") == tree("bucket"));
  CHECK(run({"verify", "--all", url("backups")}).exit_code == 2);
}

TEST_CASE_FIXTURE(WithShards, "what is wrong with a shard is said, with exit code 2") {
  for (const char* part : {"", "3", "0/3", "4/3", "a/3", "1/1000", "1/-3"}) {
    if (*part == '\0') continue;
    const auto refused = shard(part);
    CHECK_MESSAGE(refused.exit_code == 2, part);
  }
  const auto unnamed = shard("1/3", {});
  CHECK(unnamed.exit_code == 2);
  CHECK(contains(unnamed.err, "--shard needs --run"));
  CHECK(shard("1/3", {"--run", "a b"}).exit_code == 2);
  CHECK(shard("1/3", {"--run", "job-1", "--versions"}).exit_code == 2);
  CHECK(run({"backup", "--run", "job-1", url("bucket"), url("backups")}).exit_code == 2);
  CHECK(shard("1/3").exit_code == 0);
  CHECK(contains(shard("1/4").err, "the run job-1 began with 3 shards"));
}

TEST_CASE_FIXTURE(ProgramWithServer,
                  "verify ends with 6 for what is damaged, and with its own code for what cannot be read") {
  for (const char* key : {"a", "b"}) write(std::string("bucket/") + key, "bytes");
  std::filesystem::create_directory(path("backups"));
  REQUIRE(run({"backup", "--shard", "1/1", "--run", "job-1", url("bucket"), url("backups")}).exit_code == 0);
  std::string manifest;
  for (const auto& entry : std::filesystem::directory_iterator(path("backups/.cloudkit"))) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".manifest.jsonl")) manifest = name;
  }
  const std::string content = read("backups/.cloudkit/" + manifest);
  std::string b = error_reply(403, "AccessDenied", "Access Denied");
  server.answer([&](const std::string& head) -> std::optional<faults::Script> {
    if (contains(head, "prefix=.cloudkit")) return faults::Script(list_reply({".cloudkit/" + manifest}));
    if (contains(head, "list-type=2")) return faults::Script(list_reply({}));
    if (contains(head, manifest)) return faults::Script(object_reply(content));
    if (contains(head, "/b HTTP")) return faults::Script(b);
    return faults::Script(object_reply("bytes"));
  });
  const auto refused = run({"verify", s3("backups")});
  CHECK(contains(refused.out, ": 2 objects, 10 bytes: 1 wrong\n"));
  CHECK(refused.exit_code == 4);
  b = object_reply("BYTES");
  CHECK(run({"verify", s3("backups")}).exit_code == 6);
  b = object_reply("bytes");
  CHECK(run({"verify", s3("backups")}).exit_code == 0);
}
