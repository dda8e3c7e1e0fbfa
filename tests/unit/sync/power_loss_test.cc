#include "power/disk.h"
#include "support/forwarding_bucket.h"
#include "support/quiet_log.h"
#include "unit/sync/fixture.h"

#include <map>
#include <set>

using namespace cloudkit;
namespace fs = std::filesystem;

// A power cut at every moment of a backup, and every state in which it may leave the disk.
namespace {

struct FailingOne final : ForwardingBucket {
  FailingOne() : ForwardingBucket(::test::memory_driver()) {}
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    if (key == failing) return Error(ErrorCode::permission_denied, "no");
    return ForwardingBucket::get(key, options, receiver);
  }
  std::string failing;
};

struct WithPower : ::test::WithBackups {
  const std::shared_ptr<FailingOne> driver = std::make_shared<FailingOne>();

  WithPower() {
    quiet_log();
    bucket = Bucket(driver);
    options.transfer.workers = 1;  // What is recorded is done by one thread at a time.
    bucket.put("a", "unchanged").value();
    bucket.put("b/c", "old").value();
  }

  power::Recording recorded(const std::function<void()>& work) {
    options.sync = true;
    auto recording = power::record(above.path(), work);
    options.sync = false;
    return recording;
  }

  // Whatever is finished is whole, `latest` leads to it, and the next run has all of what the bucket has now.
  std::string look(const std::string& root, const std::string& promised) const {
    const std::string there = root + "/backups";
    std::string wrong = check_finished(there);
    if (!wrong.empty()) return wrong;
    const fs::path latest = there + "/latest";
    const bool is_link = fs::is_symlink(fs::symlink_status(latest));
    if (is_link && !fs::exists(latest)) return "latest leads nowhere";
    if (!promised.empty() && (!is_link || fs::read_symlink(latest) != promised)) return "latest does not lead to it";
    const auto next = cloudkit::backup(bucket, there, options);
    if (!next) return "the next run: " + next.error().to_string();
    if (!next->finished || next->objects != bucket.list_all().value().size()) return "the next run is not whole";
    if (next->kept + next->linked < done_before) return "the next run fetches anew what was done";
    wrong = check_finished(there);
    if (!wrong.empty()) return "after the next run: " + wrong;
    return fs::read_symlink(latest) == next->snapshot ? "" : "latest does not lead to the next run's";
  }

  static std::string check_finished(const std::string& there) {
    if (!fs::exists(there + "/.cloudkit")) return fs::exists(there + "/latest") ? "a link to nothing" : "";
    for (const Snapshot& snapshot : list_snapshots(there).value()) {
      if (!snapshot.complete()) return "incomplete: " + snapshot.name;
      const auto verified = cloudkit::verify(there, {.snapshot = snapshot.name});
      if (!verified) return verified.error().to_string();
      if (!verified->status()) return verified->status().error().to_string();
    }
    return {};
  }

  // Every state of the recording is right, and each sync is needed but those that are named: what another case needs.
  // "all names 2" is the second one.
  static void check(const power::Recording& recording, const power::Check& check,
                    const std::set<std::string>& not_needed) {
    power::States right;
    const auto wrong = power::find_wrong_state(recording, check, right);
    CHECK_MESSAGE(!wrong, wrong.value_or(""));
    CHECK(right.size() >= 20);
    std::map<std::string, int> seen;
    for (const std::size_t sync : recording.syncs()) {
      const std::string kind = kind_of(recording.synced(sync));
      const std::string name = kind + ' ' + std::to_string(++seen[kind]);
      INFO(name);
      const auto missed = power::find_wrong_state(recording, check, right, sync);
      CHECK(missed.has_value() == (not_needed.count(name) == 0));
    }
  }
  // "2026-11-23T01-00-00Z.plan.jsonl.unfinished" is a plan.
  static std::string kind_of(const std::string& name) {
    const std::size_t dot = name.starts_with("20") ? name.find('.') : std::string::npos;
    return dot == std::string::npos ? name : name.substr(dot);
  }

  std::uint64_t done_before = 0;
};

}  // namespace

TEST_CASE_FIXTURE(WithPower, "power is cut during a backup") {
  std::set<std::string> not_needed = {".plan.jsonl.unfinished 1", ".cloudkit 1"};
  SUBCASE("the first one") {}
  SUBCASE("a later one") {
    back_up();
    bucket.put("b/c", "new bytes").value();
  }
  SUBCASE("one of a bucket that is as it was, whose plan becomes the manifest") {
    back_up();
    not_needed = {".cloudkit 1"};
  }
  std::string made;
  const auto recording = recorded([&] {
    made = whole_backup().snapshot;
    power::mark();
  });
  check(
      recording, [&](const std::string& root, int marks) { return look(root, marks > 0 ? made : std::string()); },
      not_needed);
}

TEST_CASE_FIXTURE(WithPower, "power is cut while a run takes over what an ended one has done") {
  bucket.put("d", "late").value();
  driver->failing = "d";
  CHECK(backup().failed == 1);
  driver->failing.clear();
  done_before = 2;
  std::string made;
  const auto recording = recorded([&] {
    made = whole_backup().snapshot;
    power::mark();
  });
  check(recording, [&](const std::string& root, int marks) { return look(root, marks > 0 ? made : std::string()); },
        // The next sync of .cloudkit keeps the name of the plan, too.
        {".cloudkit 1"});
}
