#include "support/kills.h"
#include "unit/sync/fixture.h"

#include <cloudkit/local.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <set>

using namespace cloudkit;
using ::test::contents;

// On directories, which outlive the processes that are killed.
TEST_CASE("sixteen shards as processes, some of them killed, make a whole snapshot") {
  const ::test::TemporaryDirectory place;
  const auto store = local::make_file_store(place.path(), {.sync = false}).value();
  const Bucket from = store.create_bucket("from").value();
  const Bucket to = store.create_bucket("to").value();
  const int objects = ::test::is_killed_often() ? 2000 : 320;
  for (int i = 0; i < objects; ++i) {
    from.put("d" + std::to_string(i % 7) + "/k" + std::to_string(i),
             std::string(static_cast<std::size_t>(i % 3000), 'x'))
        .value();
  }
  const auto start = [&](int shard, int dies_after) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    ShardOptions options;
    options.run = "job-7";
    options.shard = shard;
    options.shards = 16;
    options.step = 4;
    options.transfer.workers = 2;
    // In the middle of its work, wherever that is.
    int copied = 0;
    options.event = [&](const SyncEvent&) {
      if (copied++ == dies_after) ::kill(::getpid(), SIGKILL);
    };
    const auto report = backup_shard(from, to, options);
    ::_exit(report && report->done ? 0 : 1);
  };
  std::mt19937 random(11);
  std::set<int> left;
  for (int shard = 1; shard <= 16; ++shard) left.insert(shard);
  int killed = 0;
  for (int round = 0; !left.empty(); ++round) {
    REQUIRE(round < 50);
    std::map<pid_t, int> running;
    for (const int shard : left) running[start(shard, round < 3 ? static_cast<int>(random() % 40) : -1)] = shard;
    for (const auto& [child, shard] : running) {
      int status = 0;
      REQUIRE(::waitpid(child, &status, 0) == child);
      killed += WIFSIGNALED(status) ? 1 : 0;
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) left.erase(shard);
    }
  }
  CHECK(killed > 0);
  const auto verified = cloudkit::verify(to).value();
  CHECK(verified.status());
  CHECK(verified.objects == static_cast<std::uint64_t>(objects));
  const Bucket back = store.create_bucket("back").value();
  CHECK(cloudkit::restore(to, back).value().status());
  CHECK(contents(back) == contents(from));
}
