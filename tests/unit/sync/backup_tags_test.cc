#include "support/forwarding_bucket.h"
#include "unit/sync/fixture.h"

#include <atomic>
#include <functional>

using namespace cloudkit;
using ::test::Names;
namespace fs = std::filesystem;

namespace {

// Its tags are refused, or somebody does something before they are read or set.
struct Tagged final : ForwardingBucket {
  Tagged() : ForwardingBucket(::test::memory_driver()) {}
  Result<Tags> get_tags(std::string_view key, const TagOptions& options) override {
    ++reads;
    if (before_read) before_read(key);
    if (throttled-- > 0) return slow_down;
    return ForwardingBucket::get_tags(key, options);
  }
  Result<ObjectInfo> get(std::string_view key, const GetOptions& options, ObjectReceiver& receiver) override {
    if (before_get) before_get(key);
    if (refused) return Error(ErrorCode::permission_denied, "no");
    return ForwardingBucket::get(key, options, receiver);
  }
  Status set_tags(std::string_view key, const Tags& tags, const TagOptions& options) override {
    if (throttled-- > 0) return slow_down;
    return ForwardingBucket::set_tags(key, tags, options);
  }
  std::function<void(std::string_view)> before_read;
  std::function<void(std::string_view)> before_get;
  bool refused = false;
  std::atomic<int> throttled{0};  // So many of the next calls.
  std::atomic<int> reads{0};
  const Error slow_down{ErrorCode::throttled, "slow down"};
};

struct WithTags : ::test::WithBackups {
  const std::shared_ptr<Tagged> driver = std::make_shared<Tagged>();
  WithTags() {
    bucket = Bucket(driver);
    for (const char* key : {"a", "b", "marker/"}) {
      bucket.put(key, std::string(key == std::string("marker/") ? "" : key)).value();
      CHECK(bucket.set_tags(key, {{"of", key}}));
    }
    options.tags = true;
  }
  void check_tags() const {
    const Bucket back = cloudkit::memory::make_memory_store().create_bucket("back").value();
    CHECK(cloudkit::restore(directory, back).value().status());
    CHECK(::test::contents(back) == ::test::contents(bucket));
    for (const auto& entry : bucket.list()) {
      CAPTURE(entry.value().key);
      CHECK(back.get_tags(entry.value().key).value() == bucket.get_tags(entry.value().key).value());
    }
  }
};

}  // namespace

TEST_CASE_FIXTURE(::test::WithBackups, "tags are kept when that is asked for") {
  bucket.put("a", "tagged").value();
  bucket.put("b", "without").value();
  CHECK(bucket.set_tags("a", {{"team \"x\"", "é"}, {"empty", ""}}));
  options.tags = true;
  back_up();
  CHECK(whole_backup().linked == 2);
  const Bucket back = store.create_bucket("back").value();
  CHECK(cloudkit::restore(directory, back).value().status());
  CHECK(back.get_tags("a").value() == bucket.get_tags("a").value());
  CHECK(back.get_tags("b").value().empty());
  // Where there are none the bytes come back all the same.
  const ::test::TemporaryDirectory place;
  const Bucket files = open_bucket("file://" + place.path()).value();
  CHECK(cloudkit::restore(directory, files).value().status());
  CHECK(cloudkit::backup(files, above.file("others"), options).error().code == ErrorCode::unsupported);
}

TEST_CASE_FIXTURE(WithTags, "tags are read of what earlier backups have taken without, and then not again") {
  bucket.put("untagged", "x").value();
  options.tags = false;
  const auto without = whole_backup();
  CHECK(driver->reads == 0);
  CHECK(read(".cloudkit/" + without.snapshot + ".manifest.jsonl").find("\"tags\"") == std::string::npos);
  options.tags = true;
  const auto with = whole_backup();
  CHECK(with.linked == 4);
  CHECK(with.fetched == 0);
  CHECK(driver->reads == 4);
  CHECK(inode(without.snapshot + "/a") == inode(with.snapshot + "/a"));
  CHECK(read(".cloudkit/" + with.snapshot + ".manifest.jsonl").find("\"tags\":{}") != std::string::npos);
  check_whole();
  check_tags();
  // They stay, also through a backup that does not ask.
  options.tags = false;
  back_up();
  options.tags = true;
  driver->reads = 0;
  back_up();
  CHECK(driver->reads == 0);
  check_tags();
}

TEST_CASE_FIXTURE(WithTags, "a run that was ended without tags is gone on with, and they are read") {
  options.tags = false;
  options.transfer.workers = 1;
  driver->before_get = [&](std::string_view key) {
    if (key == "b") driver->refused = true;
  };
  CHECK(backup().failed == 1);
  driver->before_get = {};
  driver->refused = false;
  options.tags = true;
  CHECK(whole_backup().objects == 3);
  check_whole();
  check_tags();
}

TEST_CASE_FIXTURE(WithTags, "an object that was replaced does not keep the tags of what it was") {
  back_up();
  options.tags = false;
  bool replaced = false;
  SUBCASE("before it was listed") { bucket.put("b", "new bytes").value(); }
  SUBCASE("after") {
    fs::remove(path("latest/b"));  // So that it is fetched.
    driver->before_get = [&](std::string_view key) {
      if (key == "b" && !std::exchange(replaced, true)) bucket.put("b", "new bytes").value();
    };
  }
  const auto report = whole_backup();
  CHECK(read("latest/b") == "new bytes");
  check_whole(report.snapshot);
  check_tags();
}

TEST_CASE_FIXTURE(WithTags, "tags that are to be asked for again leave no file in the way of the second try") {
  driver->throttled = 2;
  CHECK(whole_backup().objects == 3);
  check_whole();
  check_tags();
}

TEST_CASE_FIXTURE(WithTags, "an object that is gone when its tags are read leaves no file") {
  driver->before_read = [&](std::string_view key) {
    if (key == "b") driver->remove(key, {}).value();
  };
  CHECK(whole_backup().vanished == 1);
  CHECK(tree("latest") == Names{"a", "marker/"});
  check_whole();
}

TEST_CASE_FIXTURE(WithTags, "an object that is replaced after its tags were read gets those of its bytes") {
  bool replaced = false;
  driver->before_get = [&](std::string_view key) {
    if (key != "b" || std::exchange(replaced, true)) return;
    bucket.put("b", "new bytes").value();
    CHECK(bucket.set_tags("b", {{"new", "too"}}));
  };
  back_up();
  CHECK(read("latest/b") == "new bytes");
  check_whole();
  check_tags();
}

TEST_CASE_FIXTURE(WithTags,
                  "a restore whose tags are throttled sets them at the next try, and skips nothing that it put") {
  back_up();
  const auto target = std::make_shared<Tagged>();
  const Bucket back(target);
  back.put("a", "somebody's").value();
  target->throttled = 2;
  const auto report = cloudkit::restore(directory, back, {.if_absent = true}).value();
  CHECK(report.status());
  CHECK(report.restored == 2);
  CHECK(report.skipped == 1);
  CHECK(back.get_tags("a").value().empty());
  for (const char* key : {"b", "marker/"}) CHECK(back.get_tags(key).value() == Tags{{"of", key}});
}
