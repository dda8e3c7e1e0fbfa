#include "testing/suite.h"

#include <algorithm>
#include <atomic>
#include <chrono>

/// Making, finding and removing buckets.
namespace cloudkit::inline v0::testing {
namespace {

// A name that no other run uses; whatever bucket has it is gone at the end.
class BucketName {
 public:
  BucketName(const Case& c, const ObjectStore& store) : store_(store) {
    static std::atomic<unsigned> next{0};
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    text_ = c.harness().bucket_prefix +
            std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count()) + '-' +
            std::to_string(next++);
  }
  ~BucketName() {
    try {
      clear();
    } catch (...) {  // NOLINT(bugprone-empty-catch): a driver that throws has failed its case.
    }
  }
  BucketName(const BucketName&) = delete;
  BucketName& operator=(const BucketName&) = delete;
  const std::string& text() const { return text_; }

 private:
  void clear() const {
    auto bucket = store_.bucket(text_);
    if (!bucket) return;
    auto entries = bucket->list_all();
    if (!entries) return;  // It is gone, as most cases leave it.
    for (const ListEntry& entry : *entries) (void)bucket->remove(entry.key);
    (void)store_.delete_bucket(text_);
  }

  const ObjectStore& store_;
  std::string text_;
};

ObjectStore store_of(const Case& c) {
  if (!c.harness().make_store) c.skip("the harness has no make_store");
  return c.expect_ok(c.harness().make_store(), "make_store");
}

bool listed(const Case& c, const ObjectStore& store, const std::string& name) {
  const auto buckets = c.expect_ok(store.list_buckets(), "list_buckets");
  c.expect(std::is_sorted(buckets.begin(), buckets.end(), [](const auto& a, const auto& b) { return a.name < b.name; }),
           "list_buckets should sort by name");
  return std::any_of(buckets.begin(), buckets.end(), [&](const BucketEntry& entry) { return entry.name == name; });
}

void bucket_create_list_delete(const Case& c) {
  const ObjectStore store = store_of(c);
  const BucketName name(c, store);
  c.expect_equal(c.expect_ok(store.bucket_exists(name.text()), "bucket_exists"), false, "bucket_exists, before");
  c.expect_equal(listed(c, store, name.text()), false, "whether list_buckets shows it, before");
  const Bucket bucket = c.expect_ok(store.create_bucket(name.text()), "create_bucket");
  c.expect_equal(c.expect_ok(store.bucket_exists(name.text()), "bucket_exists"), true, "bucket_exists, after");
  c.expect_equal(listed(c, store, name.text()), true, "whether list_buckets shows it, after");
  c.expect_ok(bucket.put("k", "v"), "put in a new bucket");
  const Bucket again = c.expect_ok(store.bucket(name.text()), "bucket");
  c.expect_equal(c.expect_ok(again.get("k"), "get by another handle").data, "v", "the content");
  c.expect_ok(again.remove("k"), "remove");
  c.expect_ok(store.delete_bucket(name.text()), "delete_bucket");
  c.expect_equal(c.expect_ok(store.bucket_exists(name.text()), "bucket_exists"), false, "bucket_exists, at the end");
  c.expect_equal(listed(c, store, name.text()), false, "whether list_buckets shows it, at the end");
  c.expect_error(bucket.get("k"), ErrorCode::not_found, "get in a deleted bucket");
}

void bucket_create_twice(const Case& c) {
  const ObjectStore store = store_of(c);
  const BucketName name(c, store);
  const Bucket bucket = c.expect_ok(store.create_bucket(name.text()), "create_bucket");
  c.expect_ok(bucket.put("k", "v"), "put");
  const Error error =
      c.expect_error(store.create_bucket(name.text()), ErrorCode::already_exists, "creating a bucket a second time");
  c.expect(error.to_string().find(name.text()) != std::string::npos, "the error should name it: " + show(error));
  c.expect_equal(c.expect_ok(bucket.get("k"), "get").data, "v", "the content after creating its bucket again");
}

void bucket_delete_missing(const Case& c) {
  const ObjectStore store = store_of(c);
  const BucketName name(c, store);
  c.expect_error(store.delete_bucket(name.text()), ErrorCode::not_found, "deleting a missing bucket");
}

void bucket_delete_not_empty(const Case& c) {
  const ObjectStore store = store_of(c);
  const BucketName name(c, store);
  const Bucket bucket = c.expect_ok(store.create_bucket(name.text()), "create_bucket");
  c.expect_ok(bucket.put("d/k", "v"), "put");
  c.expect_error(store.delete_bucket(name.text()), ErrorCode::conflict, "deleting a bucket that is not empty");
  c.expect_equal(c.expect_ok(bucket.get("d/k"), "get").data, "v", "the content after a refused delete");
  c.expect_ok(bucket.remove("d/k"), "remove");
  c.expect_ok(store.delete_bucket(name.text()), "deleting a bucket whose last object was removed");
}

void bucket_bad_name(const Case& c) {
  const ObjectStore store = store_of(c);
  for (const std::string name : {"", "a/b", "..", "a\nb", "\xFF"}) {
    c.expect_error(store.bucket(name), ErrorCode::invalid_argument, "a bucket named " + show(name));
    c.expect_error(store.create_bucket(name), ErrorCode::invalid_argument, "creating a bucket named " + show(name));
    c.expect_error(store.delete_bucket(name), ErrorCode::invalid_argument, "deleting a bucket named " + show(name));
  }
}

void copy_between_buckets(const Case& c) {
  const ObjectStore store = store_of(c);
  const BucketName left_name(c, store);
  const BucketName right_name(c, store);
  const Bucket left = c.expect_ok(store.create_bucket(left_name.text()), "create_bucket");
  const Bucket right = c.expect_ok(store.create_bucket(right_name.text()), "create_bucket");
  c.expect_ok(left.put("k", "v", {.metadata = {{"owner", "ada"}}}), "put");
  c.expect_ok(right.copy_from(left, "k", "copied"), "copying from another bucket");
  const Object copied = c.expect_ok(right.get("copied"), "get");
  c.expect_equal(copied.data, "v", "the content of the copy");
  c.expect_equal(copied.info.metadata, Metadata{{"owner", "ada"}}, "the metadata of the copy");
  c.expect_error(right.get("k"), ErrorCode::not_found, "getting the source's key from the other bucket");
  c.expect_error(right.copy_from(left, "no such key", "x"), ErrorCode::not_found, "copying a missing object");
}

}  // namespace

CaseList bucket_cases() {
  static constexpr CaseEntry kCases[] = {
      {"bucket_create_list_delete", bucket_create_list_delete},
      {"bucket_create_twice", bucket_create_twice},
      {"bucket_delete_missing", bucket_delete_missing},
      {"bucket_delete_not_empty", bucket_delete_not_empty},
      {"bucket_bad_name", bucket_bad_name},
      {"copy_between_buckets", copy_between_buckets},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
