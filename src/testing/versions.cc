#include "testing/suite.h"

#include <atomic>
#include <chrono>

/// Old contents, and the way back to them.
namespace cloudkit::inline v0::testing {
namespace {

// A bucket that keeps versions, which is gone with all of them at the end.
class VersionedBucket {
 public:
  explicit VersionedBucket(const Case& c) : store_(store_of(c)), name_(new_name(c)) {
    const bool asks = !c.harness().versions_of_account;
    if (!asks) expect_no_choice(c, store_);
    bucket_.emplace(c.expect_ok(store_.create_bucket(name_, {.versioned = asks}), "create_bucket, versioned"));
  }
  ~VersionedBucket() {
    try {
      clear();
    } catch (...) {  // NOLINT(bugprone-empty-catch): a driver that throws has failed its case.
    }
  }
  VersionedBucket(const VersionedBucket&) = delete;
  VersionedBucket& operator=(const VersionedBucket&) = delete;

  const Bucket& operator*() const { return *bucket_; }
  const Bucket* operator->() const { return &*bucket_; }
  const ObjectStore& store() const { return store_; }
  const std::string& name() const { return name_; }

 private:
  void clear() const {
    std::vector<VersionEntry> versions;
    for (const auto& version : bucket_->list_versions()) {
      if (version) versions.push_back(*version);
    }
    for (const VersionEntry& version : versions) (void)bucket_->remove_version(version.key, version.version_id);
    (void)store_.delete_bucket(name_);
  }

  static ObjectStore store_of(const Case& c) {
    if (!c.harness().make_store) c.skip("the harness has no make_store");
    ObjectStore store = c.expect_ok(c.harness().make_store(), "make_store");
    if (!c.can().versions) {
      expect_no_choice(c, store);
      c.needs(false, "versions");
    }
    return store;
  }
  static void expect_no_choice(const Case& c, const ObjectStore& store) {
    c.expect_error(store.create_bucket(new_name(c), {.versioned = true}), ErrorCode::unsupported,
                   "create_bucket, versioned");
  }
  static std::string new_name(const Case& c) {
    static std::atomic<unsigned> next{0};
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return c.harness().bucket_prefix + "v-" +
           std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count()) + '-' +
           std::to_string(next++);
  }

  ObjectStore store_;
  std::string name_;
  std::optional<Bucket> bucket_;
};

std::vector<VersionEntry> versions_of(const Case& c, const Bucket& bucket, const ListVersionsOptions& options = {}) {
  std::vector<VersionEntry> versions;
  for (const auto& version : bucket.list_versions(options)) versions.push_back(c.expect_ok(version, "list_versions"));
  return versions;
}

// "k=latest", "k", "k deleted", …
std::vector<std::string> shown(const std::vector<VersionEntry>& versions) {
  std::vector<std::string> texts;
  texts.reserve(versions.size());
  for (const VersionEntry& version : versions) {
    texts.push_back(version.key + (version.is_delete_marker ? " deleted" : "") + (version.is_latest ? " latest" : ""));
  }
  return texts;
}

void expect_version(const Case& c, const Bucket& bucket, const std::string& version_id, std::string_view data) {
  const Object object = c.expect_ok(bucket.get("k", {.version_id = version_id}), "get of a version");
  c.expect_equal(object.data, data, "the content of a version");
  const ObjectInfo info = c.expect_ok(bucket.head("k", {.version_id = version_id}), "head of a version");
  c.expect_equal(info.size, data.size(), "the size of a version");
  c.expect_equal(info.version_id, version_id, "the version that head says");
}

void versions_list_get_delete_undelete(const Case& c) {
  const VersionedBucket bucket(c);
  const std::string first = c.expect_ok(bucket->put("k", "one"), "put").version_id;
  const std::string second = c.expect_ok(bucket->put("k", "second"), "put").version_id;
  c.expect(!first.empty() && !second.empty() && first != second, "each put should return a version of its own");
  expect_version(c, *bucket, first, "one");
  expect_version(c, *bucket, second, "second");

  auto versions = versions_of(c, *bucket);
  c.expect_equal(shown(versions), std::vector<std::string>{"k latest", "k"}, "the versions after two puts");
  c.expect_equal(versions[0].version_id, second, "the latest version");
  c.expect_equal(versions[0].size, std::uint64_t{6}, "the size of the latest version");
  c.expect_equal(versions[1].version_id, first, "the older version");
  c.expect_equal(versions[1].token, c.expect_ok(bucket->head("k", {.version_id = first}), "head").token,
                 "the token of the older version");

  c.expect_ok(bucket->remove("k"), "remove");
  c.expect_error(bucket->get("k"), ErrorCode::not_found, "get of a removed object");
  c.expect_equal(c.expect_ok(bucket->list_all(), "list").size(), std::size_t{0}, "the number of objects");
  expect_version(c, *bucket, first, "one");
  versions = versions_of(c, *bucket);
  if (c.can().delete_markers) {
    c.expect_equal(shown(versions), std::vector<std::string>{"k deleted latest", "k", "k"},
                   "the versions after a remove");
    c.expect_error(bucket->get("k", {.version_id = versions[0].version_id}), ErrorCode::not_found,
                   "get of a delete marker");
  } else {
    c.expect_equal(shown(versions), std::vector<std::string>{"k", "k"}, "the versions after a remove");
  }
  c.expect_error(bucket.store().delete_bucket(bucket.name()), ErrorCode::conflict,
                 "delete_bucket while there are versions");

  const VersionEntry back = c.expect_ok(bucket->undelete("k"), "undelete");
  c.expect_equal(c.expect_ok(bucket->get("k"), "get after undelete").data, "second", "the content after undelete");
  c.expect_equal(c.expect_ok(bucket->undelete("k"), "undelete of what is there").version_id, back.version_id,
                 "the version");
  if (c.can().delete_markers) {
    c.expect_equal(back.version_id, second, "the version that undelete brought back");
    c.expect_equal(shown(versions_of(c, *bucket)), std::vector<std::string>{"k latest", "k"}, "the versions then");
  } else {
    c.expect_equal(shown(versions_of(c, *bucket)), std::vector<std::string>{"k latest", "k", "k"}, "the versions then");
    c.expect_ok(bucket->remove_version("k", back.version_id), "remove_version of the copy");
    c.expect_ok(bucket->undelete("k"), "undelete once more");
    for (const VersionEntry& version : versions_of(c, *bucket)) {
      if (version.version_id != first) c.expect_ok(bucket->remove_version("k", version.version_id), "remove_version");
    }
    c.expect_ok(bucket->undelete("k"), "undelete of the first");
  }

  c.expect_ok(bucket->remove_version("k", second), "remove_version");
  c.expect_equal(c.expect_ok(bucket->get("k"), "get").data, "one", "the content after the latest version is gone");
  c.expect_error(bucket->get("k", {.version_id = second}), {ErrorCode::not_found, ErrorCode::invalid_argument},
                 "get of a version that is gone");
  c.expect_ok(bucket->remove_version("k", second), "remove_version of what is gone");
  for (const VersionEntry& version : versions_of(c, *bucket)) {
    c.expect_ok(bucket->remove_version("k", version.version_id), "remove_version");
  }
  c.expect_error(bucket->undelete("k"), ErrorCode::not_found, "undelete without a version");
  c.expect_equal(versions_of(c, *bucket).size(), std::size_t{0}, "the number of versions");
  c.expect_error(bucket->remove_version("k", ""), ErrorCode::invalid_argument, "remove_version of no version");
}

void undelete_through_several_markers(const Case& c) {
  const VersionedBucket bucket(c);
  c.expect_ok(bucket->put("k", "old"), "put");
  c.expect_ok(bucket->put("k2", "other"), "put");
  for (const std::string_view key : {"k", "k2"}) c.expect_ok(bucket->remove(key), "remove");
  // A second removal may or may not leave a second marker.
  c.expect_ok(bucket->remove("k"), "remove of what is removed");
  c.expect_ok(bucket->undelete("k"), "undelete");
  c.expect_equal(c.expect_ok(bucket->get("k"), "get after undelete").data, "old", "the content");
  c.expect_error(bucket->get("k2"), ErrorCode::not_found, "get of another removed object");
}

void versions_come_once_across_pages(const Case& c) {
  const VersionedBucket bucket(c);
  std::vector<std::string> expected;
  for (const std::string& key : {std::string("a b"), std::string("a+"), std::string("n\xC3\xBC"), std::string("x&y")}) {
    for (int i = 0; i < 3; ++i) {
      c.expect_ok(bucket->put(key, std::to_string(i)), "put");
      expected.push_back(key + (i == 0 ? " latest" : ""));
    }
  }
  for (const int page_size : {1, 2, 5, 1000}) {
    const auto versions = versions_of(c, *bucket, {.page_size = page_size});
    c.expect_equal(shown(versions), expected, "the versions, " + std::to_string(page_size) + " a page");
    for (std::size_t i = 1; i < versions.size(); ++i) {
      c.expect(versions[i].key != versions[i - 1].key || versions[i].version_id != versions[i - 1].version_id,
               "a version came twice");
    }
  }
  c.expect_equal(versions_of(c, *bucket, {.prefix = "a", .page_size = 2}).size(), std::size_t{6},
                 "the number of versions below a prefix");
}

void versions_presigned(const Case& c) {
  needs_fetch(c);
  const VersionedBucket bucket(c);
  const std::string first = c.expect_ok(bucket->put("k", "one"), "put").version_id;
  const std::string second = c.expect_ok(bucket->put("k", "second"), "put").version_id;
  const auto url_of = [&](PresignMethod method, const std::string& version_id) {
    return c.expect_ok(bucket->presign("k", {.method = method, .version_id = version_id}), "presign of a version");
  };
  c.expect_equal(fetch(c, "GET", url_of(PresignMethod::get, first)).body, "one", "the older version");
  c.expect_equal(fetch(c, "GET", url_of(PresignMethod::get, second)).body, "second", "the latest version");
  c.expect_equal(fetch(c, "GET", url_of(PresignMethod::get, {})).body, "second", "what is there without a version");
  expect_success(c, fetch(c, "HEAD", url_of(PresignMethod::head, first)), "HEAD of a version");
  expect_success(c, fetch(c, "DELETE", url_of(PresignMethod::remove, first)), "DELETE of a version");
  // A put whose reply was lost is made again, and leaves another one.
  for (const auto& left : versions_of(c, *bucket)) c.expect(left.version_id != first, "the version is still listed");
  c.expect_equal(c.expect_ok(bucket->get("k"), "get").data, "second", "the content");
}

void versions_of_an_unversioned_bucket(const Case& c) {
  if (!c.can().versions) {
    for (const auto& version : c.bucket().list_versions()) {
      c.expect_error(version, ErrorCode::unsupported, "list_versions");
    }
    c.expect_error(c.bucket().undelete("k"), ErrorCode::unsupported, "undelete");
    c.expect_error(c.bucket().remove_version("k", "v"), ErrorCode::unsupported, "remove_version");
    c.expect_error(c.bucket().get("k", {.version_id = "v"}), ErrorCode::unsupported, "get of a version");
    return;
  }
  c.put("k", "1");
  c.put("k", "2");
  c.put("l", "3");
  const auto versions = versions_of(c, c.bucket());
  c.expect_equal(shown(versions), std::vector<std::string>{"k latest", "l latest"}, "the versions");
  const std::string only = versions[0].version_id;
  if (c.can().delete_markers) c.expect_equal(only, std::string("null"), "the only version");
  c.expect_equal(c.expect_ok(c.bucket().get("k", {.version_id = only}), "get of the only version").data, "2",
                 "the content");
  c.expect_ok(c.bucket().undelete("k"), "undelete of what is there");
  c.expect_error(c.bucket().undelete("missing"), ErrorCode::not_found, "undelete of what never was");
  c.expect_content("k", "2");
}

}  // namespace

CaseList version_cases() {
  static constexpr CaseEntry kCases[] = {
      {"versions_list_get_delete_undelete", versions_list_get_delete_undelete},
      {"undelete_through_several_markers", undelete_through_several_markers},
      {"versions_come_once_across_pages", versions_come_once_across_pages},
      {"versions_presigned", versions_presigned},
      {"versions_of_an_unversioned_bucket", versions_of_an_unversioned_bucket},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
