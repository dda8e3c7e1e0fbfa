// What syncing and backing up takes of memory: the same for a million keys as for a thousand.
#include "memory/store_driver.h"
#include "support/forwarding_bucket.h"
#include "support/full.h"
#include "support/memory_growth.h"
#include "support/quiet_log.h"
#include "support/temporary_directory.h"

#include <cloudkit/local.h>
#include <cloudkit/sync.h>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdio>

using namespace cloudkit;
using ::test::growth_during;
using ::test::kMiB;

namespace {

int count_of_keys() { return test::is_full_check() ? 1'000'000 : 20'000; }

std::shared_ptr<BucketDriver> memory_bucket(const std::string& name) {
  memory::MemoryStoreDriver store;
  store.create_bucket(name, {}).value();
  return store.bucket(name).value();
}

// So many objects with nothing in them, none of which is anywhere.
class Endless final : public ForwardingBucket {
 public:
  Endless(const std::string& name, int count) : ForwardingBucket(memory_bucket(name)), count_(count) {}

  Result<ListPage> list_page(const ListPageRequest& request) override {
    ++pages;
    ListPage page;
    const std::string& after = request.page_token.empty() ? request.start_after : request.page_token;
    int next = after.empty() ? 0 : std::stoi(after.substr(after.rfind('k') + 1)) + 1;
    for (; next < count_ && static_cast<int>(page.entries.size()) < request.page_size; ++next) {
      ListEntry entry;
      entry.key = key_of(next);
      entry.token = "token";
      entry.modified = TimePoint(std::chrono::seconds(1'700'000'000));
      page.entries.push_back(std::move(entry));
    }
    if (next < count_) page.next_page_token = key_of(next - 1);
    return page;
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions&, ObjectReceiver& receiver) override {
    ObjectInfo info;
    info.key = key;
    info.token = "token";
    if (auto status = receiver.begin(info, 0, 0); !status) return status.error();
    return info;
  }
  std::atomic<int> pages{0};

 private:
  static std::string key_of(int number) {
    return fmt::format("reports/of-a-department/{:04}/with-a-name-as-it-is-usual/k{:08}", number / 500, number);
  }
  const int count_;
};

// 64 MiB are allowed for a million keys; of 20,000 a hundred bytes each would be 2 MiB.
void check_growth(const char* what, long most, const std::function<void()>& work) {
  const long growth = growth_during(work);
  std::printf("%s: %.1f MiB\n", what, static_cast<double>(growth) / kMiB);
  CHECK_MESSAGE(growth <= most * kMiB, std::string(what));
}

struct Keys {
  const int count = count_of_keys();
  const std::shared_ptr<Endless> driver = std::make_shared<Endless>("from", count);
  const Bucket from{driver};
  const test::TemporaryDirectory place;

  Keys() { quiet_log(); }
};

// Eight bytes for each object, and as much for its path.
const long kMost = test::is_full_check() ? 10 : 6;

}  // namespace

TEST_CASE_FIXTURE(Keys, "sync of two equal listings holds two pages of each") {
  const Bucket to(std::make_shared<Endless>("to", count));
  SyncOptions options;
  options.compare = SyncCompare::size;
  options.remove_extras = true;
  check_growth("sync", 4, [&] {
    CHECK(cloudkit::sync(from, to, options).value().unchanged == static_cast<std::uint64_t>(count));
  });
}

TEST_CASE_FIXTURE(Keys, "a backup and its plan; a second one makes the requests of one listing") {
  BackupOptions options;
  options.sync = false;
  // A million files take a disk many minutes; 22 MiB is what they took when that was measured.
  const int some = std::min(count, 100'000);
  const auto objects = static_cast<std::uint64_t>(some);
  const auto listed = std::make_shared<Endless>("from", some);
  const Bucket bucket(listed);
  const std::string directory = place.file("backups");
  check_growth("backup", kMost,
               [&] { CHECK(cloudkit::backup(bucket, directory, options).value().fetched == objects); });
  const int before = listed->pages;
  check_growth("unchanged backup", kMost,
               [&] { CHECK(cloudkit::backup(bucket, directory, options).value().linked == objects); });
  CHECK(listed->pages - before == (some + 999) / 1000);
  check_growth("verify", kMost, [&] { CHECK(cloudkit::verify(directory).value().objects == objects); });
}

TEST_CASE_FIXTURE(Keys, "a shard of a backup, its plan and the manifest of all") {
  const Bucket to = local::make_file_store(place.path(), {.sync = false}).value().create_bucket("to").value();
  ShardOptions options;
  options.run = "one";
  options.shards = 64;
  options.dry_run = true;
  check_growth("plan of shards", 8, [&] { CHECK(backup_shard(from, to, options).value().ranges.size() == 64); });
  options.dry_run = false;
  options.shards = 1;
  // All of them take a while, each being a file.
  const int some = std::min(count / 4, 50'000);
  const Bucket fewer(std::make_shared<Endless>("from", some));
  // A thousand objects with all their headers, and what the writer of the manifest sends at once.
  check_growth("shard", 24, [&] { CHECK(backup_shard(fewer, to, options).value().finished); });
  check_growth("verify of shards", 16, [&] {
    CHECK(cloudkit::verify(to, {.quick = true}).value().objects == static_cast<std::uint64_t>(some));
  });
}
