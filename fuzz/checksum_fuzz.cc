// Checksums of pieces against the checksum of the whole, which is also worked out bit by bit. The first byte says how
// many cuts there are, two bytes each say where; the rest is the data.
#include "crypto/checksum.h"
#include "crypto/crc.h"
#include "crypto/crc_math.h"
#include "crypto/crc_paths.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

using namespace cloudkit;
using namespace cloudkit::crypto;

namespace {

using Pieces = std::vector<std::string_view>;

void require(bool condition) {
  if (!condition) std::abort();
}

// Of up to `size` bytes, the lowest first.
std::uint64_t take_number(std::string_view& input, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size && !input.empty(); ++i) {
    number |= std::uint64_t{static_cast<unsigned char>(input.front())} << (8 * i);
    input.remove_prefix(1);
  }
  return number;
}

Pieces cut(std::string_view input) {
  std::vector<std::uint64_t> places(take_number(input, 1) % 16);
  for (std::uint64_t& place : places) place = take_number(input, 2);
  // Each behind the one before, all within the data: empty pieces too.
  for (std::uint64_t& place : places) place %= input.size() + 1;
  std::sort(places.begin(), places.end());
  places.push_back(input.size());
  Pieces pieces;
  std::size_t begin = 0;
  for (const std::uint64_t end : places) {
    pieces.push_back(input.substr(begin, end - begin));
    begin = end;
  }
  return pieces;
}

template <class Crc>
Crc bit_by_bit(std::string_view data) {
  Crc crc = ~Crc{0};
  for (const char byte : data) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = times_x(crc);
  }
  return ~crc;
}

template <class Crc>
using Combine = Crc (*)(Crc, Crc, std::uint64_t) noexcept;

template <class Crc>
void check_pieces(const Pieces& pieces, Crc whole, const CrcPath<Crc>& path, Combine<Crc> combine) {
  Crc continued = 0;
  Crc from_front = 0;
  for (const std::string_view piece : pieces) {
    continued = path.update(continued, piece);
    from_front = combine(from_front, path.update(0, piece), piece.size());
  }
  Crc from_back = 0;
  std::uint64_t size_behind = 0;
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
    from_back = combine(path.update(0, *piece), from_back, size_behind);
    size_behind += piece->size();
  }
  require(continued == whole && from_front == whole && from_back == whole);
}

void check_running(const Pieces& pieces, Checksum::Algorithm algorithm, std::uint64_t whole) {
  RunningChecksum updated(algorithm);
  RunningChecksum appended(algorithm);
  for (const std::string_view piece : pieces) {
    updated.update(piece);
    RunningChecksum next(algorithm);
    next.update(piece);
    appended.append(next);
  }
  RunningChecksum halved(algorithm);
  RunningChecksum second(algorithm);
  for (std::size_t i = 0; i < pieces.size(); ++i) (i < pieces.size() / 2 ? halved : second).update(pieces[i]);
  halved.append(second);
  for (const RunningChecksum& checksum : {updated, appended, halved}) {
    require(checksum.value() == whole && checksum.matches({algorithm, whole}) && checksum.matches({}));
    const bool any = algorithm == Checksum::Algorithm::none;
    require(checksum.matches({algorithm, whole ^ 1}) == any);
  }
}

// Three runs of any CRCs and of lengths that nobody could read: it makes no difference which two are joined first.
template <class Crc>
void check_lengths(std::string_view input, Combine<Crc> combine) {
  const Crc a = static_cast<Crc>(take_number(input, sizeof(Crc)));
  const Crc b = static_cast<Crc>(take_number(input, sizeof(Crc)));
  const Crc c = static_cast<Crc>(take_number(input, sizeof(Crc)));
  const std::uint64_t length_b = take_number(input, 8) / 2;
  const std::uint64_t length_c = take_number(input, 8) / 2;
  require(combine(a, 0, 0) == a && combine(0, b, length_b) == b);
  require(combine(combine(a, b, length_b), c, length_c) == combine(a, combine(b, c, length_c), length_b + length_c));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Pieces pieces = cut(input);
  const char* begin = pieces.front().data();
  const std::string_view all(begin, static_cast<std::size_t>(input.data() + input.size() - begin));
  const auto crc32 = bit_by_bit<std::uint32_t>(all);
  const auto crc64 = bit_by_bit<std::uint64_t>(all);
  require(crc32c(0, all) == crc32 && crc64nvme(0, all) == crc64);
  for (const auto& path : crc32c_paths()) check_pieces<std::uint32_t>(pieces, crc32, path, crc32c_combine);
  for (const auto& path : crc64nvme_paths()) check_pieces<std::uint64_t>(pieces, crc64, path, crc64nvme_combine);
  check_running(pieces, Checksum::Algorithm::crc32c, crc32);
  check_running(pieces, Checksum::Algorithm::crc64nvme, crc64);
  check_running(pieces, Checksum::Algorithm::none, 0);
  check_lengths<std::uint32_t>(input, crc32c_combine);
  check_lengths<std::uint64_t>(input, crc64nvme_combine);
  return 0;
}
