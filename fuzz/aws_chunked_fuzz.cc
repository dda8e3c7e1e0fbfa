// A body with its checksum behind it, read in any steps and taken apart again by a decoder of its own. The first byte
// says how many reads there are and whether the source is one of another size than it says; two bytes are each read.
#include "aws/s3/trailing_checksum.h"
#include "core/encode.h"
#include "crypto/crc_paths.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace cloudkit;
using namespace cloudkit::aws::s3;

namespace {

constexpr std::uint64_t kBlockSize = 3000;

void require(bool condition) {
  if (!condition) std::abort();
}

unsigned take_byte(std::string_view& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  return byte;
}

// Repeats its bytes up to a size, and may give fewer at once than it is asked for.
class RepeatedSource final : public Source {
 public:
  RepeatedSource(std::string_view pattern, std::uint64_t size, std::uint64_t announced, std::size_t most)
      : announced_(announced), most_(most) {
    while (data_.size() < size) data_ += pattern.empty() ? std::string_view("\0", 1) : pattern;
    data_.resize(size);
  }
  std::uint64_t size() const noexcept override { return announced_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    if (offset >= data_.size()) return std::size_t{0};
    return data_.copy(out.data(), std::min(out.size(), most_), static_cast<std::size_t>(offset));
  }
  const std::string& data() const noexcept { return data_; }

 private:
  std::string data_;
  std::uint64_t announced_;
  std::size_t most_;
};

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::string big_endian_base64(std::uint32_t crc) {
  unsigned char bytes[4];
  for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<unsigned char>(crc >> (24 - 8 * i));
  return core::base64_encode(bytes);
}

// By https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html: chunks, an empty one, the trailer.
std::string decode(std::string_view body, std::string& checksum) {
  std::string decoded;
  for (;;) {
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), size, 16);
    require(error == std::errc());
    body.remove_prefix(static_cast<std::size_t>(end - body.data()));
    require(take_prefix(body, "\r\n"));
    if (size == 0) break;
    require(size <= body.size());
    decoded += body.substr(0, size);
    body.remove_prefix(size);
    require(take_prefix(body, "\r\n"));
  }
  require(take_prefix(body, "x-amz-checksum-crc32c:"));
  checksum = body.substr(0, body.find('\r'));
  body.remove_prefix(checksum.size());
  require(body == "\r\n\r\n");
  return decoded;
}

void check_whole(const std::string& body, const TrailingChecksum& trailing, const RepeatedSource& source) {
  require(body.size() == trailing.size() && trailing.was_read());
  std::string checksum;
  require(decode(body, checksum) == source.data());
  require(checksum == trailing.header());
  require(checksum == big_endian_base64(crypto::crc32c_portable(0, source.data())));
}

// From the start to the end, by reads of `steps` in turn; "" when the source was not what it said.
std::string read_whole(const TrailingChecksum& trailing, const std::vector<std::size_t>& steps) {
  std::string body;
  std::string buffer;
  for (std::size_t i = 0; body.size() < trailing.size(); ++i) {
    buffer.resize(1 + steps[i % steps.size()]);
    const auto count = trailing.read_at(body.size(), buffer);
    if (!count) return {};
    // A source that is paced gives less than was asked for.
    require(*count > 0 && *count <= std::min<std::uint64_t>(buffer.size(), trailing.size() - body.size()));
    body.append(buffer, 0, *count);
  }
  require(trailing.read_at(trailing.size(), buffer).value() == 0);
  return body;
}

// Anywhere, as no transport does: what is read is a piece of the true body, or an error.
void check_jumps(const TrailingChecksum& trailing, const std::string& body, const std::vector<std::size_t>& places) {
  std::string buffer;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::size_t offset = places[i] % (body.size() + 2);
    buffer.resize(1 + places[(i + 1) % places.size()] % kBlockSize);
    const auto count = trailing.read_at(offset, buffer);
    if (!count) continue;
    const std::string_view expected = std::string_view(body).substr(std::min(offset, body.size()), buffer.size());
    require((*count == 0) == expected.empty());
    require(*count <= expected.size() && std::string_view(buffer).substr(0, *count) == expected.substr(0, *count));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const unsigned kind = take_byte(input);
  std::vector<std::size_t> steps(1 + (kind & 15));
  for (std::size_t& step : steps) step = take_byte(input) + 256 * (take_byte(input) % 32);
  const std::uint64_t length = 1 + take_byte(input) + 256 * (take_byte(input) % 16);
  const std::uint64_t announced = (kind & 16) != 0 ? 1 + take_byte(input) : length;
  const std::size_t most = (kind & 32) != 0 ? 1 + take_byte(input) : kBlockSize;
  const RepeatedSource source(input, length, announced, most);

  const TrailingChecksum trailing(source);
  const std::string body = read_whole(trailing, steps);
  require(body.empty() == (announced != length));
  if (body.empty()) return 0;
  check_whole(body, trailing, source);
  check_jumps(trailing, body, steps);
  require(read_whole(trailing, steps) == body);
  // Jumps before anything was read.
  check_jumps(TrailingChecksum(source), body, steps);
  return 0;
}
