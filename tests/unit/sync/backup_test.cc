#include "support/forwarding_bucket.h"
#include "unit/sync/fixture.h"

#include <fcntl.h>
#include <sys/file.h>

#include <atomic>

using namespace cloudkit;
using ::test::Names;
namespace fs = std::filesystem;

TEST_CASE_FIXTURE(::test::WithBackups, "a backup has every object, and the next one only what changed") {
  bucket.put("2026/a.txt", "first", {.content = {.cache_control = "no-store"}, .metadata = {{"owner", "ada"}}}).value();
  bucket.put("2026/b.txt", "second").value();
  bucket.put("empty", "").value();
  const auto first = whole_backup();
  CHECK(first.objects == 3);
  CHECK(first.bytes == 11);
  CHECK(first.fetched == 3);
  CHECK(first.snapshot.size() == 20);
  CHECK(read("latest/2026/a.txt") == "first");
  CHECK(fs::read_symlink(path("latest")) == first.snapshot);
  struct stat state{};
  REQUIRE(::stat(path("latest/2026/a.txt").c_str(), &state) == 0);
  CHECK((state.st_mode & 0777) == 0444);
  const auto modified = bucket.head("2026/a.txt").value().modified.time_since_epoch();
  CHECK(state.st_mtim.tv_sec == std::chrono::floor<std::chrono::seconds>(modified).count());

  bucket.put("2026/b.txt", "changed").value();
  bucket.put("new", "3").value();
  bucket.remove("empty").value();
  const auto second = whole_backup();
  CHECK(second.snapshot > first.snapshot);
  CHECK(second.objects == 3);
  CHECK(second.fetched == 2);
  CHECK(second.linked == 1);
  CHECK(tree(second.snapshot) == Names{"2026/", "2026/a.txt", "2026/b.txt", "new"});
  CHECK(inode(first.snapshot + "/2026/a.txt") == inode(second.snapshot + "/2026/a.txt"));
  CHECK(read(first.snapshot + "/2026/b.txt") == "second");
  CHECK(read("latest/2026/b.txt") == "changed");
  check_whole(first.snapshot);
  check_whole(second.snapshot);
  CHECK(tree(".cloudkit") == Names{first.snapshot + ".manifest.jsonl", second.snapshot + ".manifest.jsonl", "lock"});

  const auto listed = list_snapshots(directory).value();
  REQUIRE(listed.size() == 2);
  CHECK(listed[1].source == bucket.url());
  CHECK(listed[1].objects == 3);
  CHECK(listed[1].complete());
}

TEST_CASE_FIXTURE(::test::WithBackups, "restore brings back bytes, headers and metadata") {
  bucket
      .put("a", "bytes",
           {.content =
                {.type = "text/x", .cache_control = "c", .encoding = "gzip", .disposition = "d", .language = "de"},
            .metadata = {{"owner", "ada"}}})
      .value();
  bucket.put("skip/b", "2").value();
  back_up();
  bucket.put("a", "spoiled").value();
  const auto dry = cloudkit::restore(directory, bucket, {.dry_run = true}).value();
  CHECK(dry.restored == 2);
  CHECK(bucket.get("a").value().data == "spoiled");
  CHECK(cloudkit::restore(directory, bucket, {.if_absent = true, .dry_run = true}).value().skipped == 2);
  const auto kept = cloudkit::restore(directory, bucket, {.if_absent = true}).value();
  CHECK(kept.skipped == 2);
  const auto report = cloudkit::restore(directory, bucket, {.rules = {{false, "skip/"}}}).value();
  CHECK(report.restored == 1);
  CHECK(report.excluded == 1);
  const auto info = bucket.get("a").value();
  CHECK(info.data == "bytes");
  CHECK(info.info.content.type == "text/x");
  CHECK(info.info.content.cache_control == "c");
  CHECK(info.info.content.encoding == "gzip");
  CHECK(info.info.content.disposition == "d");
  CHECK(info.info.content.language == "de");
  CHECK(info.info.metadata == Metadata{{"owner", "ada"}});
}

TEST_CASE_FIXTURE(::test::WithBackups, "an empty bucket has an empty snapshot") {
  CHECK(whole_backup().objects == 0);
  check_whole();
  CHECK(cloudkit::restore(directory, bucket).value().restored == 0);
}

TEST_CASE_FIXTURE(::test::WithBackups, "headers that were set anew are taken, and the bytes stay") {
  struct Refreshed final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    Result<ListPage> list_page(const ListPageRequest& request) override {
      auto page = ForwardingBucket::list_page(request);
      for (auto& entry : page.value().entries) entry.modified += std::chrono::seconds(later);
      return page;
    }
    Result<ObjectInfo> get(std::string_view key, const GetOptions& get_options, ObjectReceiver& receiver) override {
      ++gets;
      return ForwardingBucket::get(key, get_options, receiver);
    }
    Result<ObjectInfo> head(std::string_view key, const HeadOptions& head_options) override {
      auto info = ForwardingBucket::head(key, head_options);
      if (info) info->metadata["round"] = std::to_string(later);
      return info;
    }
    int later = 0;
    int gets = 0;
  };
  const auto driver = std::make_shared<Refreshed>(::test::memory_driver());
  bucket = Bucket(driver);
  bucket.put("a", "bytes").value();
  const auto first = whole_backup();
  driver->later = 60;
  const auto second = whole_backup();
  CHECK(driver->gets == 1);
  CHECK(second.linked == 1);
  CHECK(inode(first.snapshot + "/a") == inode(second.snapshot + "/a"));
  CHECK(read(".cloudkit/" + second.snapshot + ".manifest.jsonl").find("\"round\":\"60\"") != std::string::npos);
  check_whole();
}

TEST_CASE_FIXTURE(::test::WithBackups, "a second, unchanged backup asks for the listing and nothing else") {
  struct Counting final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    Result<ListPage> list_page(const ListPageRequest& request) override {
      ++lists;
      return ForwardingBucket::list_page(request);
    }
    Result<ObjectInfo> get(std::string_view key, const GetOptions& get_options, ObjectReceiver& receiver) override {
      ++gets;
      return ForwardingBucket::get(key, get_options, receiver);
    }
    Result<ObjectInfo> head(std::string_view key, const HeadOptions& head_options) override {
      ++heads;
      return ForwardingBucket::head(key, head_options);
    }
    std::atomic<int> lists{0};
    std::atomic<int> gets{0};
    std::atomic<int> heads{0};
  };
  const auto driver = std::make_shared<Counting>(::test::memory_driver());
  bucket = Bucket(driver);
  for (int i = 0; i < 1500; ++i) bucket.put("k" + std::to_string(i), std::to_string(i)).value();
  bucket.put("marker/", "").value();
  CHECK(whole_backup().fetched == 1500);
  CHECK(driver->lists == 2);
  CHECK(driver->gets == 1500);
  CHECK(driver->heads == 1);
  CHECK(whole_backup().linked == 1501);
  CHECK(driver->lists == 4);
  CHECK(driver->gets == 1500);
  CHECK(driver->heads == 1);
  check_whole();
}

TEST_CASE_FIXTURE(::test::WithBackups,
                  "a file that was changed in its place is fetched anew, and so is one that is gone") {
  for (const char* key : {"edited", "gone", "same"}) bucket.put(key, std::string(key)).value();
  const auto first = whole_backup();
  overwrite(first.snapshot + "/edited", "forged");
  fs::remove(path(first.snapshot + "/gone"));
  const auto second = whole_backup();
  CHECK(second.fetched == 2);
  CHECK(second.linked == 1);
  check_whole(second.snapshot);
  CHECK(cloudkit::verify(directory, {.snapshot = first.snapshot}).value().failed == 2);
}

TEST_CASE_FIXTURE(::test::WithBackups,
                  "bytes that changed by themselves are not linked on once a verify has found them") {
  bucket.put("rotten", "bytes").value();
  bucket.put("same", "bytes").value();
  const std::string file = whole_backup().snapshot + "/rotten";
  const auto time = fs::last_write_time(path(file));
  overwrite(file, "bYtes");
  fs::last_write_time(path(file), time);
  CHECK(whole_backup().linked == 2);
  CHECK(cloudkit::verify(directory).value().failed == 1);
  CHECK(cloudkit::verify(directory).value().failed == 1);
  const auto mended = whole_backup();
  CHECK(mended.fetched == 1);
  CHECK(mended.linked == 1);
  check_whole();
  CHECK(whole_backup().linked == 2);
  const std::string notes = read(".cloudkit/damaged");
  CHECK(std::count(notes.begin(), notes.end(), '\n') == 1);
}

TEST_CASE_FIXTURE(::test::WithBackups, "a snapshot is made, whatever stands where its link should be") {
  bucket.put("a", "bytes").value();
  fs::create_directories(path("latest/full"));
  back_up();
  back_up();
  CHECK(list_snapshots(directory).value().size() == 2);
  CHECK(fs::is_directory(path("latest/full")));
  check_whole();
}

TEST_CASE_FIXTURE(::test::WithBackups,
                  "a directory that was copied to another disk goes on: bytes tell what times do not") {
  bucket.put("a", "bytes").value();
  const auto first = whole_backup();
  const std::string moved = above.file("moved");
  fs::copy(directory, moved, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  directory = moved;
  CHECK(whole_backup().linked == 1);
  check_whole();
}

TEST_CASE_FIXTURE(::test::WithBackups, "verify finds each kind of damage") {
  for (const char* key : {"changed", "shorter", "missing", "fine", "marker/"})
    bucket.put(key, std::string(key[1] == 'a' ? "" : key)).value();
  const auto name = whole_backup().snapshot;
  CHECK(cloudkit::verify(directory, {.quick = true}).value().failed == 0);
  overwrite(name + "/changed", "cHanged");
  overwrite(name + "/shorter", "short");
  fs::remove(path(name + "/missing"));
  fs::remove(path(name + "/marker"));
  std::ofstream(path(name + "/extra")) << "x";
  fs::create_symlink("fine", path(name + "/link"));
  std::map<std::string, std::string> found;
  const auto report = cloudkit::verify(directory).value();
  for (const auto& failure : report.failures) {
    CHECK(failure.error.code == ErrorCode::data_loss);
    CHECK(failure.error.resource.starts_with(path(name)));
    found[failure.key] = failure.error.message;
  }
  CHECK(report.failed == 6);
  CHECK(report.status().error().operation == "verify");
  CHECK(found ==
        std::map<std::string, std::string>{{"changed", "the file's bytes have changed: its SHA-256 is another one"},
                                           {"shorter", "the file has 5 bytes, and its object had 7"},
                                           {"missing", "the file is missing"},
                                           {"marker/", "the directory of a marker is missing"},
                                           {"extra", "the file belongs to no object"},
                                           {"link", "it is neither a file nor a directory"}});
  CHECK(cloudkit::verify(directory, {.quick = true}).value().failed == 6);
  const Bucket back = store.create_bucket("back").value();
  const auto restored = cloudkit::restore(directory, back).value();
  CHECK(restored.failed == 3);
  CHECK(!back.exists("changed").value());
}

TEST_CASE_FIXTURE(::test::WithBackups, "a damaged manifest is an error, and the next backup does without it") {
  bucket.put("a", "bytes", {.metadata = {{"owner", "ada"}}}).value();
  const std::string first = whole_backup().snapshot;
  const std::string name = whole_backup().snapshot;
  // A line that can still be read, but says what nobody wrote.
  std::string manifest = read(".cloudkit/" + name + ".manifest.jsonl");
  manifest.replace(manifest.find("\"ada\""), 5, "\"eve\"");
  std::ofstream(path(".cloudkit/" + name + ".manifest.jsonl"), std::ios::binary) << manifest;
  const auto verified = cloudkit::verify(directory);
  REQUIRE(!verified);
  CHECK(verified.error().code == ErrorCode::data_loss);
  CHECK(exit_code(verified.error().code) == 6);
  const auto restored = cloudkit::restore(directory, store.create_bucket("back").value());
  REQUIRE(!restored);
  CHECK(restored.error().code == ErrorCode::data_loss);
  // None of it is handed on to a manifest that is right by itself: the one before it serves.
  const auto third = whole_backup();
  CHECK(third.linked == 1);
  CHECK(inode(first + "/a") == inode(third.snapshot + "/a"));
  CHECK(read(".cloudkit/" + third.snapshot + ".manifest.jsonl").find("\"eve\"") == std::string::npos);
  check_whole();
  std::ofstream(path(".cloudkit/" + name + ".manifest.jsonl"), std::ios::app) << "more";
  CHECK(list_snapshots(directory).value()[1].damage.has_value());
  // It is nobody's to remove.
  CHECK(cloudkit::prune(directory, {.keep_last = 1}).value().removed == Names{first});
}

TEST_CASE_FIXTURE(::test::WithBackups, "two at once: the second one is refused, and says who is there") {
  bucket.put("a", "bytes").value();
  std::optional<Error> second;
  std::optional<Error> pruning;
  options.event = [&](const SyncEvent&) {
    second = cloudkit::backup(bucket, directory, {}).error();
    pruning = cloudkit::prune(directory, {.keep_last = 1}).error();
  };
  back_up();
  REQUIRE(second);
  CHECK(second->code == ErrorCode::conflict);
  CHECK(second->retryable);
  CHECK(second->message.starts_with("another backup or prune of it is running: process " + std::to_string(::getpid()) +
                                    " on "));
  REQUIRE(pruning);
  CHECK(pruning->code == ErrorCode::conflict);
}

TEST_CASE_FIXTURE(::test::WithBackups, "a directory is for one bucket") {
  back_up();
  const Bucket other = store.create_bucket("other").value();
  const auto refused = cloudkit::backup(other, directory, options);
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK(refused.error().message == directory + " holds backups of " + bucket.url());
  CHECK(!refused.error().retryable);
}

TEST_CASE_FIXTURE(::test::WithBackups, "backups lie outside of what they are of, whatever it is called") {
  fs::create_directories(above.file("data/deep"));
  fs::create_directory_symlink(above.file("data"), above.file("link"));
  const Bucket files = open_bucket("file://" + above.file("data")).value();
  for (const char* inside : {"data", "data/backups", "link/deep/not/yet", "data/deep/../backups"}) {
    const auto refused = cloudkit::backup(files, above.file(inside), options);
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::invalid_argument);
    CHECK(refused.error().message == "the directory of backups lies in what is to be backed up");
  }
  CHECK(!fs::exists(above.file("data/.cloudkit")));
  CHECK(cloudkit::backup(files, above.file("data-backups"), options));
  back_up();
  const Bucket inside = open_bucket("file://" + path("latest"), {.create = true}).value();
  const auto refused = cloudkit::restore(directory, inside);
  REQUIRE(!refused);
  CHECK(refused.error().message == "the target lies in the directory of backups");
}

TEST_CASE_FIXTURE(::test::WithBackups, "a dry run says what would be done, and does nothing") {
  bucket.put("a", "bytes").value();
  options.dry_run = true;
  const auto first = backup();
  CHECK(first.fetched == 1);
  CHECK(first.fetched_bytes == 5);
  CHECK(!fs::exists(directory));
  options.dry_run = false;
  back_up();
  bucket.put("b", "more").value();
  options.dry_run = true;
  Names told;
  options.event = [&](const SyncEvent& event) {
    told.push_back((event.action == SyncAction::copied ? "copy " : "link ") + event.key);
  };
  const auto second = backup();
  CHECK(told == Names{"link a", "copy b"});
  CHECK(second.linked == 1);
  CHECK(list_snapshots(directory).value().size() == 1);
}

TEST_CASE_FIXTURE(::test::WithBackups, "rules leave keys out, and the manifest says so") {
  for (const char* key : {"a.tmp", "b", "keep/c.tmp"}) bucket.put(key, std::string(key)).value();
  options.rules = {{true, "/keep/"}, {false, "*.tmp"}};
  const auto report = whole_backup();
  CHECK(report.excluded == 1);
  CHECK(tree(report.snapshot) == Names{"b", "keep/", "keep/c.tmp"});
  CHECK(read(".cloudkit/" + report.snapshot + ".manifest.jsonl").find(R"("rules":["+/keep/","-*.tmp"])") !=
        std::string::npos);
  options.rules = {{false, "["}};
  CHECK(cloudkit::backup(bucket, directory, options).error().code == ErrorCode::invalid_argument);
}

TEST_CASE_FIXTURE(::test::WithBackups, "a bucket with versions is taken as it was when it was listed") {
  bucket = store.create_bucket("versioned", {.versioned = true}).value();
  bucket.put("a", "old").value();
  bucket.put("removed", "x").value();
  bucket.remove("removed").value();
  bucket.put("b", "listed").value();
  options.versions = true;
  options.transfer.workers = 1;
  options.event = [&](const SyncEvent& event) {
    if (event.key == "a") bucket.put("b", "after the listing").value();
  };
  const auto report = whole_backup();
  CHECK(report.objects == 2);
  CHECK(read("latest/a") == "old");
  CHECK(read("latest/b") == "listed");
  check_whole();
  options.event = {};
  CHECK(whole_backup().linked == 1);
  options.versions = true;
  bucket = open_bucket("file://" + above.file("plain"), {.create = true}).value();
  CHECK(cloudkit::backup(bucket, above.file("other"), options).error().code == ErrorCode::unsupported);
}

TEST_CASE_FIXTURE(::test::WithBackups, "the object that stands for the handle's prefix is in no way of a backup") {
  SUBCASE("of objects") {}
  SUBCASE("of versions") {
    bucket = store.create_bucket("versioned", {.versioned = true}).value();
    options.versions = true;
  }
  for (const char* key : {"p/", "p/a", "p/b/"}) bucket.put(key, "").value();
  bucket = bucket.below("p").value();
  CHECK(whole_backup().objects == 2);
  check_whole();
}

TEST_CASE_FIXTURE(::test::WithBackups, "a missing bucket, a missing directory and a missing snapshot are not found") {
  store.delete_bucket("reports").value();
  CHECK(cloudkit::backup(bucket, directory, options).error().code == ErrorCode::not_found);
  CHECK(cloudkit::verify(above.file("nowhere")).error().code == ErrorCode::not_found);
  CHECK(cloudkit::verify(above.path()).error().message == "there are no backups in " + above.path());
  CHECK(cloudkit::verify(directory).error().message == "there is no finished snapshot in " + directory);
  CHECK(cloudkit::verify(directory, {.snapshot = "../x"}).error().code == ErrorCode::not_found);
  CHECK(cloudkit::restore(directory, bucket).error().code == ErrorCode::not_found);
}
