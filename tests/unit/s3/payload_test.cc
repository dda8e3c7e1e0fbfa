#include "aws/s3/payload.h"
#include "fixture.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <thread>

using namespace cloudkit;
using namespace cloudkit::aws::s3;
using http::check_checksum;
using testing::Fixture;
using testing::MemorySource;
using testing::StringSource;

namespace {

// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html: "Welcome to Amazon S3."
constexpr std::string_view kWelcome = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";

std::string hash_of(http::Request request, bool may_be_unsigned) {
  const auto status = set_payload_hash(request, may_be_unsigned, {});
  return status ? std::string(request.headers.get("x-amz-content-sha256")) : status.error().message;
}

class ShrinkingSource final : public Source {
 public:
  std::uint64_t size() const noexcept override { return 10; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char>) const override {
    return offset == 0 ? std::size_t{4} : std::size_t{0};
  }
};

}  // namespace

TEST_CASE("trap 33: the payload is unsigned only where nobody on the way can change it") {
  http::Request request;
  CHECK(hash_of(request, false) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hash_of(request, true) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const std::string welcome = "Welcome to Amazon S3.";
  request.body = welcome;
  CHECK(hash_of(request, true) == "UNSIGNED-PAYLOAD");
  CHECK(hash_of(request, false) == kWelcome);
  const StringSource streamed(welcome);
  request.source = &streamed;
  CHECK(hash_of(request, false) == kWelcome);
}

TEST_CASE("a source that ends before its size is an error, not a shorter object") {
  const ShrinkingSource source;
  http::Request request;
  request.source = &source;
  const auto status = set_payload_hash(request, false, {});
  REQUIRE_FALSE(status);
  CHECK(status.error().code == ErrorCode::io);
  CHECK(status.error().message == "the source has fewer than the 10 bytes it announced");
}

namespace {

// A tebibyte of zeros. The third look at it sets off `event`.
class HugeSource final : public Source {
 public:
  explicit HugeSource(std::function<void()> event) : event_(std::move(event)) {}
  std::uint64_t size() const noexcept override { return std::uint64_t{1} << 40; }
  Result<std::size_t> read_at(std::uint64_t, std::span<char> out) const override {
    if (++reads == 3) event_();
    std::fill(out.begin(), out.end(), '\0');
    return out.size();
  }
  mutable int reads = 0;

 private:
  std::function<void()> event_;
};

}  // namespace

TEST_CASE("hashing a large source ends with its context, at the next piece") {
  const auto context = Context::cancellable();
  const HugeSource source([&] { context.cancel(); });
  http::Request request;
  request.source = &source;
  const auto status = set_payload_hash(request, false, context);
  REQUIRE_FALSE(status);
  CHECK(status.error().code == ErrorCode::cancelled);
  CHECK(source.reads == 3);
  CHECK_FALSE(request.headers.contains("x-amz-content-sha256"));
}

TEST_CASE("hashing a large body in memory looks at its context, too") {
  const std::string body(1 << 20, 'x');
  http::Request request;
  request.body = body;
  const auto context = Context::cancellable();
  context.cancel();
  const auto status = set_payload_hash(request, false, context);
  REQUIRE_FALSE(status);
  CHECK(status.error().code == ErrorCode::cancelled);
}

TEST_CASE("a put over plain http that runs out of time while its body is hashed sends nothing") {
  auto options = Fixture::at("http://objects.example");
  options.allow_http = true;
  Fixture fixture(options);
  PutOptions put;
  put.context = Context::with_timeout(std::chrono::milliseconds(20));
  const HugeSource source([] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); });
  const auto result = fixture.bucket->put("k", source, put);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == ErrorCode::timeout);
  CHECK(source.reads <= 3);
  CHECK(fixture.transport->sent().empty());
}

TEST_CASE("a CRC-32C is written as AWS does") {
  // The check value of CRC-32C, 0xE3069283, in base64.
  CHECK(crc32c_header("123456789") == "4waSgw==");
  CHECK(crc32c_header("") == "AAAAAA==");
}

TEST_CASE("trap 24: checksums of the whole object are checked, checksums of checksums are not") {
  const auto outcome = [](std::vector<http::Header> headers, std::string_view data) {
    http::Response head;
    for (auto& header : headers) head.headers.add(header.name, header.value);
    const Checksum expected = read_checksum(head.headers).value();
    crypto::RunningChecksum actual(expected.algorithm);
    actual.update(data.substr(0, data.size() / 2));
    actual.update(data.substr(data.size() / 2));
    return check_checksum(actual, expected);
  };
  CHECK(outcome({}, "anything"));
  CHECK(outcome({{"x-amz-checksum-crc32c", "4waSgw=="}}, "123456789"));
  CHECK(outcome({{"x-amz-checksum-crc64nvme", "rosUhgp5mIg="}}, "123456789"));
  CHECK(outcome({{"x-amz-checksum-crc32c", "4waSgw==-2"}}, "other"));
  CHECK(outcome({{"x-amz-checksum-crc32c", "4waSgw=="}, {"x-amz-checksum-type", "COMPOSITE"}}, "other"));

  const auto flipped = outcome({{"x-amz-checksum-crc32c", "4waSgw=="}}, "123456788");
  REQUIRE_FALSE(flipped);
  CHECK(flipped.error().code == ErrorCode::data_loss);
  CHECK(flipped.error().message.ends_with("the service says 4waSgw=="));
  CHECK_FALSE(outcome({{"x-amz-checksum-crc64nvme", "rosUhgp5mIg="}}, ""));
  for (const char* garbage : {"4waSg", "4waSgw==4waSgw==", "!!!!", "rosUhgp5mIg="}) {
    http::Headers headers;
    headers.add("x-amz-checksum-crc32c", garbage);
    CHECK(read_checksum(headers).error().message.find("the checksum is") != std::string::npos);
  }
}
