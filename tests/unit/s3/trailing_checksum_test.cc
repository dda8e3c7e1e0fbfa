#include "aws/s3/trailing_checksum.h"

#include "core/paced_source.h"
#include "fixture.h"
#include "support/virtual_time.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace cloudkit;
using namespace cloudkit::aws;
using namespace cloudkit::aws::s3;
using testing::Fixture;
using testing::MemorySource;
using testing::read_all;
using testing::reply;
using testing::StringSource;
using testing::taking;

namespace {

const std::string kSent = "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32c:4waSgw==\r\n\r\n";

// Announces nine bytes and has others; counts how often it is read.
class WrongSource final : public Source {
 public:
  explicit WrongSource(std::string data) : data_(std::move(data)) {}
  std::uint64_t size() const noexcept override { return 9; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    bytes_read += static_cast<std::size_t>(out.size());
    return offset >= data_.size() ? 0 : data_.copy(out.data(), out.size(), static_cast<std::size_t>(offset));
  }
  mutable std::size_t bytes_read = 0;

 private:
  std::string data_;
};

const std::vector<http::Header> kStoredWithChecksum = {{"ETag", "\"abc\""}, {"x-amz-checksum-crc32c", "4waSgw=="}};

std::string sent_header(const Fixture& fixture, std::string_view name) {
  return std::string(fixture.transport->sent().back().headers.get(name));
}

}  // namespace

TEST_CASE("one chunk, and its checksum behind it, however it is read") {
  const StringSource source("123456789");
  const TrailingChecksum trailing(source);
  CHECK(trailing.size() == kSent.size());
  for (const std::size_t at_once : {1, 2, 3, 5, 11, 12, 13, 40, 4096}) {
    CHECK(read_all(trailing, at_once).value() == kSent);  // again from the start, as by another attempt
    CHECK(trailing.header() == "4waSgw==");
  }
  char byte = 0;
  CHECK(trailing.read_at(kSent.size(), {&byte, 1}).value() == 0);
}

TEST_CASE("the size of a large chunk is in hexadecimal") {
  const StringSource source(std::string(0x12345, 'x'));
  const TrailingChecksum trailing(source);
  const std::string sent = read_all(trailing, 1000).value();
  CHECK(sent.size() == trailing.size());
  CHECK(sent.starts_with("12345\r\nxxx"));
  CHECK(sent.substr(7 + 0x12345).starts_with("\r\n0\r\nx-amz-checksum-crc32c:"));
}

TEST_CASE("what is paced goes out as it comes, not when a buffer is full of it") {
  cloudkit::test::VirtualTime time;
  const BandwidthLimit limit = time.limit(60);
  const StringSource source("123456789");
  const Context context;
  const core::PacedSource paced(source, limit, context);
  const TrailingChecksum trailing(paced);
  std::vector<std::string> sent;
  for (std::uint64_t at = 0; at < trailing.size(); at += sent.back().size()) {
    std::string buffer(4096, '\0');
    buffer.resize(trailing.read_at(at, buffer).value());
    REQUIRE_FALSE(buffer.empty());
    sent.push_back(buffer);
  }
  CHECK(sent == std::vector<std::string>{"9\r\n123", "456", "789" + kSent.substr(12)});
}

TEST_CASE("of a source that shrank or grew no trailer goes out") {
  for (const auto& [data, relation] : {std::pair("12345678", "fewer"), std::pair("1234567890", "more")}) {
    const WrongSource source(data);
    const auto read = read_all(TrailingChecksum(source), 4096);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::io);
    CHECK(read.error().message == fmt::format("the source has {} than the 9 bytes it announced", relation));
  }
}

TEST_CASE("bytes that are skipped are never trusted") {
  const StringSource source("123456789");
  const TrailingChecksum trailing(source);
  std::string buffer(20, '\0');
  CHECK(trailing.read_at(5, buffer).error().message == "a body with a trailer was not read in order");
}

TEST_CASE("no checksum goes out that is not of all bytes") {
  const StringSource source("123456789");
  const TrailingChecksum trailing(source);
  std::string buffer(20, '\0');
  CHECK(trailing.read_at(12, buffer).error().message == "a body with a trailer was not read in order");
  REQUIRE(trailing.read_at(0, {buffer.data(), 7}).value() == 7);
  CHECK(trailing.read_at(14, buffer).error().message == "a body with a trailer was not read in order");
  CHECK(read_all(trailing, 20).value() == kSent);
}

TEST_CASE_FIXTURE(Fixture, "a stream is read once: its checksum follows it, and the payload is unsigned") {
  const WrongSource source("123456789");
  std::string body;
  transport->then(taking(body, reply(200, kStoredWithChecksum)));
  PutOptions options;
  options.content.encoding = "gzip";
  REQUIRE(bucket->put("k", source, options));
  CHECK(body == kSent);
  CHECK(source.bytes_read <= 9 + 1 + 7);  // and a look beyond the end
  CHECK(sent_header(*this, "x-amz-content-sha256") == "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  CHECK(sent_header(*this, "x-amz-decoded-content-length") == "9");
  CHECK(sent_header(*this, "x-amz-trailer") == "x-amz-checksum-crc32c");
  CHECK(sent_header(*this, "content-encoding") == "aws-chunked,gzip");
  CHECK(sent_header(*this, "x-amz-checksum-crc32c").empty());
}

TEST_CASE_FIXTURE(Fixture, "an attempt that fails sends all of it again") {
  const StringSource source("123456789");
  std::string first;
  std::string second;
  transport->then(taking(first, reply(503))).then(taking(second, reply(200, kStoredWithChecksum)));
  REQUIRE(bucket->put("k", source, {}));
  CHECK(first == kSent);
  CHECK(second == kSent);
}

TEST_CASE_FIXTURE(Fixture, "a part is stored with the checksum that followed it") {
  const StringSource source("123456789");
  PutPartRequest part;
  part.key = "k";
  part.upload.value = "u";
  part.number = 1;
  std::string body;
  transport->then(taking(body, reply(200, kStoredWithChecksum)));
  const auto stored = bucket->put_part(part, source).value();
  CHECK(body == kSent);
  CHECK(stored.part.checksum == "4waSgw==");
  CHECK(stored.part.size == 9);
  CHECK(sent_header(*this, "content-encoding") == "aws-chunked");
  transport->then(taking(body, reply(200, {{"ETag", "\"abc\""}, {"x-amz-checksum-crc32c", "AAAAAA=="}})));
  CHECK(bucket->put_part(part, source).error().code == ErrorCode::data_loss);
}

TEST_CASE_FIXTURE(Fixture, "a service that answers before it has all bytes has no object and no part") {
  transport->then(reply(200, kStoredWithChecksum));
  CHECK(bucket->put("k", StringSource("123456789"), {}).error().message ==
        "the service answered before all bytes were sent");
  PutPartRequest part;
  part.key = "k";
  part.upload.value = "u";
  part.number = 1;
  transport->then(reply(200, {{"ETag", "\"abc\""}}));
  const auto error = bucket->put_part(part, StringSource("123456789")).error();
  CHECK(error.code == ErrorCode::unknown);
  CHECK(error.message == "the service answered before all bytes were sent");
}

TEST_CASE_FIXTURE(Fixture, "what lies in memory, or is nothing, has its checksum in a header") {
  transport->then(reply(200, {{"ETag", "\"abc\""}}), 2);
  REQUIRE(bucket->put("k", MemorySource("123456789"), {}));
  CHECK(sent_header(*this, "x-amz-checksum-crc32c") == "4waSgw==");
  CHECK(sent_header(*this, "x-amz-trailer").empty());
  REQUIRE(bucket->put("k", StringSource(""), {}));
  CHECK(sent_header(*this, "x-amz-checksum-crc32c") == "AAAAAA==");
  CHECK(sent_header(*this, "x-amz-trailer").empty());
}

TEST_CASE("only AWS is sent trailers, with credentials, and by a way on which nobody can change them") {
  const StringSource source("123456789");
  const auto trailer_at = [&](S3Options options) {
    options.region = "us-west-2";
    options.allow_http = true;
    const Fixture fixture(std::move(options));
    std::string body;
    fixture.transport->then(taking(body, reply(200, kStoredWithChecksum)));
    REQUIRE(fixture.bucket->put("k", source, {}));
    return sent_header(fixture, "x-amz-trailer");
  };
  CHECK_FALSE(trailer_at(Fixture::at("https://objects.example", S3Server::aws)).empty());
  CHECK_FALSE(trailer_at(Fixture::at("http://127.0.0.1:9", S3Server::aws)).empty());
  CHECK(trailer_at(Fixture::at("http://objects.example", S3Server::aws)).empty());
  CHECK(trailer_at(Fixture::at("https://objects.example", S3Server::generic)).empty());
  CHECK(trailer_at(Fixture::at("https://objects.example", S3Server::ceph)).empty());
  S3Options anonymous = Fixture::at("https://objects.example", S3Server::aws);
  anonymous.anonymous = true;
  CHECK(trailer_at(std::move(anonymous)).empty());
}

TEST_CASE("a limit counts what is sent, not what is read before for checksum and signature") {
  S3Options options = Fixture::at("http://objects.example", S3Server::aws);
  options.region = "us-west-2";
  options.allow_http = true;
  const Fixture fixture(std::move(options));
  std::string body;
  fixture.transport->then(taking(body, reply(200, kStoredWithChecksum)));
  cloudkit::test::VirtualTime time;
  const BandwidthLimit limit = time.limit(9);
  const MemorySource source("123456789");
  const Context context;
  REQUIRE(fixture.bucket->put("k", core::PacedSource(source, limit, context), {}));
  CHECK(body == "123456789");
  CHECK(sent_header(fixture, "x-amz-checksum-crc32c") == "4waSgw==");
  CHECK(sent_header(fixture, "x-amz-content-sha256").size() == 64);
  CHECK(time.seconds() == doctest::Approx(1 - 0.1));
}
