#include "testing/suite.h"

/// Calls that must be refused before they have any effect: cancelled, late, impossible.
namespace cloudkit::inline v0::testing {
namespace {

void expect_store_refuses(const Case& c, const Context& context, ErrorCode code, const std::string& why) {
  if (!c.harness().make_store) return;
  const ObjectStore store = c.expect_ok(c.harness().make_store(), "make_store");
  const std::string name = c.harness().bucket_prefix + "refused";
  c.expect_error(store.create_bucket(name, {.context = context}), code, "create_bucket " + why);
  c.expect_error(store.delete_bucket(name, {.context = context}), code, "delete_bucket " + why);
  c.expect_error(store.bucket_exists(name, {.context = context}), code, "bucket_exists " + why);
  c.expect_error(store.list_buckets({.context = context}), code, "list_buckets " + why);
}

void expect_all_refused(const Case& c, const Context& context, ErrorCode code, const std::string& why) {
  c.put("k", "old");
  const ScratchDirectory scratch;
  const Bucket& bucket = c.bucket();
  c.expect_error(bucket.put("new", "v", {.context = context}), code, "put " + why);
  c.expect_error(bucket.put("k", "new", {.context = context}), code, "put " + why);
  c.expect_error(bucket.get("k", {.context = context}), code, "get " + why);
  c.expect_error(bucket.get_if_changed("k", "token", {.context = context}), code, "get_if_changed " + why);
  char buffer[2];
  c.expect_error(bucket.read_at("k", 0, buffer, {.context = context}), code, "read_at " + why);
  c.expect_error(bucket.read_at("k", 0, {}, {.context = context}), code, "read_at of nothing " + why);
  c.expect_error(bucket.download("k", File{scratch.file("out")}, {.context = context}), code, "download " + why);
  c.expect_error(bucket.head("k", {.context = context}), code, "head " + why);
  c.expect_error(bucket.exists("k", {.context = context}), code, "exists " + why);
  c.expect_error(bucket.remove("k", {.context = context}), code, "remove " + why);
  for (const RemoveReport& report : {bucket.remove_many(std::vector<std::string>{"k", "l"}, {.context = context}),
                                     bucket.remove_all("", {.context = context})}) {
    c.expect_error(report.status(), code, "a removal of many " + why);
    c.expect_equal(report.removed, std::uint64_t{0}, "the removed keys " + why);
    c.expect_equal(report.failures.size(), std::size_t{0}, "the failures " + why);
  }
  c.expect_error(bucket.copy("k", "copy", {.context = context}), code, "copy " + why);
  c.expect_error(bucket.list_all({.context = context}), code, "list " + why);
  expect_store_refuses(c, context, code, why);
  c.expect_content("k", "old");
  c.expect_keys({}, {"k"}, "the keys after calls " + why);
  c.expect_equal(scratch.names(), std::vector<std::string>{}, "the files after a download " + why);
}

void cancelled_context_refuses_before_any_effect(const Case& c) {
  const Context context = Context::cancellable();
  context.cancel();
  const long before = c.harness().request_count ? c.harness().request_count() : 0;
  c.expect_error(c.bucket().put("new", "v", {.context = context}), ErrorCode::cancelled,
                 "put with a cancelled context");
  if (c.harness().request_count) {
    c.expect_equal(c.harness().request_count(), before, "the requests that a cancelled put has sent");
  }
  expect_all_refused(c, context, ErrorCode::cancelled, "with a cancelled context");
}

void deadline_in_the_past_refuses(const Case& c) {
  const Context context = Context::with_deadline(Context::Clock::now() - std::chrono::seconds(1));
  expect_all_refused(c, context, ErrorCode::timeout, "with a deadline in the past");
}

void cancel_during_put_leaves_nothing(const Case& c) {
  // Cancels from within, when half of it has been read.
  class CancellingSource final : public Source {
   public:
    explicit CancellingSource(const Context& context) : context_(context) {}
    std::uint64_t size() const noexcept override { return data_.size(); }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
      if (offset + out.size() > data_.size() / 2) context_.cancel();
      if (offset >= data_.size()) return std::size_t{0};
      return data_.copy(out.data(), out.size(), static_cast<std::size_t>(offset));
    }

   private:
    std::string data_ = pattern(300'000);
    Context context_;
  };
  const Context context = Context::cancellable();
  const CancellingSource source(context);
  c.put("old", "old content");
  const auto put = c.bucket().put("old", source, {.context = context});
  // The last byte may have left before the cancellation was seen: then it is a put like any other.
  if (put) {
    c.expect_equal(c.expect_ok(c.bucket().head("old"), "head").size, 300'000U, "the size after a put that succeeded");
    return;
  }
  c.expect_error(put, ErrorCode::cancelled, "a put that was cancelled midway");
  if (!put.error().may_have_happened) c.expect_content("old", "old content");
  c.expect_keys({}, {"old"}, "the keys after a put that was cancelled midway");
}

void bad_arguments_touch_no_file(const Case& c) {
  const ScratchDirectory scratch;
  const Bucket& bucket = c.bucket();
  const File missing{scratch.file("no/such/file")};
  const Context cancelled = Context::cancellable();
  cancelled.cancel();
  // Whoever opened the file first would say `io`.
  c.expect_error(bucket.put("", missing), ErrorCode::invalid_argument, "put of a missing file under an empty key");
  c.expect_error(bucket.put("k", missing, {.metadata = {{"two words", "v"}}}), ErrorCode::invalid_argument,
                 "put of a missing file with bad metadata");
  c.expect_error(bucket.put("k", missing, {.context = cancelled}), ErrorCode::cancelled,
                 "put of a missing file with a cancelled context");
  c.expect_error(bucket.download("", missing), ErrorCode::invalid_argument, "download of an empty key to a bad path");
  c.expect_error(bucket.download("k", missing, {.range = ByteRange{0, 0}}), ErrorCode::invalid_argument,
                 "download of an empty range to a bad path");
  c.expect_error(bucket.download("k", missing, {.context = cancelled}), ErrorCode::cancelled,
                 "download to a bad path with a cancelled context");
  const std::string cut = scratch.file(std::string_view("cut\0off", 7));
  c.expect_error(bucket.put("k", File{cut}), ErrorCode::invalid_argument, "put of a file with a NUL in its path");
  c.expect_error(bucket.download("k", File{cut}), ErrorCode::invalid_argument, "download to a path with a NUL");
  char buffer[1];
  c.expect_error(bucket.read_at("", 0, std::span<char>(buffer, 0)), ErrorCode::invalid_argument,
                 "read_at of no bytes of an empty key");
  c.expect_equal(scratch.names(), std::vector<std::string>{}, "the files that bad arguments left");
  c.expect_missing("k");
}

void metadata_that_cannot_travel_is_refused(const Case& c) {
  const auto refused = [&](const Metadata& metadata, const std::string& what) {
    c.expect_error(c.bucket().put("k", "v", {.metadata = metadata}), ErrorCode::invalid_argument, what);
  };
  refused({{"", "v"}}, "metadata with an empty name");
  refused({{"two words", "v"}}, "metadata with a space in its name");
  refused({{"colon:", "v"}}, "metadata with a colon in its name");
  refused({{"\xC3\xBC", "v"}}, "metadata with a name beyond ASCII");
  refused({{"name", "two\r\nlines: 1"}}, "metadata with a line break in its value");
  refused({{"name", "\xC3\xBC"}}, "metadata with a value beyond ASCII");
  refused({{"name", std::string("nul\0", 4)}}, "metadata with a NUL in its value");
  refused({{"Name", "1"}, {"name", "2"}}, "metadata with a name given twice, but for its case");
  refused({{"name", std::string(3000, 'v')}}, "metadata of more than 2 KiB");
  c.expect_error(c.bucket().put("k", "v", {.content = {.type = "text/plain\r\nx: 1"}}), ErrorCode::invalid_argument,
                 "a content type with a line break");
  c.expect_missing("k");
}

void put_beyond_its_limit_is_refused(const Case& c) {
  const std::uint64_t limit = c.can().max_put_size;
  if (limit >= UINT64_MAX - 1) c.skip("the backend has no limit for a put");
  // Says that it is too large, and must not be asked for a byte.
  class HugeSource final : public Source {
   public:
    explicit HugeSource(std::uint64_t size) : size_(size) {}
    std::uint64_t size() const noexcept override { return size_; }
    Result<std::size_t> read_at(std::uint64_t, std::span<char>) const override {
      Error error;
      error.code = ErrorCode::io;
      error.message = "a source that is too large was read";
      return error;
    }

   private:
    std::uint64_t size_;
  };
  // In parts more may fit, but not that much.
  const std::uint64_t size = c.can().uploads ? std::uint64_t{1} << 62 : limit + 1;
  c.expect_error(c.bucket().put("k", HugeSource(size)), {ErrorCode::unsupported, ErrorCode::invalid_argument},
                 "putting more than the backend takes");
  c.expect_missing("k");
}

}  // namespace

CaseList refusal_cases() {
  static constexpr CaseEntry kCases[] = {
      {"cancelled_context_refuses_before_any_effect", cancelled_context_refuses_before_any_effect},
      {"deadline_in_the_past_refuses", deadline_in_the_past_refuses},
      {"cancel_during_put_leaves_nothing", cancel_during_put_leaves_nothing},
      {"bad_arguments_touch_no_file", bad_arguments_touch_no_file},
      {"metadata_that_cannot_travel_is_refused", metadata_that_cannot_travel_is_refused},
      {"put_beyond_its_limit_is_refused", put_beyond_its_limit_is_refused},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
