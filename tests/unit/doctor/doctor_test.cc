#include <cloudkit/doctor.h>
#include <cloudkit/driver/object_store.h>
#include <cloudkit/memory.h>
#include <cloudkit/open.h>

#include "support/forwarding_bucket.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace cloudkit;

namespace {

// What a backend of somebody else's says, over a store in memory.
struct Shelf : ObjectStoreDriver {
  std::vector<Finding> own;
  Result<bool> exists = true;
  Result<BucketPage> page = BucketPage();
  std::vector<std::string> asked;
  Capabilities able;
  bool heeds_conditions = true;

  std::string url() const override { return "shelf://"; }
  Result<std::shared_ptr<BucketDriver>> bucket(std::string_view) override { return make_bucket(); }
  Status create_bucket(std::string_view, const CreateBucketOptions&) override { return {}; }
  Status delete_bucket(std::string_view, const BucketOptions&) override { return {}; }
  Result<bool> bucket_exists(std::string_view name, const BucketOptions&) override {
    asked.emplace_back(name);
    return exists;
  }
  Result<BucketPage> list_buckets_page(std::string_view, const BucketOptions&) override {
    asked.emplace_back("all");
    return page;
  }
  std::vector<Finding> diagnose(std::string_view, const Context&) override { return own; }

 private:
  struct Careless final : ForwardingBucket {
    Careless(std::shared_ptr<BucketDriver> inner, Capabilities claimed, bool heeds)
        : ForwardingBucket(std::move(inner)), claimed_(claimed), heeds_(heeds) {}
    Capabilities capabilities() const override { return claimed_; }
    Result<ObjectInfo> put(std::string_view key, const Source& source, const PutOptions& options) override {
      PutOptions taken = options;
      if (!heeds_) taken.condition = {};
      return inner_->put(key, source, taken);
    }
    const Capabilities claimed_;
    const bool heeds_;
  };

  std::shared_ptr<BucketDriver> make_bucket() {
    auto location = Registry::global().bucket("mem://doctor-shelf").value();
    (void)location.store->create_bucket(location.bucket, {});
    return std::make_shared<Careless>(location.store->bucket(location.bucket).value(), able, heeds_conditions);
  }
};

std::shared_ptr<Shelf> shelf() {
  auto store = std::make_shared<Shelf>();
  Registry::global().add_object_store(
      "shelf", [store](const Url&) -> Result<std::shared_ptr<ObjectStoreDriver>> { return store; });
  return store;
}

const Finding& find(const std::vector<Finding>& findings, std::string_view topic) {
  const auto found =
      std::find_if(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.topic == topic; });
  REQUIRE(found != findings.end());
  return *found;
}

}  // namespace

TEST_CASE("a backend's own findings come first") {
  const auto store = shelf();
  store->own = {{"librarian", Verdict::warn, "asleep", "knock"}};
  const auto findings = diagnose("shelf://books").value();
  CHECK(findings.front().topic == "librarian");
  CHECK(find(findings, "access").verdict == Verdict::ok);
  CHECK(store->asked == std::vector<std::string>{"books"});
}

TEST_CASE("what failed is not tried again") {
  const auto store = shelf();
  store->own = {{"librarian", Verdict::fail, "gone", ""}};
  const auto findings = diagnose("shelf://books").value();
  REQUIRE(findings.size() == 2);
  CHECK(findings[1].topic == "access");
  CHECK(findings[1].verdict == Verdict::unknown);
  CHECK(store->asked.empty());
}

TEST_CASE("an error of the store is a finding, with its hint apart") {
  const auto store = shelf();
  store->exists = Error(ErrorCode::unavailable, "the door is locked", "ring the bell");
  const auto finding = find(diagnose("shelf://books").value(), "access");
  CHECK(finding.verdict == Verdict::fail);
  CHECK(finding.text == "unavailable: the door is locked");
  CHECK(finding.hint == "ring the bell");
}

TEST_CASE("a store without a bucket") {
  const auto store = shelf();
  store->page->entries.resize(3);
  store->page->next_page_token = "more";
  CHECK(find(diagnose("shelf://").value(), "access").text.find("3 buckets and more (asked in ") == 0);
  store->page = Error(ErrorCode::permission_denied, "no");
  CHECK(find(diagnose("shelf://").value(), "access").verdict == Verdict::warn);
  store->page = Error(ErrorCode::unavailable, "no");
  CHECK(find(diagnose("shelf://").value(), "access").verdict == Verdict::fail);
}

TEST_CASE("promises are told, and tried when asked for") {
  const auto store = shelf();
  store->able.put_if_absent = store->able.put_if_match = true;
  CHECK(find(diagnose("shelf://books").value(), "put if absent").text == "yes");
  CHECK(find(diagnose("shelf://books").value(), "conditional get").verdict == Verdict::warn);

  auto tried = diagnose("shelf://books", {.write = true}).value();
  CHECK(find(tried, "put if absent").text == "tried, and kept");
  CHECK(find(tried, "put if match").verdict == Verdict::ok);
  CHECK(find(tried, "conditional get").text == "no: such a call is refused as unsupported");

  store->heeds_conditions = false;
  tried = diagnose("shelf://books", {.write = true}).value();
  CHECK(find(tried, "put if absent").verdict == Verdict::fail);
  CHECK(find(tried, "put if absent").text == "tried, and the condition was ignored");
  CHECK(open_bucket("mem://doctor-shelf").value().list_all().value().empty());
}

TEST_CASE("a URL that cannot be right is an error") {
  CHECK(diagnose("reports").error().code == ErrorCode::invalid_argument);
  CHECK(diagnose("shelf-of-nobody://reports").error().message == "unknown scheme \"shelf-of-nobody\"");
}

TEST_CASE("verdicts have names") {
  CHECK(to_string(Verdict::ok) == "ok");
  CHECK(to_string(Verdict::warn) == "warn");
  CHECK(to_string(Verdict::fail) == "fail");
  CHECK(to_string(Verdict::unknown) == "unknown");
}
