#include "faults/disk.h"
#include "unit/sync/failing_bucket.h"

#include "core/encode.h"
#include "crypto/digest.h"
#include "object_store/transfer/journal.h"

using namespace cloudkit;
using ::test::Names;
using ::test::WithFailing;
namespace fs = std::filesystem;

TEST_CASE_FIXTURE(WithFailing, "what failed keeps a snapshot partial, and the next run fetches only that") {
  driver->failing = {"b", "d/e"};
  options.transfer.workers = 1;
  const auto first = backup();
  CHECK(!first.finished);
  CHECK(first.failed == 2);
  CHECK(first.status().error().resource == bucket.url("b"));
  CHECK(partial() == Names{first.snapshot + ".partial"});
  CHECK(!fs::exists(path("latest")));
  CHECK(list_snapshots(directory).value().empty());

  bucket.put("new", "x").value();
  bucket.remove("c").value();
  driver->failing.clear();
  driver->gets = 0;
  const auto second = whole_backup();
  CHECK(driver->gets == 3);
  CHECK(second.kept == 1);
  CHECK(second.fetched == 3);
  CHECK(second.snapshot > first.snapshot);
  CHECK(partial().empty());
  // What the ended run had fetched, and is no more, is gone.
  CHECK(tree(second.snapshot) == Names{"a", "b", "d/", "d/e", "new"});
  CHECK(tree(".cloudkit") == Names{second.snapshot + ".manifest.jsonl", "lock"});
  check_whole();
}

TEST_CASE_FIXTURE(WithFailing, "what an ended run has fetched is taken by its bytes, not by its time") {
  driver->failing = {"b"};
  const auto first = backup();
  const std::string file = path(first.snapshot + ".partial/a");
  // As a power cut or a lost write leaves it: of the right size and time, with other bytes.
  const auto time = fs::last_write_time(file);
  overwrite(first.snapshot + ".partial/a", std::string(10, '0'));
  fs::last_write_time(file, time);
  driver->failing.clear();
  const auto second = whole_backup();
  CHECK(second.kept == 2);
  CHECK(second.fetched == 2);
  CHECK(read("latest/a") == "bytes of a");
  check_whole();
}

TEST_CASE_FIXTURE(WithFailing, "a file that did not reach the disk is not done") {
  options.sync = true;
  options.transfer.workers = 1;
  std::unique_ptr<faults::DiskFault> fault;
  driver->before_get = [&](std::string_view key) {
    fault = key == "b" ? std::make_unique<faults::DiskFault>("fsync", EIO, 1) : nullptr;
  };
  const auto report = cloudkit::backup(bucket, directory, options);
  fault.reset();
  REQUIRE(!report);
  CHECK(report.error().message.starts_with("fsync "));
  CHECK(driver->gets == 2);
  driver->before_get = {};
  const auto again = whole_backup();
  CHECK(again.kept == 1);
  CHECK(again.fetched == 3);
  check_whole();
}

TEST_CASE_FIXTURE(WithFailing, "an object that is listed and cannot be found has failed, not vanished") {
  driver->failing = {"b"};
  driver->missing = {"b"};
  driver->error = Error(ErrorCode::not_found, "no such key");
  const auto report = backup();
  CHECK(!report.finished);
  CHECK(report.vanished == 0);
  REQUIRE(report.failed == 1);
  CHECK(report.failures[0].key == "b");
  CHECK(report.failures[0].error.message == "the object is listed, and cannot be found");
  CHECK(report.failures[0].error.resource == bucket.url("b"));
  CHECK(report.failures[0].error.operation == "backup");

  // The same of one that is asked for by its version.
  driver->failing.clear();
  driver->missing.clear();
  back_up();
}

TEST_CASE_FIXTURE(WithFailing, "a source that is not what it was makes no snapshot") {
  // Its disk is unmounted once it was listed.
  options.transfer.workers = 1;
  driver->before_get = [&](std::string_view key) {
    if (key != "a") return;
    for (const char* gone : {"b", "c", "d/e"}) bucket.remove(gone).value();
  };
  const auto first = backup();
  CHECK(!first.finished);
  CHECK(first.vanished == 3);
  REQUIRE(first.failed == 1);
  CHECK(first.failures[0].error.code == ErrorCode::conflict);
  CHECK(first.failures[0].error.message == "3 of 4 objects vanished after they were listed");
  CHECK(first.failures[0].error.resource == bucket.url());
  options.allow_incomplete = true;
  driver->before_get = {};
  for (const char* key : {"b", "c", "d/e"}) bucket.put(key, std::string("bytes of ") + key).value();
  const auto whole = whole_backup();
  CHECK(whole.objects == 4);

  // Or before.
  for (const char* gone : {"b", "c", "d/e"}) bucket.remove(gone).value();
  const auto refused = cloudkit::backup(bucket, directory, options);
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK(!refused.error().retryable);
  CHECK(refused.error().message ==
        "the bucket has 1 objects, and " + whole.snapshot + " has 4: less than half are left");
  CHECK(fs::read_symlink(path("latest")) == whole.snapshot);
  // Not even what was linked while the listing came.
  CHECK(partial().empty());
  CHECK(tree(".cloudkit") == Names{whole.snapshot + ".manifest.jsonl", "lock"});
  options.dry_run = true;
  CHECK(cloudkit::backup(bucket, directory, options).error().code == ErrorCode::conflict);
  options.dry_run = false;
  options.allow_shrunken = true;
  CHECK(whole_backup().objects == 1);
  check_whole();
}

TEST_CASE_FIXTURE(WithFailing, "an incomplete snapshot is finished when that is allowed, and names what is missing") {
  driver->failing = {"b"};
  options.allow_incomplete = true;
  const auto first = backup();
  CHECK(first.finished);
  CHECK(first.objects == 3);
  CHECK(!first.status());
  const auto listed = list_snapshots(directory).value();
  CHECK(listed[0].failed == 1);
  CHECK(!listed[0].complete());
  const auto verified = cloudkit::verify(directory).value();
  CHECK(verified.missing == 1);
  CHECK(verified.failed == 0);
  const Bucket back = store.create_bucket("back").value();
  const auto restored = cloudkit::restore(directory, back).value();
  CHECK(restored.restored == 3);
  REQUIRE(restored.failed == 1);
  CHECK(restored.failures[0].error.message ==
        "the backup could not take it: download mem://b/b: permission_denied: no");
  driver->failing.clear();
  CHECK(whole_backup().fetched == 1);
}

TEST_CASE_FIXTURE(WithFailing, "an object that changes while it is read is taken as it is then") {
  int changes = 0;
  options.transfer.workers = 1;
  driver->before_get = [&](std::string_view key) {
    if (key == "b" && changes++ < 2) bucket.put("b", "change " + std::to_string(changes)).value();
    if (key == "c") bucket.remove("c").value();
  };
  Names skipped;
  options.event = [&](const SyncEvent& event) {
    if (event.action == SyncAction::skipped) skipped.push_back(event.key);
  };
  const auto report = whole_backup();
  CHECK(report.vanished == 1);
  CHECK(skipped == Names{"c"});
  CHECK(read("latest/b") == "change 2");
  CHECK(report.objects == 3);
  CHECK(list_snapshots(directory).value()[0].vanished == 1);
  CHECK(list_snapshots(directory).value()[0].complete());
  CHECK(cloudkit::verify(directory).value().vanished == 1);
  CHECK(cloudkit::restore(directory, store.create_bucket("copy").value()).value().restored == 3);
  CHECK(read(".cloudkit/" + report.snapshot + ".manifest.jsonl").find(R"({"key":"c","action":"vanished")") !=
        std::string::npos);
  check_whole();
  driver->before_get = {};
  CHECK(whole_backup().linked == 3);

  changes = -1000;
  bucket.put("b", "once more").value();
  driver->before_get = [&](std::string_view key) {
    if (key == "b") bucket.put("b", std::to_string(changes++)).value();
  };
  const auto restless = backup();
  REQUIRE(restless.failed == 1);
  CHECK(restless.failures[0].error.message == "the object was replaced each time that it was read");
  CHECK(restless.failures[0].error.resource == bucket.url("b"));
}

TEST_CASE_FIXTURE(WithFailing, "what every object would meet ends the run") {
  driver->failing = {"a", "b", "c", "d/e"};
  driver->error = Error(ErrorCode::unauthenticated, "who are you");
  const auto report = cloudkit::backup(bucket, directory, options);
  REQUIRE(!report);
  CHECK(report.error().code == ErrorCode::unauthenticated);
  CHECK(exit_code(report.error().code) == 4);

  driver->error = Error(ErrorCode::unavailable, "nobody there");
  for (int i = 0; i < 100; ++i) {
    bucket.put("k" + std::to_string(i), "x").value();
    driver->failing.insert("k" + std::to_string(i));
  }
  options.transfer.workers = 2;
  driver->gets = 0;
  CHECK(cloudkit::backup(bucket, directory, options).error().code == ErrorCode::unavailable);
  CHECK(driver->gets < 40);

  options.context = Context::cancellable();
  options.event = [&](const SyncEvent&) { options.context.cancel(); };
  driver->failing.clear();
  CHECK(cloudkit::backup(bucket, directory, options).error().code == ErrorCode::cancelled);
  options.context = {};
  options.event = {};
  CHECK(whole_backup().objects == 104);
  check_whole();

  // One that is slow is one object's error.
  bucket.put("b", "other bytes").value();
  driver->failing = {"b"};
  driver->error = Error(ErrorCode::timeout, "too slow");
  CHECK(backup().failed == 1);
}

TEST_CASE_FIXTURE(WithFailing, "a full disk ends the run at once, and the next one goes on") {
  options.transfer.workers = 1;
  driver->gets = 0;
  driver->before_get = [&](std::string_view key) {
    static std::unique_ptr<faults::DiskFault> full;
    full = key == "b" ? std::make_unique<faults::DiskFault>("write", ENOSPC, 1) : nullptr;
  };
  const auto report = cloudkit::backup(bucket, directory, options);
  REQUIRE(!report);
  CHECK(report.error().code == ErrorCode::io);
  CHECK(report.error().message.find("No space left on device") != std::string::npos);
  CHECK(!report.error().hint.empty());
  CHECK(driver->gets == 2);
  driver->before_get = {};
  const auto again = whole_backup();
  CHECK(again.kept == 1);
  CHECK(again.fetched == 3);
  check_whole();
}

TEST_CASE_FIXTURE(WithFailing, "an object that is too large for the file system keeps no other from being backed up") {
  options.transfer.workers = 1;
  std::unique_ptr<faults::DiskFault> small;
  driver->before_get = [&](std::string_view key) {
    small = key == "b" ? std::make_unique<faults::DiskFault>("write", EFBIG, 1) : nullptr;
  };
  options.allow_incomplete = true;
  const auto report = backup();
  small.reset();
  CHECK(report.finished);
  CHECK(report.fetched == 3);
  REQUIRE(report.failed == 1);
  CHECK(report.failures[0].key == "b");
  CHECK(report.failures[0].error.hint == "the file system or a limit (ulimit -f) does not allow files of this size");
}

TEST_CASE_FIXTURE(WithFailing, "a disk that is read-only, or becomes so, ends the run") {
  {
    const faults::DiskFault read_only("write", EROFS);
    const auto report = cloudkit::backup(bucket, directory, options);
    REQUIRE(!report);
    CHECK(report.error().code == ErrorCode::permission_denied);
    CHECK(report.error().message == "write " + path(".cloudkit/lock") + ": Read-only file system");
  }
  options.transfer.workers = 1;
  std::unique_ptr<faults::DiskFault> fault;
  driver->before_get = [&](std::string_view key) {
    if (key == "b") fault = std::make_unique<faults::DiskFault>("write", EROFS);
  };
  driver->gets = 0;
  const auto report = cloudkit::backup(bucket, directory, options);
  fault.reset();
  REQUIRE(!report);
  CHECK(report.error().message.find("Read-only file system") != std::string::npos);
  CHECK(driver->gets == 2);
  driver->before_get = {};
  CHECK(whole_backup().kept == 1);
  check_whole();
}

TEST_CASE_FIXTURE(::test::WithBackups, "more bytes than the disk has room for are refused beforehand") {
  struct Huge final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    Result<ListPage> list_page(const ListPageRequest& request) override {
      auto page = ForwardingBucket::list_page(request);
      for (auto& entry : page.value().entries) entry.size = std::uint64_t{1} << 60;
      return page;
    }
  };
  bucket = Bucket(std::make_shared<Huge>(::test::memory_driver()));
  bucket.put("a", "x").value();
  const auto report = cloudkit::backup(bucket, directory, options);
  REQUIRE(!report);
  CHECK(report.error().code == ErrorCode::io);
  CHECK(report.error().message.starts_with("1152921504606846976 bytes are to be fetched, and the disk has room for "));
}

TEST_CASE_FIXTURE(::test::WithBackups, "a listing that fails or is not in order makes no snapshot") {
  struct Broken final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    Result<ListPage> list_page(const ListPageRequest&) override { return page; }
    Result<ListPage> page = ListPage();
  };
  const auto driver = std::make_shared<Broken>(::test::memory_driver());
  bucket = Bucket(driver);
  driver->page = ListPage{{{.key = "b"}, {.key = "a"}}, ""};
  const auto unordered = cloudkit::backup(bucket, directory, options);
  REQUIRE(!unordered);
  CHECK(unordered.error().message == "the listing is not in byte order: \"a\" comes after \"b\"");
  driver->page = Error(ErrorCode::unavailable, "gone");
  CHECK(cloudkit::backup(bucket, directory, options).error().code == ErrorCode::unavailable);
  CHECK(list_snapshots(directory).value().empty());
  driver->page = ListPage();
  CHECK(whole_backup().objects == 0);
  CHECK(tree(".cloudkit").size() == 2);
}

TEST_CASE_FIXTURE(::test::WithBackups,
                  "on a disk that says whose all files are, large objects are fetched all the same") {
  struct Far final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    Capabilities capabilities() const override {
      auto capabilities = ForwardingBucket::capabilities();
      capabilities.remote = true;
      return capabilities;
    }
  };
  bucket = Bucket(std::make_shared<Far>(::test::memory_driver()));
  const faults::OwnerFault mapped;
  bucket.put("large", std::string(std::size_t{16} << 20, 'x')).value();
  CHECK(whole_backup().fetched == 1);
  // The journal of a run that was killed, which may be anybody's.
  const std::string part = core::hex_encode(crypto::sha256("large")).substr(0, 40);
  fs::create_directory(path(".cloudkit/parts"));
  std::ofstream(path(".cloudkit/parts/" + object_store::path_beside(part, "", ".ckjournal"))) << "of a killed run";
  bucket.put("large", std::string(std::size_t{16} << 20, 'y')).value();
  CHECK(whole_backup().fetched == 1);
  check_whole();
}
