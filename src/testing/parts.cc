#include "testing/suite.h"

/// Large objects: in parts on the way up, from both ends on the way down.
namespace cloudkit::inline v0::testing {
namespace {

constexpr std::size_t kReadPart = std::size_t{1} << 20;

GetOptions by_parts() {
  GetOptions options;
  options.transfer.part_size = kReadPart;
  return options;
}

void put_in_parts_roundtrip(const Case& c) {
  c.needs(c.can().uploads, "uploads");
  const PutOptions options = dressed(in_parts());
  for (const std::size_t size : {kPart + 1, 2 * kPart, 2 * kPart + 12345}) {
    const std::string data = pattern(size);
    const ObjectInfo put = c.put("k", data, options);
    const Object got = c.expect_content("k", data);
    c.expect_equal(got.info.token, put.token, "the token that put returned");
    expect_headers_of(c, got.info, options.content, "of what came in parts");
    c.expect_equal(got.info.metadata, options.metadata, "the metadata");
  }
  c.expect_keys({}, {"k"}, "nothing of the parts is listed");
}

void put_in_parts_replaces_whole_object(const Case& c) {
  c.needs(c.can().uploads, "uploads");
  c.put("k", pattern(2 * kPart + 1, 1), in_parts());
  c.put("k", pattern(kPart + 7, 2), in_parts());
  c.expect_content("k", pattern(kPart + 7, 2));
  c.put("k", "small");
  c.expect_content("k", "small");
}

// By their text "10" and "11" come before "2".
void put_in_eleven_parts(const Case& c) {
  c.needs(c.can().uploads, "uploads");
  // The smallest that Google takes: https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload
  // and Tencent: https://www.tencentcloud.com/document/product/436/7750
  for (const std::size_t size : {std::size_t{256} << 10, std::size_t{1} << 20}) {
    const std::string data = pattern(10 * size + 1);
    PutOptions options;
    options.transfer.part_size = size;
    const auto put = c.bucket().put("k", data, options);
    if (put) return void(c.expect_content("k", data));
    c.expect_error(put, ErrorCode::invalid_argument, "putting in eleven parts");
  }
  c.skip("eleven parts that the backend takes would be too much to send");
}

void put_in_parts_from_file(const Case& c) {
  c.needs(c.can().uploads, "uploads");
  const ScratchDirectory scratch;
  const std::string data = pattern(2 * kPart + 99);
  write_file(c, scratch.file("in"), data);
  c.expect_ok(c.bucket().put("k", File{scratch.file("in")}, in_parts()), "putting a file in parts");
  c.expect_content("k", data);
}

// Fails or is cancelled in its second part.
class BrokenSource final : public Source {
 public:
  explicit BrokenSource(std::function<Status()> in_second_part) : in_second_part_(std::move(in_second_part)) {}
  std::uint64_t size() const noexcept override { return 2 * kPart + 1; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    if (offset + out.size() > kPart + 1) {
      if (auto status = in_second_part_(); !status) return status.error();
    }
    const std::uint64_t left = size() - std::min(offset, size());
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, out.size()));
    std::fill_n(out.begin(), count, 'x');
    return count;
  }

 private:
  const std::function<Status()> in_second_part_;
};

void put_in_parts_that_fails_keeps_the_old_object(const Case& c) {
  c.needs(c.can().uploads, "uploads");
  c.put("k", "old");
  const BrokenSource source([]() -> Status { return Error(ErrorCode::io, "the test's disk is gone"); });
  const Error error =
      c.expect_error(c.bucket().put("k", source, in_parts()), ErrorCode::io, "putting a source that fails");
  c.expect(error.message.find("the test's disk is gone") == 0, "the error should be the source's: " + show(error));
  c.expect_content("k", "old");
  c.expect_keys({}, {"k"}, "nothing of the parts is listed");
}

void put_in_parts_that_is_cancelled_keeps_the_old_object(const Case& c) {
  c.needs(c.can().uploads, "uploads");
  c.put("k", "old");
  PutOptions options = in_parts();
  options.context = Context::cancellable();
  const BrokenSource source([&]() -> Status {
    options.context.cancel();
    return {};
  });
  c.expect_error(c.bucket().put("k", source, options), ErrorCode::cancelled, "putting and cancelling it midway");
  c.expect_content("k", "old");
}

void condition_absent_with_parts(const Case& c) {
  c.needs(c.can().upload_if_absent, "upload_if_absent");
  PutOptions options = in_parts();
  options.condition = Condition::absent();
  c.put("k", pattern(kPart + 1), options);
  c.expect_error(c.bucket().put("k", pattern(kPart + 2), options), ErrorCode::precondition_failed,
                 "put in parts with absent() over an object");
  c.expect_content("k", pattern(kPart + 1));
}

void condition_match_with_parts(const Case& c) {
  c.needs(c.can().upload_if_match, "upload_if_match");
  const std::string stale = c.put("k", "first").token;
  PutOptions options = in_parts();
  options.condition = Condition::match(c.put("k", "second").token);
  c.put("k", pattern(kPart + 1), options);
  options.condition = Condition::match(stale);
  c.expect_error(c.bucket().put("k", pattern(kPart + 2), options), ErrorCode::precondition_failed,
                 "put in parts with match() of a stale token");
  c.expect_content("k", pattern(kPart + 1));
}

void parallel_download_equals_serial(const Case& c) {
  const ScratchDirectory scratch;
  const std::string data = pattern(6 * kReadPart + 321);
  c.put("k", data);
  for (const int workers : {1, 4}) {
    GetOptions options = by_parts();
    options.transfer.workers = workers;
    c.expect_ok(c.bucket().download("k", File{scratch.file("out")}, options), "downloading");
    c.expect(read_file(c, scratch.file("out")) == data, "the file differs from the object");
    options.range = ByteRange{1000, 3 * kReadPart, false};
    c.expect_ok(c.bucket().download("k", File{scratch.file("out")}, options), "downloading a range");
    c.expect(read_file(c, scratch.file("out")) == data.substr(1000, 3 * kReadPart), "the file differs from the range");
  }
  c.expect_equal(scratch.names(), std::vector<std::string>{"out"}, "the files in the directory");
}

void parallel_download_detects_overwrite(const Case& c) {
  const ScratchDirectory scratch;
  const std::string old_data = pattern(6 * kReadPart, 1);
  const std::string new_data = pattern(6 * kReadPart, 2);
  c.put("k", old_data);
  GetOptions options = by_parts();
  bool replaced = false;
  options.transfer.progress = [&](const TransferProgress&) {
    if (!std::exchange(replaced, true)) c.put("k", new_data);
  };
  const auto info = c.bucket().download("k", File{scratch.file("out")}, options);
  if (!info) {
    c.expect_error(info, ErrorCode::precondition_failed, "downloading what is replaced meanwhile");
    c.expect(scratch.names().empty(), "a file was left behind");
    return;
  }
  // A backend may keep the old content for its readers.
  const std::string got = read_file(c, scratch.file("out"));
  c.expect(got == old_data || got == new_data, "the file is neither the old object nor the new one");
}

void parts_request_budget(const Case& c) {
  c.needs(c.can().uploads, "uploads");
  if (!c.harness().request_count) c.skip("the harness does not count requests");
  const auto requests = [&](const auto& work) {
    const long before = c.harness().request_count();
    work();
    return c.harness().request_count() - before;
  };
  const std::string data = pattern(2 * kPart + 1);
  const long sent = requests([&] { c.put("k", data, in_parts()); });
  expect_three_part_requests(c, sent, "a put in three parts");
  const ScratchDirectory scratch;
  const long fetched =
      requests([&] { c.expect_ok(c.bucket().download("k", File{scratch.file("out")}, by_parts()), "downloading"); });
  c.expect(fetched <= 11, "a download in at most eleven parts took " + std::to_string(fetched) + " requests");
}

}  // namespace

CaseList part_cases() {
  static constexpr CaseEntry kCases[] = {
      {"put_in_parts_roundtrip", put_in_parts_roundtrip},
      {"put_in_parts_replaces_whole_object", put_in_parts_replaces_whole_object},
      {"put_in_eleven_parts", put_in_eleven_parts},
      {"put_in_parts_from_file", put_in_parts_from_file},
      {"put_in_parts_that_fails_keeps_the_old_object", put_in_parts_that_fails_keeps_the_old_object},
      {"put_in_parts_that_is_cancelled_keeps_the_old_object", put_in_parts_that_is_cancelled_keeps_the_old_object},
      {"condition_absent_with_parts", condition_absent_with_parts},
      {"condition_match_with_parts", condition_match_with_parts},
      {"parallel_download_equals_serial", parallel_download_equals_serial},
      {"parallel_download_detects_overwrite", parallel_download_detects_overwrite},
      {"parts_request_budget", parts_request_budget},
  };
  return kCases;
}

}  // namespace cloudkit::inline v0::testing
