#include "core/time.h"
#include "sync/backup_dir.h"
#include "sync/manifest.h"
#include "sync/retention.h"
#include "unit/sync/fixture.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

using namespace cloudkit;
using ::test::Names;
namespace fs = std::filesystem;

namespace {

Snapshot snapshot_at(const std::string& time, std::uint64_t failed = 0) {
  Snapshot snapshot;
  snapshot.name = time;
  snapshot.started = core::parse_rfc3339(time).value();
  snapshot.failed = failed;
  return snapshot;
}

Names kept(const std::vector<Snapshot>& snapshots, const PruneOptions& options) {
  const auto names = syncing::kept_snapshots(snapshots, options);
  return {names.begin(), names.end()};
}

struct WithSnapshots : ::test::WithBackups {
  Names names;
  WithSnapshots() {
    bucket.put("a", "bytes").value();
    for (int day = 1; day <= 4; ++day) {
      const std::string made = whole_backup().snapshot;
      names.push_back("2026-11-0" + std::to_string(day) + "T01-00-00Z");
      fs::rename(path(made), path(names.back()));
      move_manifest(made, names.back());
    }
  }
  // Somewhere between its header and its footer.
  void damage(const std::string& name) const {
    std::string manifest = read(".cloudkit/" + name + ".manifest.jsonl");
    manifest.replace(manifest.find("\"key\":\"a\""), 9, "\"key\":\"b\"");
    std::ofstream(path(".cloudkit/" + name + ".manifest.jsonl"), std::ios::binary) << manifest;
  }
  // As if it had been made at the time that its new name says.
  void move_manifest(const std::string& from, const std::string& to) const {
    const core::UniqueFd state(::open(path(".cloudkit").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    auto reader = syncing::ManifestReader::open(state.get(), from + ".manifest.jsonl", from).value();
    auto header = reader.header();
    header.started = syncing::time_of_snapshot(to).value();
    auto writer = syncing::ManifestWriter::create(state.get(), to + ".manifest.jsonl", to, header).value();
    while (const auto entry = reader.next().value()) writer.add(*entry).value();
    writer.finish(false).value();
    fs::remove(path(".cloudkit/" + from + ".manifest.jsonl"));
  }
};

}  // namespace

TEST_CASE("of each day, week and month the newest snapshots are kept") {
  std::vector<Snapshot> all;
  for (const char* time :
       {"2026-09-30T01:00:00Z", "2026-10-31T01:00:00Z", "2026-11-15T01:00:00Z", "2026-11-16T01:00:00Z",
        "2026-11-22T01:00:00Z", "2026-11-23T01:00:00Z", "2026-11-24T01:00:00Z", "2026-11-24T13:00:00Z"}) {
    all.push_back(snapshot_at(time));
  }
  CHECK(kept(all, {.keep_last = 2}) == Names{"2026-11-24T01:00:00Z", "2026-11-24T13:00:00Z"});
  CHECK(kept(all, {.keep_daily = 2}) == Names{"2026-11-23T01:00:00Z", "2026-11-24T13:00:00Z"});
  // A week begins on Monday: the 16th and the 23rd.
  CHECK(kept(all, {.keep_weekly = 3}) == Names{"2026-11-15T01:00:00Z", "2026-11-22T01:00:00Z", "2026-11-24T13:00:00Z"});
  CHECK(kept(all, {.keep_monthly = 2}) == Names{"2026-10-31T01:00:00Z", "2026-11-24T13:00:00Z"});
  CHECK(kept(all, {.keep_daily = 1, .keep_monthly = 9}) ==
        Names{"2026-09-30T01:00:00Z", "2026-10-31T01:00:00Z", "2026-11-24T13:00:00Z"});
  CHECK(kept(all, {.keep_last = 100}).size() == all.size());
  CHECK(kept({}, {.keep_last = 1}).empty());
}

TEST_CASE("the newest complete snapshot is always kept, and so is what cannot be read") {
  std::vector<Snapshot> all = {snapshot_at("2026-11-01T01:00:00Z"), snapshot_at("2026-11-02T01:00:00Z"),
                               snapshot_at("2026-11-03T01:00:00Z", 1), snapshot_at("2026-11-04T01:00:00Z", 7)};
  CHECK(kept(all, {.keep_last = 1}) == Names{"2026-11-02T01:00:00Z", "2026-11-04T01:00:00Z"});
  all[0].damage = Error(ErrorCode::data_loss, "damaged");
  CHECK(kept(all, {.keep_last = 1}) == Names{"2026-11-01T01:00:00Z", "2026-11-02T01:00:00Z", "2026-11-04T01:00:00Z"});
}

TEST_CASE_FIXTURE(WithSnapshots, "prune removes old snapshots with their manifests, and nothing that others share") {
  CHECK(cloudkit::prune(directory, {.keep_daily = 2, .dry_run = true}).value().removed.size() == 2);
  CHECK(list_snapshots(directory).value().size() == 4);
  Names told;
  const auto report =
      cloudkit::prune(directory, {.keep_daily = 2, .event = [&](const SyncEvent& event) { told.push_back(event.key); }})
          .value();
  CHECK(report.removed == Names{names[0], names[1]});
  CHECK(told == report.removed);
  CHECK(report.kept == Names{names[2], names[3]});
  CHECK(tree(".cloudkit") == Names{names[2] + ".manifest.jsonl", names[3] + ".manifest.jsonl", "lock"});
  check_whole(names[2]);
  check_whole(names[3]);
  CHECK(cloudkit::prune(directory, {}).error().message == "nothing is to be kept");
  CHECK(cloudkit::prune(directory, {.keep_last = -1}).error().code == ErrorCode::invalid_argument);
}

TEST_CASE_FIXTURE(WithSnapshots, "after a prune latest leads to what is left, not to what it has removed") {
  fs::remove(path("latest"));
  fs::create_symlink(names[1], path("latest"));
  const auto report = cloudkit::prune(directory, {.keep_last = 2}).value();
  CHECK(report.removed == Names{names[0], names[1]});
  CHECK(fs::read_symlink(path("latest")) == names[3]);
}

TEST_CASE_FIXTURE(WithSnapshots, "a prune that was killed is gone on with by the next call") {
  fs::rename(path(names[0]), path(".cloudkit/removed-" + names[0]));
  CHECK(list_snapshots(directory).value().size() == 3);
  CHECK(whole_backup().linked == 1);
  CHECK(!fs::exists(path(".cloudkit/removed-" + names[0])));
  CHECK(!fs::exists(path(".cloudkit/" + names[0] + ".manifest.jsonl")));
}

TEST_CASE_FIXTURE(WithSnapshots, "what is being verified is not removed meanwhile") {
  const int reader = ::open(path(".cloudkit/" + names[0] + ".manifest.jsonl").c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(::flock(reader, LOCK_SH) == 0);
  const auto report = cloudkit::prune(directory, {.keep_last = 1}).value();
  ::close(reader);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].error.message == "it is being verified or restored");
  CHECK(report.kept == Names{names[0], names[3]});
  CHECK(cloudkit::prune(directory, {.keep_last = 1}).value().removed == Names{names[0]});
}

TEST_CASE("of a period in which a snapshot is complete none that is not counts") {
  const std::vector<Snapshot> all = {snapshot_at("2026-11-20T01:00:00Z"), snapshot_at("2026-11-20T13:00:00Z", 1),
                                     snapshot_at("2026-11-21T01:00:00Z", 1), snapshot_at("2026-11-21T13:00:00Z", 1),
                                     snapshot_at("2026-11-22T01:00:00Z")};
  CHECK(kept(all, {.keep_daily = 3}) == Names{"2026-11-20T01:00:00Z", "2026-11-21T13:00:00Z", "2026-11-22T01:00:00Z"});
}

TEST_CASE_FIXTURE(WithSnapshots, "nothing is removed for a snapshot whose manifest is damaged somewhere") {
  damage(names[3]);
  const auto report = cloudkit::prune(directory, {.keep_last = 1}).value();
  CHECK(report.removed == Names{names[0], names[1]});
  CHECK(report.kept == Names{names[2], names[3]});
}

TEST_CASE_FIXTURE(WithSnapshots, "a snapshot whose manifest is damaged somewhere is not removed, and named") {
  damage(names[1]);
  for (const bool dry_run : {true, false}) {
    const auto report = cloudkit::prune(directory, {.keep_last = 1, .dry_run = dry_run}).value();
    CHECK(report.removed == Names{names[0], names[2]});
    CHECK(report.kept == Names{names[1], names[3]});
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].key == names[1]);
    CHECK(report.failures[0].error.code == ErrorCode::data_loss);
    CHECK(report.failures[0].error.resource == path(names[1]));
    CHECK(report.failures[0].error.message ==
          path(".cloudkit/" + names[1] + ".manifest.jsonl") + " is damaged: its lines have another SHA-256");
  }
  CHECK(fs::exists(path(names[1] + "/a")));
}

TEST_CASE_FIXTURE(WithSnapshots, "a clock that was wrong once spoils no later snapshot's time") {
  const std::string future = "2099-01-01T00-00-00Z";
  fs::rename(path(names[3]), path(future));
  move_manifest(names[3], future);
  const auto made = whole_backup();
  CHECK(made.snapshot == "2099-01-01T00-00-01Z");
  const auto snapshots = list_snapshots(directory).value();
  CHECK(snapshots[3].started == syncing::time_of_snapshot(future));
  CHECK(snapshots[4].started < std::chrono::system_clock::now() + std::chrono::hours(1));
  // Both are of days of their own, and so are those of before.
  CHECK(cloudkit::prune(directory, {.keep_daily = 3}).value().kept == Names{names[2], future, made.snapshot});
}

TEST_CASE("a path that is none is not made by a prune") {
  ::test::TemporaryDirectory above;
  CHECK(cloudkit::prune(above.file("typo"), {.keep_last = 1}).error().code == ErrorCode::not_found);
  CHECK(!fs::exists(above.file("typo")));
  CHECK(cloudkit::prune(above.path(), {.keep_last = 1}).error().code == ErrorCode::not_found);
  CHECK(fs::is_empty(above.path()));
}

TEST_CASE_FIXTURE(WithSnapshots, "what is being removed cannot be verified meanwhile") {
  const int remover = ::open(path(".cloudkit/" + names[3] + ".manifest.jsonl").c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(::flock(remover, LOCK_EX) == 0);
  const auto verified = cloudkit::verify(directory);
  ::close(remover);
  REQUIRE(!verified);
  CHECK(verified.error().code == ErrorCode::conflict);
  CHECK(verified.error().retryable);
  CHECK(verified.error().message == "a prune is removing " + path(names[3]));
}
