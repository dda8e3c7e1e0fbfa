#include "testing/suite.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <future>

/// Files, sources and sinks: what a transfer leaves behind when one of them fails.
namespace cloudkit::inline v0::testing {
namespace {

constexpr std::size_t kSize = 300'000;  // More than one buffer of any layer.

// Bytes that are not contiguous for the backend, and may end or fail before they should.
class TestSource final : public Source {
 public:
  enum class Flaw { none, fails, ends_early };
  TestSource(std::string data, Flaw flaw, std::function<void()> on_middle = {})
      : data_(std::move(data)), flaw_(flaw), on_middle_(std::move(on_middle)) {}

  std::uint64_t size() const noexcept override { return data_.size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    const std::size_t middle = data_.size() / 2;
    if (on_middle_ && offset + out.size() > middle) std::exchange(on_middle_, nullptr)();
    std::size_t end = data_.size();
    if (flaw_ != Flaw::none) end = middle;
    if (flaw_ == Flaw::fails && offset + out.size() > middle) {
      Error error;
      error.code = ErrorCode::io;
      error.message = "the test's disk is gone";
      return error;
    }
    if (offset >= end) return std::size_t{0};
    const std::size_t count = std::min<std::size_t>(out.size(), end - static_cast<std::size_t>(offset));
    std::memcpy(out.data(), data_.data() + offset, count);
    return count;
  }

 private:
  std::string data_;
  Flaw flaw_;
  mutable std::function<void()> on_middle_;
};

class StringSink final : public Sink {
 public:
  explicit StringSink(std::size_t limit = SIZE_MAX) : limit_(limit) {}
  Status write(Bytes chunk) override {
    if (data.size() + chunk.size() > limit_) {
      Error error;
      error.code = ErrorCode::io;
      error.message = "the test's sink is full";
      return error;
    }
    data += chunk.view();
    return {};
  }
  std::string data;

 private:
  std::size_t limit_;
};

void put_from_file(const Case& c) {
  const ScratchDirectory scratch;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kSize}) {
    write_file(c, scratch.file("in"), pattern(size));
    c.expect_equal(c.expect_ok(c.bucket().put("k", File{scratch.file("in")}), "putting a file").size, size,
                   "the size that put returned");
    c.expect_content("k", pattern(size));
  }
}

void put_from_missing_file(const Case& c) {
  const ScratchDirectory scratch;
  c.put("k", "old");
  const Error error = c.expect_error(c.bucket().put("k", File{scratch.file("no such file")}), ErrorCode::io,
                                     "putting a file that does not exist");
  c.expect(error.to_string().find("no such file") != std::string::npos, "the error should name it: " + show(error));
  c.expect_content("k", "old");
}

void put_from_source(const Case& c) {
  const TestSource source(pattern(kSize), TestSource::Flaw::none);
  c.expect_equal(c.expect_ok(c.bucket().put("k", source), "putting a source").size, kSize,
                 "the size that put returned");
  c.expect_content("k", pattern(kSize));
}

void expect_failed_put_leaves_nothing(const Case& c, TestSource::Flaw flaw, ErrorCode code, std::string_view what) {
  const TestSource source(pattern(kSize), flaw);
  c.expect_error(c.bucket().put("new", source), code, what);
  c.expect_missing("new");
  c.put("old", "still here");
  c.expect_error(c.bucket().put("old", source), code, what);
  c.expect_content("old", "still here");
  c.expect_keys({}, {"old"}, "the keys after the failed puts");
}

void source_that_fails_leaves_nothing(const Case& c) {
  expect_failed_put_leaves_nothing(c, TestSource::Flaw::fails, ErrorCode::io, "putting a source that fails midway");
  const TestSource source(pattern(kSize), TestSource::Flaw::fails);
  const auto put = c.bucket().put("new", source);
  c.expect(!put && put.error().to_string().find("the test's disk is gone") != std::string::npos,
           "the error should be the source's own");
}

void source_that_ends_early_leaves_nothing(const Case& c) {
  expect_failed_put_leaves_nothing(c, TestSource::Flaw::ends_early, ErrorCode::io,
                                   "putting a source that has fewer bytes than it said");
}

void put_in_progress_is_never_seen(const Case& c) {
  c.put("old", "old content");
  std::future<std::vector<std::string>> listed;
  std::future<std::string> content;
  // Another thread looks, so that a backend which locks out readers meanwhile is no deadlock.
  const auto look = [&] {
    listed = std::async(std::launch::async, [&] { return c.keys(); });
    content = std::async(std::launch::async, [&] { return c.expect_ok(c.bucket().get("old"), "get").data; });
    listed.wait_for(std::chrono::seconds(2));
    content.wait_for(std::chrono::seconds(2));
  };
  const TestSource fresh(pattern(kSize), TestSource::Flaw::none, look);
  // Only what was listed before the put began to commit is telling: a backend may read its
  // source ahead, but neither a temporary name nor half an object may ever be in a list.
  c.expect_ok(c.bucket().put("old", fresh), "putting a source");
  c.expect_equal(listed.get(), std::vector<std::string>{"old"}, "the keys listed while a put was in progress");
  const std::string seen = content.get();
  c.expect(seen == "old content" || seen == pattern(kSize),
           "what a reader saw while a put was in progress should be the old or the new content, it is " + show(seen));
}

void download_to_sink(const Case& c) {
  c.put("k", pattern(kSize));
  StringSink sink;
  const ObjectInfo info = c.expect_ok(c.bucket().download("k", sink), "downloading to a sink");
  c.expect(sink.data == pattern(kSize), "what the sink got: " + show_difference(sink.data, pattern(kSize)));
  c.expect_equal(info.size, kSize, "the size that download returned");
  StringSink part;
  c.expect_ok(c.bucket().download("k", part, {.range = ByteRange{1000, 5000}}), "downloading a range");
  c.expect(part.data == pattern(kSize).substr(1000, 5000), "the sink should get exactly the range");
}

void download_stops_at_sink_error(const Case& c) {
  c.put("k", pattern(kSize));
  StringSink sink(1000);
  const Error error = c.expect_error(c.bucket().download("k", sink), ErrorCode::io, "downloading to a full sink");
  c.expect(error.to_string().find("the test's sink is full") != std::string::npos,
           "the error should be the sink's own: " + show(error));
}

void download_to_file(const Case& c) {
  const ScratchDirectory scratch;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kSize}) {
    const std::string name = "out-" + std::to_string(size);
    c.put("k", pattern(size));
    c.expect_ok(c.bucket().download("k", File{scratch.file(name)}), "downloading to a file");
    const std::string got = read_file(c, scratch.file(name));
    c.expect(got == pattern(size), "the file's content: " + show_difference(got, pattern(size)));
  }
  c.expect_equal(scratch.names(), std::vector<std::string>{"out-0", "out-1", "out-300000"},
                 "the files in the directory");
}

void download_to_existing_file_replaces_whole(const Case& c) {
  const ScratchDirectory scratch;
  write_file(c, scratch.file("out"), pattern(2000, 7));
  c.put("k", "short");
  c.expect_ok(c.bucket().download("k", File{scratch.file("out")}), "downloading over a longer file");
  c.expect_equal(read_file(c, scratch.file("out")), "short", "the file's content");
}

void download_failure_leaves_no_file(const Case& c) {
  const ScratchDirectory scratch;
  c.expect_error(c.bucket().download("no such key", File{scratch.file("out")}), ErrorCode::not_found,
                 "downloading a missing object");
  c.expect_equal(scratch.names(), std::vector<std::string>{}, "the files that a failed download left");
  write_file(c, scratch.file("out"), "old");
  c.put("k", pattern(1000));
  c.expect_error(c.bucket().download("k", File{scratch.file("out")}, {.range = ByteRange::from(1000)}),
                 ErrorCode::invalid_argument, "downloading a range past the end");
  c.expect_equal(read_file(c, scratch.file("out")), "old", "the file that a failed download was to replace");
  c.expect_equal(scratch.names(), std::vector<std::string>{"out"}, "the files after a failed download");
  c.expect_error(c.bucket().download("k", File{scratch.file("no such directory/out")}), ErrorCode::io,
                 "downloading into a directory that does not exist");
}

// Of 300,000 bytes at a million a second, of which a tenth of a second's may go at once. A slow machine or server makes
// it longer only.
constexpr std::uint64_t kRate = 1'000'000;
constexpr std::chrono::milliseconds kLeast{190};

void expect_slow(const Case& c, std::string_view what, const std::function<void(const TransferOptions&)>& transfer) {
  TransferOptions options;
  options.bandwidth = BandwidthLimit::bytes_per_second(kRate);
  const auto begun = std::chrono::steady_clock::now();
  transfer(options);
  const auto taken = std::chrono::steady_clock::now() - begun;
  if (taken < kLeast) {
    const auto shown = std::chrono::duration_cast<std::chrono::milliseconds>(taken).count();
    c.fail(std::string(what) + ": expected to take 190 ms at least, it took " + std::to_string(shown));
  }
}

void bandwidth_limit_is_kept(const Case& c) {
  const ScratchDirectory scratch;
  const std::string data = pattern(kSize);
  expect_slow(c, "a limited put", [&](const TransferOptions& transfer) {
    const TestSource source(data, TestSource::Flaw::none);
    c.expect_ok(c.bucket().put("k", source, {.transfer = transfer}), "putting with a limit");
  });
  c.expect_content("k", data);
  expect_slow(c, "a limited get", [&](const TransferOptions& transfer) {
    const Object object = c.expect_ok(c.bucket().get("k", {.transfer = transfer}), "getting with a limit");
    c.expect(object.data == data, "the bytes that were got with a limit: " + show_difference(object.data, data));
  });
  expect_slow(c, "a limited download", [&](const TransferOptions& transfer) {
    const File file{scratch.file("out")};
    c.expect_ok(c.bucket().download("k", file, {.transfer = transfer}), "downloading with a limit");
    const std::string got = read_file(c, file.path);
    c.expect(got == data, "the file that was downloaded with a limit: " + show_difference(got, data));
  });
}

}  // namespace

CaseList transfer_cases() {
  static constexpr CaseEntry kCases[] = {
      {"put_from_file", put_from_file},
      {"put_from_missing_file", put_from_missing_file},
      {"put_from_source", put_from_source},
      {"source_that_fails_leaves_nothing", source_that_fails_leaves_nothing},
      {"source_that_ends_early_leaves_nothing", source_that_ends_early_leaves_nothing},
      {"put_in_progress_is_never_seen", put_in_progress_is_never_seen},
      {"download_to_sink", download_to_sink},
      {"download_stops_at_sink_error", download_stops_at_sink_error},
      {"download_to_file", download_to_file},
      {"download_to_existing_file_replaces_whole", download_to_existing_file_replaces_whole},
      {"download_failure_leaves_no_file", download_failure_leaves_no_file},
      {"bandwidth_limit_is_kept", bandwidth_limit_is_kept},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
