#include "support/awkward_keys.h"
#include "support/forwarding_bucket.h"
#include "support/read_file.h"
#include "unit/sync/fixture.h"

using namespace cloudkit;
using ::test::Names;
namespace fs = std::filesystem;

namespace {

using ::test::kAwkwardKeys;

void put_awkward_keys(const Bucket& bucket) {
  for (const std::string& key : kAwkwardKeys) {
    bucket.put(key, key == "dir/" ? "" : "bytes of " + key, {.metadata = {{"n", std::to_string(key.size())}}}).value();
  }
}

}  // namespace

// Acceptance test number one; the same on radosgw is in tests/conformance.
TEST_CASE_FIXTURE(::test::WithBackups, "the 13 awkward keys: all present, nothing outside") {
  put_awkward_keys(bucket);
  const auto report = whole_backup();
  CHECK(report.objects == 13);
  CHECK(report.fetched == 12);
  CHECK(tree(report.snapshot) == Names{"%2E%2E/",
                                       "%2E%2E/e2",
                                       "%n/",
                                       "%n/%2E%2E/",
                                       "%n/%2E%2E/e3",
                                       "A",
                                       "a",
                                       "a%t/",
                                       "a%t/b",
                                       "b%01c",
                                       "d/",
                                       "d/%2E%2E/",
                                       "d/%2E%2E/%2E%2E/",
                                       "d/%2E%2E/%2E%2E/e1",
                                       "dir/",
                                       "full/",
                                       "full/%n",
                                       "ok.txt",
                                       "with space",
                                       "x/",
                                       "x/%n/",
                                       "x/%n/y",
                                       "€"});
  std::vector<std::string> outside;
  for (const auto& entry : fs::directory_iterator(above.path())) outside.push_back(entry.path().filename().string());
  CHECK(outside == Names{"backups"});
  check_whole();

  const Bucket back = store.create_bucket("back").value();
  const auto restored = cloudkit::restore(directory, back).value();
  CHECK(restored.status());
  CHECK(restored.restored == 13);
  CHECK(::test::contents(back) == ::test::contents(bucket));
  for (const std::string& key : kAwkwardKeys) {
    CHECK(back.head(key).value().metadata == bucket.head(key).value().metadata);
  }
  const auto again = whole_backup();
  CHECK(again.linked == 13);
  check_whole();
}

TEST_CASE_FIXTURE(::test::WithBackups, "planted symbolic links lead nowhere") {
  bucket.put("d/secret", "ours").value();
  bucket.put("e", "ours").value();
  const std::string outside = above.file("outside");
  fs::create_directories(outside);
  std::ofstream(outside + "/secret") << "theirs";

  // Where the state is to be.
  fs::create_directories(directory);
  fs::create_directory_symlink(outside, path(".cloudkit"));
  const auto refused = cloudkit::backup(bucket, directory, options);
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::permission_denied);
  fs::remove(path(".cloudkit"));

  // Where files are to be: an earlier run's directory, in which somebody replaced a directory by a link.
  BackupOptions failing = options;
  failing.event = [&](const SyncEvent&) {
    for (const auto& entry : fs::directory_iterator(directory)) {
      if (entry.path().extension() != ".partial" || fs::exists(entry.path() / "d")) continue;
      fs::create_directory_symlink(outside, entry.path() / "d");
    }
  };
  failing.transfer.workers = 1;
  bucket.put("a", "first").value();
  const auto report = cloudkit::backup(bucket, directory, failing);
  REQUIRE(!report);
  CHECK(report.error().code == ErrorCode::permission_denied);
  CHECK(::test::Names{"secret"} == [&] {
    Names names;
    for (const auto& entry : fs::directory_iterator(outside)) names.push_back(entry.path().filename().string());
    return names;
  }());
  CHECK(::test::read_file(outside + "/secret") == "theirs");

  // The next run removes the link itself, and `latest` is replaced, not followed.
  fs::create_directory_symlink(outside, path("latest"));
  const auto whole = whole_backup();
  check_whole();
  CHECK(fs::read_symlink(path("latest")) == whole.snapshot);
  CHECK(fs::exists(outside + "/secret"));

  // In a finished snapshot a link is found, and not read.
  fs::remove(path(whole.snapshot + "/e"));
  fs::create_symlink(outside + "/secret", path(whole.snapshot + "/e"));
  const auto verified = cloudkit::verify(directory).value();
  REQUIRE(verified.failed == 1);
  CHECK(verified.failures[0].key == "e");
  const Bucket back = store.create_bucket("back").value();
  const auto restored = cloudkit::restore(directory, back).value();
  CHECK(restored.failed == 1);
  CHECK(!back.exists("e").value());
}

TEST_CASE_FIXTURE(::test::WithBackups, "names that are too long are cut, and come back") {
  std::string deep;
  while (deep.size() < 1000) deep += "0123456789/";
  for (const std::string& key :
       {std::string(1024, 'k'), deep + "end", std::string(300, 'x') + "/" + std::string(300, 'y'),
        std::string(1000, '/') + "end", std::string(1024, '\x01')}) {
    bucket.put(key, "of " + std::to_string(key.size())).value();
  }
  back_up();
  check_whole();
  const Bucket back = store.create_bucket("back").value();
  CHECK(cloudkit::restore(directory, back).value().restored == 5);
  CHECK(::test::contents(back) == ::test::contents(bucket));
  CHECK(cloudkit::prune(directory, {.keep_last = 1}).value().kept.size() == 1);
}

TEST_CASE_FIXTURE(::test::WithBackups, "portable names are told apart where capitals are not") {
  bucket.put("Read", "1").value();
  bucket.put("read", "2").value();
  bucket.put("é", "3").value();
  options.portable_names = true;
  const auto report = whole_backup();
  CHECK(tree(report.snapshot) == Names{"%52ead", "%C3%A9", "read"});
  // With other names the files are still the same ones.
  options.portable_names = false;
  const auto plain = whole_backup();
  CHECK(plain.linked == 3);
  CHECK(tree(plain.snapshot) == Names{"Read", "read", "é"});
  CHECK(inode(plain.snapshot + "/Read") == inode(report.snapshot + "/%52ead"));
  check_whole();
}

TEST_CASE("a directory is backed up like any bucket, and what it cannot take back is said") {
  ::test::WithBackups with;
  ::test::TemporaryDirectory files;
  std::ofstream(files.file("plain")) << "bytes";
  std::ofstream(
      files.file("not\xff"
                 "utf8"))
      << "bytes";
  with.bucket = open_bucket("file://" + files.path()).value();
  with.options.allow_incomplete = true;
  const auto report = with.backup();
  CHECK(report.finished);
  CHECK(report.objects == 1);
  REQUIRE(report.failed == 1);
  CHECK(report.failures[0].key ==
        "not\xff"
        "utf8");
  CHECK(cloudkit::verify(with.directory).value().missing == 1);
}

TEST_CASE_FIXTURE(::test::WithBackups, "headers that no put takes keep no bytes from coming back, and are told") {
  // As services with wider limits, or other clients, leave them.
  struct Wordy final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
      return with_story(ForwardingBucket::get(key, options, receiver));
    }
    static Result<ObjectInfo> with_story(Result<ObjectInfo> info) {
      if (info) info->metadata["story"] = std::string(3000, 'x');
      return info;
    }
  };
  bucket = Bucket(std::make_shared<Wordy>(::test::memory_driver()));
  bucket.put("a", "bytes").value();
  CHECK(whole_backup().objects == 1);
  const Bucket to = memory::make_memory_store().create_bucket("to").value();
  const auto report = cloudkit::restore(directory, to).value();
  REQUIRE(report.failed == 1);
  const std::string& message = report.failures[0].error.message;
  CHECK_MESSAGE(message.starts_with("the bytes are restored, but neither headers nor metadata: metadata has 30"),
                message);
  CHECK(to.get("a").value().data == "bytes");
}

TEST_CASE_FIXTURE(::test::WithBackups, "a URL is no directory for backups, by any of the calls") {
  bucket.put("a", "bytes").value();
  for (const char* url : {"s3://nightly/reports", "file:///backups"}) {
    CAPTURE(url);
    const Status refusals[] = {
        cloudkit::backup(bucket, url, options).and_then([](const BackupReport&) { return Status(); }),
        cloudkit::restore(url, bucket).and_then([](const RestoreReport&) { return Status(); }),
        cloudkit::verify(std::string(url)).and_then([](const VerifyReport&) { return Status(); }),
        cloudkit::prune(url, {.keep_last = 1}).and_then([](const PruneReport&) { return Status(); })};
    for (const Status& refused : refusals) {
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == ErrorCode::invalid_argument);
      CHECK(refused.error().message == std::string(url) + " is a URL, and no directory of this machine");
      CHECK(refused.error().hint == "give its path; backup_shard makes snapshots in a bucket");
    }
  }
  CHECK_FALSE(std::filesystem::exists("s3:"));
  directory = above.file("host://odd");
  back_up();
}

TEST_CASE_FIXTURE(::test::WithBackups, "what of a directory is no object is named and counted, and not backed up") {
  const ::test::TemporaryDirectory files;
  std::filesystem::create_directory(files.file("sub"));
  std::ofstream(files.file("plain")) << "bytes";
  std::filesystem::create_symlink("plain", files.file("link"));
  std::filesystem::create_directory_symlink("/etc", files.file("sub/etc"));
  std::filesystem::create_symlink("plain", files.file("left.tmp"));
  REQUIRE(::mkfifo(files.file("sub/queue").c_str(), 0600) == 0);
  bucket = open_bucket("file://" + files.path()).value();
  options.rules = {{false, "*.tmp"}};
  Names told;
  options.event = [&](const SyncEvent& event) {
    if (event.action == SyncAction::skipped) told.push_back(event.key + ": " + event.error->message);
  };
  const auto report = whole_backup();
  CHECK(report.objects == 1);
  CHECK(report.passed_over == 3);
  CHECK(told == Names{"link: a symbolic link is no object", "sub/etc: a symbolic link is no object",
                      "sub/queue: a FIFO is no object"});
}
