#include "core/source_chunks.h"

#include "support/driver_io.h"

using namespace cloudkit;

namespace {

struct Contiguous final : Source {
  explicit Contiguous(std::string_view text, std::uint64_t announced) : bytes(text), announced_size(announced) {}
  std::uint64_t size() const noexcept override { return announced_size; }
  Result<std::size_t> read_at(std::uint64_t, std::span<char>) const override { return std::size_t{0}; }
  std::optional<Bytes> contiguous() const override { return bytes; }
  Bytes bytes;
  std::uint64_t announced_size;
};

Result<std::string> read(const Source& source, const Context& context = {}) {
  std::string out;
  const Status status = core::read_source(source, context, [&](Bytes chunk) -> Status {
    CHECK(chunk.size() <= core::kChunkSize);
    out.append(chunk.view());
    return {};
  });
  if (!status) return status.error();
  return out;
}

}  // namespace

TEST_CASE("a source arrives whole and in order, in chunks") {
  std::string data(3 * core::kChunkSize + 7, 'x');
  data[core::kChunkSize] = 'y';
  CHECK(read(::test::StringSource(data)).value() == data);
  CHECK(read(Contiguous(data, data.size())).value() == data);
  CHECK(read(::test::StringSource("")).value().empty());
}

TEST_CASE("a source with fewer or more bytes than it announced is an error") {
  CHECK(read(::test::StringSource("abc", 4)).error().message == "the source has fewer than the 4 bytes it announced");
  CHECK(read(::test::StringSource("abc", 2)).error().message == "the source has more than the 2 bytes it announced");
  CHECK(read(::test::StringSource("abc", 0)).error().code == ErrorCode::io);
  CHECK(read(Contiguous("abc", 4)).error().code == ErrorCode::io);
  CHECK(read(Contiguous("abc", 2)).error().code == ErrorCode::io);
}

TEST_CASE("a cancelled context and a refusing taker end the reading") {
  const Context context = Context::cancellable();
  context.cancel();
  CHECK(read(::test::StringSource("abc"), context).error().code == ErrorCode::cancelled);
  const Status status = core::read_source(::test::StringSource("abc"), {}, [](Bytes) -> Status {
    Error error;
    error.message = "full";
    return error;
  });
  CHECK(status.error().message == "full");
}
