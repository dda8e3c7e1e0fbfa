#include "support/forwarding_bucket.h"
#include "unit/sync/two_buckets.h"

#include <cctype>

using namespace cloudkit;
using ::test::Names;
using ::test::TwoBuckets;

namespace {

// A directory on a disk that keeps capitals and does not tell them from small letters.
struct Folding final : ForwardingBucket {
  Folding() : ForwardingBucket(::test::memory_driver()) {}
  std::string url() const override { return "file:///disk"; }
  Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
    auto info = ForwardingBucket::put(folded(key), source, options);
    if (info) names.emplace(folded(key), key);
    return info;
  }
  Result<ObjectInfo> head(std::string_view key, const HeadOptions& options) override {
    return ForwardingBucket::head(folded(key), options);
  }
  Status remove(std::string_view key, const RemoveOptions& options) override {
    names.erase(folded(key));
    return ForwardingBucket::remove(folded(key), options);
  }
  Result<ListPage> list_page(const ListPageRequest& request) override {
    auto page = ForwardingBucket::list_page(request);
    for (auto& entry : page.value().entries) entry.key = names.at(entry.key);
    std::sort(page.value().entries.begin(), page.value().entries.end(),
              [](const ListEntry& a, const ListEntry& b) { return a.key < b.key; });
    return page;
  }
  static std::string folded(std::string_view key) {
    std::string out(key);
    for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
  }
  std::map<std::string, std::string> names;
};

}  // namespace

TEST_CASE_FIXTURE(TwoBuckets,
                  "of two keys that a disk takes for one the second is refused, and nothing is written over") {
  const auto driver = std::make_shared<Folding>();
  to = Bucket(driver);
  fill(from, {"A", "a", "b/C", "b/c", "d"});
  options.transfer.workers = 1;
  const auto report = run();
  CHECK(report.copied == 3);
  CHECK(events == Names{"copied A", "copied b/C", "copied d", "failed a", "failed b/c"});
  CHECK(report.failures[0].error.code == ErrorCode::conflict);
  CHECK(report.failures[0].error.message == "another object has the same file name, as the directory compares names");
  CHECK(report.failures[0].error.resource == "file:///disk/a");
  CHECK(driver->names.size() == 3);
  // So on every run; what has its name stays as it is.
  from.put("A", "changed").value();
  const auto again = run();
  CHECK(again.failed == 2);
  CHECK(again.copied == 1);
  from.remove("a").value();
  from.remove("b/c").value();
  CHECK(run().status());
  options.dry_run = true;
  CHECK(run().unchanged == 3);
}

TEST_CASE_FIXTURE(TwoBuckets, "an object that changes while it is copied has no other object's file name") {
  struct Changing final : ForwardingBucket {
    explicit Changing(std::shared_ptr<BucketDriver> driver) : ForwardingBucket(driver), inner(std::move(driver)) {}
    std::string store_id() const override { return "elsewhere"; }
    Result<ObjectInfo> get(std::string_view key, const GetOptions& get_options, ObjectReceiver& receiver) override {
      if (std::exchange(changes, false)) {
        cloudkit::Bucket(inner).put(key, "changed").value();
        return Error(ErrorCode::precondition_failed, "the object changed while it was read");
      }
      return ForwardingBucket::get(key, get_options, receiver);
    }
    const std::shared_ptr<BucketDriver> inner;
    bool changes = false;
  };
  const auto source = std::make_shared<Changing>(::test::memory_driver());
  from = Bucket(source);
  to = Bucket(std::make_shared<Folding>());
  fill(from, {"a"});
  source->changes = true;
  CHECK(run().status());
  CHECK(events == Names{"copied a"});
  CHECK(to.get("a").value().data == "changed");
}
