#include "object_store/checks.h"
#include "support/scripted_bucket.h"

#include <cloudkit/object_store.h>

#include <doctest/doctest.h>

using namespace cloudkit;

// What handles do before and after a driver changes attributes, tags or versions.
namespace {

struct ChangingBucket final : cloudkit::test::ScriptedBucket {
  SetMetadataOptions last_change;
  Tags last_tags;
  std::deque<Result<VersionPage>> version_pages;
  std::vector<ListVersionsRequest> version_requests;

  ChangingBucket() { able.set_metadata = able.set_metadata_if_match = able.tags = true; }
  Result<ObjectInfo> set_metadata(std::string_view key, const SetMetadataOptions& options) override {
    calls.push_back("set_metadata " + std::string(key));
    last_change = options;
    ObjectInfo info;
    info.key = key;
    info.metadata = {{"owner", "ada"}, {"ckwrite", "0123456789abcdef"}};  // As a put left it.
    return info;
  }
  Status set_tags(std::string_view key, const Tags& tags, const TagOptions&) override {
    calls.push_back("set_tags " + std::string(key));
    last_tags = tags;
    return {};
  }
  Result<Tags> get_tags(std::string_view key, const TagOptions&) override {
    calls.push_back("get_tags " + std::string(key));
    return last_tags;
  }
  Result<VersionPage> list_versions_page(const ListVersionsRequest& request) override {
    version_requests.push_back(request);
    auto page = std::move(version_pages.front());
    version_pages.pop_front();
    return page;
  }
  Result<CopyStep> copy(const CopyRequest& request) override {
    CopyStep step;
    step.info = ObjectInfo();
    step.info->version_id = "of " + request.source_version;
    step.info->size = 7;
    return step;
  }
  Status remove_version(std::string_view key, std::string_view version_id, const VersionOptions&) override {
    calls.push_back("remove_version " + std::string(key) + " " + std::string(version_id));
    return {};
  }
};

struct ChangesFixture {
  std::shared_ptr<ChangingBucket> driver = std::make_shared<ChangingBucket>();
  Bucket bucket{driver, "p"};
};

VersionEntry version(std::string key, std::string id, bool is_marker = false) {
  VersionEntry entry;
  entry.key = std::move(key);
  entry.version_id = std::move(id);
  entry.is_delete_marker = is_marker;
  return entry;
}

}  // namespace

TEST_CASE_FIXTURE(ChangesFixture, "set_metadata folds names, and guesses the type that new headers leave out") {
  const auto info = bucket.set_metadata(
      "a.html", {.content = ContentHeaders{.language = "de"}, .metadata = Metadata{{"Owner", "Ada"}}});
  CHECK(info.value().key == "a.html");
  CHECK(info.value().metadata == Metadata{{"owner", "ada"}});
  CHECK(driver->calls.back() == "set_metadata p/a.html");
  CHECK(driver->last_change.metadata == Metadata{{"owner", "Ada"}});
  CHECK(driver->last_change.content->type == "text/html");
  CHECK(driver->last_change.content->language == "de");
  CHECK(bucket.set_metadata("a.html", {.metadata = Metadata{}}));
  CHECK_FALSE(driver->last_change.content);
}

TEST_CASE_FIXTURE(ChangesFixture, "set_metadata refuses what no backend could keep, before the driver is asked") {
  const auto code = [&](const SetMetadataOptions& options) { return bucket.set_metadata("k", options).error().code; };
  CHECK(code({}) == ErrorCode::invalid_argument);
  CHECK(code({.metadata = Metadata{{"two words", "v"}}}) == ErrorCode::invalid_argument);
  CHECK(code({.content = ContentHeaders{.type = "a\nb"}}) == ErrorCode::invalid_argument);
  CHECK(code({.condition = Condition::absent(), .metadata = Metadata{}}) == ErrorCode::invalid_argument);
  CHECK(code({.condition = Condition::match(""), .metadata = Metadata{}}) == ErrorCode::invalid_argument);
  driver->able.set_metadata_if_match = false;
  CHECK(code({.condition = Condition::match("t"), .metadata = Metadata{}}) == ErrorCode::unsupported);
  driver->able.set_metadata = false;
  CHECK(code({.metadata = Metadata{}}) == ErrorCode::unsupported);
  CHECK(bucket.set_metadata("", {.metadata = Metadata{}}).error().code == ErrorCode::invalid_argument);
  CHECK(driver->calls.empty());
}

TEST_CASE("tags: characters are counted as UTF-16 counts them") {
  const auto message = [](const Tags& tags) {
    const Status status = object_store::check_tags(tags);
    return status ? std::string() : status.error().message;
  };
  std::string emoji;
  for (int i = 0; i < 64; ++i) emoji += "\xF0\x9F\x98\x80";  // Four bytes, two units.
  std::string umlauts;
  for (int i = 0; i < 128; ++i) umlauts += "\xC3\xBC";
  CHECK(message({{emoji, ""}}).empty());
  CHECK(message({{umlauts, umlauts + umlauts}}).empty());
  CHECK(message({{emoji + "a", ""}}) == "a tag's name has 129 characters, more than 128");
  CHECK(message({{umlauts + "a", ""}}) == "a tag's name has 129 characters, more than 128");
  CHECK(message({{"a", umlauts + umlauts + "a"}}) == "a tag's value has 257 characters, more than 256");
  CHECK(message({{"", ""}}) == "a tag has no name");
  CHECK(message({{"a", "\xC3"}}) == "a tag's value is not UTF-8");
  CHECK(message({{"a\x01", ""}}) == "a tag's name holds a control character: \"a?\"");
  Tags eleven;
  for (char c = 'a'; c < 'a' + 11; ++c) eleven.emplace(std::string(1, c), "");
  CHECK(message(eleven) == "11 tags are more than 10");
}

TEST_CASE_FIXTURE(ChangesFixture, "tags go to the whole key, and not to a backend without them") {
  CHECK(bucket.set_tags("k", {{"a", "1"}}));
  CHECK(bucket.get_tags("k").value() == Tags{{"a", "1"}});
  CHECK(driver->calls == std::vector<std::string>{"set_tags p/k", "get_tags p/k"});
  driver->able.versions = false;
  CHECK(bucket.get_tags("k", {.version_id = "v"}).error().message == "this backend keeps no versions");
  driver->able.tags = false;
  const auto error = bucket.get_tags("k").error();
  CHECK(error.message == "this backend has no tags");
  CHECK(error.operation == "get_tags");
  CHECK(error.resource == "fake://bucket/p/k");
}

TEST_CASE_FIXTURE(ChangesFixture, "versions are relative to the handle, lazy, and end after an error") {
  driver->version_pages = {VersionPage{{version("p/a", "2"), version("p/a", "1")}, "t1"}, VersionPage{{}, "t2"},
                           VersionPage{{version("other", "1")}, ""}};
  std::vector<std::string> seen;
  for (const auto& entry : bucket.list_versions({.prefix = "a", .page_size = 2})) {
    seen.push_back(entry ? entry->key + "@" + entry->version_id : entry.error().operation);
  }
  CHECK(seen == std::vector<std::string>{"a@2", "a@1", "list_versions"});
  CHECK(driver->version_requests[0].prefix == "p/a");
  CHECK(driver->version_requests[0].page_size == 2);
  CHECK(driver->version_requests[2].page_token == "t2");
}

TEST_CASE_FIXTURE(ChangesFixture, "versions that go round in a circle end with an error") {
  driver->version_pages = {VersionPage{{}, "t1"}, VersionPage{{}, "t1"}};
  for (const auto& entry : bucket.list_versions()) {
    CHECK(entry.error().message == "the service answered the same page token twice");
  }
  CHECK(driver->version_requests.size() == 2);
  for (const auto& entry : bucket.list_versions({.page_size = 1001})) {
    CHECK(entry.error().code == ErrorCode::invalid_argument);
  }
  CHECK(driver->version_requests.size() == 2);
}

TEST_CASE_FIXTURE(ChangesFixture, "undelete looks on across pages, and is done when the object is there") {
  driver->version_pages = {VersionPage{{version("p/k", "m2", true)}, "t1"},
                           VersionPage{{version("p/k", "m1", true), version("p/k", "1")}, "t2"}};
  const auto entry = bucket.undelete("k").value();
  CHECK(entry.key == "k");
  CHECK(entry.version_id == "1");
  CHECK(driver->calls == std::vector<std::string>{"remove_version p/k m1", "remove_version p/k m2"});
  driver->calls.clear();
  driver->version_pages = {VersionPage{{version("p/k", "1")}, "t1"}};
  CHECK(bucket.undelete("k").value().version_id == "1");
  CHECK(driver->calls.empty());
}

TEST_CASE_FIXTURE(ChangesFixture,
                  "undelete by a copy told the storage class of the old version, which the copy need not have") {
  driver->able.delete_markers = false;
  VersionEntry old = version("p/k", "1");
  old.is_latest = false;
  old.storage_class = "COLDLINE";
  driver->version_pages = {VersionPage{{old}, ""}};
  const auto entry = bucket.undelete("k").value();
  CHECK(entry.version_id == "of 1");
  CHECK(entry.storage_class.empty());
  CHECK(entry.size == 7);
  CHECK(entry.is_latest);
}

TEST_CASE_FIXTURE(ChangesFixture, "a removal of no version in particular is refused: it would remove the object") {
  CHECK(bucket.remove_version("k", "").error().message == "the version is empty");
  driver->able.versions = false;
  CHECK(bucket.remove_version("k", "v").error().code == ErrorCode::unsupported);
  CHECK(bucket.undelete("k").error().code == ErrorCode::unsupported);
  CHECK(driver->calls.empty());
}
