#include "support/forwarding_bucket.h"
#include "unit/sync/two_buckets.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <utility>

using namespace cloudkit;
using ::test::Names;

using ::test::TwoBuckets;

TEST_CASE_FIXTURE(TwoBuckets, "sync copies what is missing or differs, with headers and metadata") {
  fill(from, {"a", "b", "c/d"});
  from.put("e", "e", {.content = {.cache_control = "no-store"}, .metadata = {{"owner", "ada"}}}).value();
  fill(to, {"b", "x"});
  to.put("c/d", "other size").value();
  const auto report = run();
  CHECK(report.copied == 3);
  CHECK(report.unchanged == 1);
  CHECK(events == Names{"copied a", "copied c/d", "copied e"});
  CHECK(to.head("e").value().metadata == Metadata{{"owner", "ada"}});
  CHECK(to.head("e").value().content.cache_control == "no-store");
  CHECK(to.exists("x").value());
  const auto again = run();
  CHECK(again.copied == 0);
  CHECK(again.unchanged == 4);
  // Of the same size, but newer.
  from.put("a", "Bytes of a").value();
  CHECK(run().copied == 1);
  CHECK(to.get("a").value().data == "Bytes of a");
}

TEST_CASE_FIXTURE(TwoBuckets, "by checksum, bytes decide; by size, nothing else does") {
  fill(from, {"same", "other"});
  fill(to, {"same"});
  to.put("other", "BYTES OF other").value();
  options.compare = SyncCompare::size;
  CHECK(run().unchanged == 2);
  options.compare = SyncCompare::automatic;
  CHECK(run().unchanged == 2);
  options.compare = SyncCompare::checksum;
  const auto report = run();
  CHECK(events == Names{"copied other"});
  CHECK(report.unchanged == 1);
}

TEST_CASE_FIXTURE(TwoBuckets, "extras go only when asked for, and rules protect what they leave out") {
  fill(from, {"a", "b", "c", "log/1"});
  fill(to, {"a", "b", "c", "keep.tmp", "x", "z"});
  options.rules = {{false, "*.tmp"}, {false, "/log/"}};
  options.remove_extras = true;
  options.dry_run = true;
  CHECK(run().removed == 2);
  CHECK(to.exists("x").value());
  options.dry_run = false;
  const auto report = run();
  CHECK(events == Names{"removed x", "removed z"});
  CHECK(report.removed == 2);
  CHECK(report.excluded == 1);
  CHECK(report.status());
  CHECK(to.exists("keep.tmp").value());
  CHECK(!to.exists("log/1").value());
}

TEST_CASE_FIXTURE(TwoBuckets, "more than half is not removed unless that is allowed") {
  fill(from, {"a"});
  fill(to, {"a", "x", "y"});
  options.remove_extras = true;
  const auto refused = run();
  CHECK(refused.removed == 0);
  CHECK(refused.status().error().message == "2 of 3 objects would be removed, which is more than half");
  CHECK(to.exists("x").value());
  options.remove_most = true;
  CHECK(run().removed == 2);
  CHECK(::test::contents(to) == ::test::contents(from));
}

TEST_CASE_FIXTURE(TwoBuckets, "an empty source does not empty the target") {
  fill(to, {"a", "b"});
  options.remove_extras = true;
  CHECK(!run().status());
  CHECK(to.exists("a").value());
}

TEST_CASE_FIXTURE(TwoBuckets, "nothing is removed after a failure of a copy or of a listing") {
  struct Failing final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    Result<ObjectInfo> get(std::string_view key, const GetOptions& get_options, ObjectReceiver& receiver) override {
      if (key == "bad") return Error(ErrorCode::permission_denied, "no");
      return ForwardingBucket::get(key, get_options, receiver);
    }
    std::string store_id() const override { return "elsewhere"; }
    Result<ListPage> list_page(const ListPageRequest& request) override {
      if (listings_left-- == 0) return Error(ErrorCode::unavailable, "gone");
      return ForwardingBucket::list_page(request);
    }
    int listings_left = 1000;
  };
  const auto driver = std::make_shared<Failing>(::test::memory_driver());
  from = Bucket(driver);
  fill(from, {"a", "b", "bad"});
  fill(to, {"a", "b", "x"});
  options.remove_extras = true;
  const auto report = run();
  CHECK(report.failed == 2);
  CHECK(report.failures[0].key == "bad");
  CHECK(report.failures[1].error.message == "1 extra objects were not removed, because others failed");
  CHECK(to.exists("x").value());
  // The second listing fails, by which extras are found.
  from.remove("bad").value();
  driver->listings_left = 1;
  CHECK(cloudkit::sync(from, to, options).error().code == ErrorCode::unavailable);
  CHECK(to.exists("x").value());
  driver->listings_left = 0;
  CHECK(cloudkit::sync(from, to, options).error().code == ErrorCode::unavailable);
  CHECK(to.exists("x").value());
}

TEST_CASE_FIXTURE(TwoBuckets, "what is left out does not count when half of the target is meant") {
  fill(from, {"a"});
  fill(to, {"a", "x", "y", "1.tmp", "2.tmp", "3.tmp", "4.tmp"});
  options.rules = {{false, "*.tmp"}};
  options.remove_extras = true;
  CHECK(run().status().error().message == "2 of 3 objects would be removed, which is more than half");
  CHECK(to.exists("x").value());
}

TEST_CASE_FIXTURE(TwoBuckets, "an object that changes while it is copied is copied again") {
  struct Changing final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    Result<ObjectInfo> get(std::string_view key, const GetOptions& get_options, ObjectReceiver& receiver) override {
      if (during) {
        ForwardingBucket::put(key, BytesOf(--changes_left), {}).value();
        during = changes_left > 0;
        return Error(ErrorCode::precondition_failed, "the object changed while it was read");
      }
      auto got = ForwardingBucket::get(key, get_options, receiver);
      // After it was read and before its copy is there: that one will be the newer one.
      if (changes_left-- > 0) ForwardingBucket::put(key, BytesOf(changes_left), {}).value();
      return got;
    }
    std::string store_id() const override { return "elsewhere"; }
    struct BytesOf final : Source {
      explicit BytesOf(int number) : text("change " + std::to_string(number)) {}
      std::uint64_t size() const noexcept override { return text.size(); }
      Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
        return text.copy(out.data(), out.size(), static_cast<std::size_t>(offset));
      }
      std::string text;
    };
    std::atomic<int> changes_left{0};
    std::atomic<bool> during{false};  // While it is read, which is in vain then.
  };
  const auto driver = std::make_shared<Changing>(::test::memory_driver());
  from = Bucket(driver);
  from.put("a", "change 9").value();
  driver->changes_left = 2;
  CHECK(run().copied == 1);
  CHECK(to.get("a").value().data == "change 0");
  CHECK(run().unchanged == 1);

  from.put("a", "change 9").value();
  driver->changes_left = 2;
  driver->during = true;
  CHECK(run().copied == 1);
  CHECK(to.get("a").value().data == "change 0");

  from.put("a", "change 9").value();
  driver->changes_left = 1000;
  const auto restless = run();
  REQUIRE(restless.failed == 1);
  CHECK(restless.failures[0].error.message == "the object was replaced each time that it was read");
  CHECK(restless.failures[0].error.resource == from.url("a"));
}

TEST_CASE_FIXTURE(TwoBuckets, "on S3 two tokens that are MD5 tell bytes apart, and times tell headers apart") {
  struct Hashed final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    std::string url() const override { return "s3://hashed"; }
    std::string store_id() const override { return id; }
    Result<ListPage> list_page(const ListPageRequest& request) override {
      auto page = ForwardingBucket::list_page(request);
      for (auto& entry : page.value().entries) {
        entry.token = token;
        entry.modified += std::chrono::hours(later);
      }
      return page;
    }
    Result<ObjectInfo> head(std::string_view key, const HeadOptions& head_options) override {
      auto info = ForwardingBucket::head(key, head_options);
      if (info) info->token = token;
      return info;
    }
    std::string id;
    std::string token = '"' + std::string(32, 'a') + '"';
    int later = 0;
  };
  const auto source = std::make_shared<Hashed>(::test::memory_driver());
  const auto target = std::make_shared<Hashed>(::test::memory_driver());
  target->id = "elsewhere";
  from = Bucket(source);
  to = Bucket(target);
  fill(from, {"a"});
  fill(to, {"a"});
  // However new the target is: its clock may be wrong, or its copy is of what the source was before.
  target->token = '"' + std::string(32, 'b') + '"';
  target->later = 1;
  CHECK(run().copied == 1);
  target->token = source->token;
  CHECK(run().unchanged == 1);
  target->token = '"' + std::string(32, 'b') + "-2\"";
  CHECK(run().unchanged == 1);
  // Of the same bytes, and the source is newer: it has other headers.
  target->token = source->token;
  source->later = 2;
  CHECK(run().copied == 1);
  // Of one time either may be the newer one.
  source->later = target->later = 0;
  CHECK(run().unchanged == 1);
}

TEST_CASE_FIXTURE(TwoBuckets, "a network that is gone ends a sync and a restore, and one slow object ends neither") {
  struct Gone final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& put_options) override {
      if (failing.empty() || key == failing) {
        ++puts;
        return error;
      }
      return ForwardingBucket::put(key, source, put_options);
    }
    std::string store_id() const override { return "elsewhere"; }
    Error error = Error(ErrorCode::unavailable, "nobody there");
    std::string failing;
    std::atomic<int> puts{0};
  };
  const auto driver = std::make_shared<Gone>(::test::memory_driver());
  to = Bucket(driver);
  for (int i = 0; i < 100; ++i) from.put("k" + std::to_string(i), "x").value();
  options.transfer.workers = 2;
  CHECK(cloudkit::sync(from, to, options).error().code == ErrorCode::unavailable);
  CHECK(driver->puts < 40);

  ::test::TemporaryDirectory directory;
  REQUIRE(cloudkit::backup(from, directory.path(), {.sync = false}));
  driver->puts = 0;
  RestoreOptions restore;
  restore.transfer.workers = 2;
  CHECK(cloudkit::restore(directory.path(), to, restore).error().code == ErrorCode::unavailable);
  CHECK(driver->puts < 40);

  driver->error = Error(ErrorCode::timeout, "too slow");
  driver->failing = "k7";
  CHECK(run().failed == 1);
  CHECK(run().unchanged == 99);
  CHECK(cloudkit::restore(directory.path(), to, restore).value().failed == 1);
}

TEST_CASE_FIXTURE(TwoBuckets, "to and from a directory; what it cannot hold is named, and the others go on") {
  ::test::TemporaryDirectory directory;
  to = open_bucket("file://" + directory.path()).value();
  fill(from, {"a", "a/b", "../x", "d//e", "fine"});
  options.transfer.workers = 1;
  const auto report = run();
  CHECK(report.copied == 2);
  CHECK(events == Names{"copied a", "copied fine", "failed ../x", "failed a/b", "failed d//e"});
  const auto again = run();
  CHECK(again.unchanged == 2);
  CHECK(again.failed == 3);
  const Bucket back = store.create_bucket("back").value();
  CHECK(cloudkit::sync(to, back, {}).value().copied == 2);
  CHECK(back.get("fine").value().data == "bytes of fine");
}

TEST_CASE_FIXTURE(TwoBuckets, "markers of folders stop no --delete, in either direction") {
  ::test::TemporaryDirectory directory;
  const Bucket files = open_bucket("file://" + directory.path()).value();
  from.put("img/", Bytes("")).value();
  fill(from, {"img/a", "b"});
  options.remove_extras = options.remove_most = true;
  fill(files, {"old"});
  to = files;
  const auto report = run();
  CHECK(report.failed == 0);
  CHECK(events == Names{"copied b", "copied img/a", "removed old", "skipped img/"});
  // What a directory cannot hold, it does not have.
  options.compare = SyncCompare::size;
  std::swap(from, to);
  CHECK(run().failed == 0);
  CHECK(events == Names{"removed img/"});
  CHECK(::test::contents(to) == ::test::contents(from));
}

TEST_CASE_FIXTURE(TwoBuckets, "a source that tells whole seconds may have changed within the second of its copy") {
  struct WholeSeconds final : ForwardingBucket {
    using ForwardingBucket::ForwardingBucket;
    Result<ListPage> list_page(const ListPageRequest& request) override {
      auto page = ForwardingBucket::list_page(request);
      for (auto& entry : page.value().entries) entry.modified = second;
      return page;
    }
    TimePoint second;
  };
  fill(from, {"a"});
  fill(to, {"a"});
  const auto copied = to.head("a").value().modified;
  const auto driver = std::make_shared<WholeSeconds>(::test::memory_driver());
  from = Bucket(driver);
  fill(from, {"a"});
  driver->second = std::chrono::floor<std::chrono::seconds>(copied);
  CHECK(run().copied == 1);
  driver->second -= std::chrono::seconds(1);
  CHECK(run().unchanged == 1);
}

TEST_CASE_FIXTURE(TwoBuckets, "a bucket is not synchronised with itself or with a part of itself") {
  fill(from, {"a"});
  const auto message_of = [](const Bucket& a, const Bucket& b) {
    const auto report = cloudkit::sync(a, b, {});
    return report ? std::string() : report.error().message;
  };
  const std::string expected = "one of the two lies in the other";
  CHECK(message_of(from, from) == expected);
  CHECK(message_of(from, from.below("backup").value()) == expected);
  CHECK(message_of(from.below("a/b").value(), from.below("a").value()) == expected);
  CHECK(message_of(from.below("a").value(), from.below("ab").value()).empty());
  // Of the same name in another store.
  const ObjectStore other = memory::make_memory_store();
  CHECK(message_of(from, other.create_bucket("from").value()).empty());
  ::test::TemporaryDirectory directory;
  const Bucket files = open_bucket("file://" + directory.path()).value();
  CHECK(message_of(files, open_bucket("file://" + directory.file("below"), {.create = true}).value()) == expected);
}

TEST_CASE_FIXTURE(TwoBuckets, "a directory that is the other one by another path, or lies in it, is refused") {
  ::test::TemporaryDirectory directory;
  const Bucket whole = open_bucket("file://" + directory.file("data"), {.create = true}).value();
  const Bucket part = open_bucket("file://" + directory.file("data/site"), {.create = true}).value();
  fill(part, {"a", "b"});
  std::filesystem::create_directory_symlink(directory.file("data"), directory.file("alias"));
  const Bucket alias = open_bucket("file://" + directory.file("alias")).value();
  options.remove_extras = options.remove_most = true;
  for (const auto& [a, b] : {std::pair(part, alias), std::pair(alias, part), std::pair(whole, alias)}) {
    const auto error = cloudkit::sync(a, b, options).error();
    CHECK(error.code == ErrorCode::invalid_argument);
    CHECK(error.message == "one of the two lies in the other");
  }
  CHECK(part.get("a").value().data == "bytes of a");
}

TEST_CASE_FIXTURE(TwoBuckets, "thousands of keys, merged page by page") {
  Names keys;
  for (int i = 0; i < 3000; ++i) keys.push_back("k" + std::to_string(i));
  fill(from, keys);
  for (int i = 0; i < 3000; i += 3) to.put("k" + std::to_string(i), "bytes of k" + std::to_string(i)).value();
  for (int i = 0; i < 900; ++i) to.put("extra" + std::to_string(i), "x").value();
  options.remove_extras = true;
  SyncProgress last;
  options.progress = [&](const SyncProgress& progress) { last = progress; };
  const auto report = run();
  CHECK(report.copied == 2000);
  CHECK(report.unchanged == 1000);
  CHECK(report.removed == 900);
  CHECK(::test::contents(to) == ::test::contents(from));
  CHECK(last.objects == 2000);
  CHECK(last.total_objects == 2000);
  CHECK(last.bytes == report.copied_bytes);
}
