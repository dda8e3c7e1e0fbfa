#include "codec/gzip.h"

#include "core/fail.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace cloudkit::inline v0::codec {
namespace {

// zlib counts in unsigned int.
constexpr std::size_t kPiece = std::numeric_limits<uInt>::max() / 2;

Error cannot_compress() { return core::fail(ErrorCode::unknown, "zlib cannot compress: no memory"); }

}  // namespace

// Without a name and a time, which zlib leaves out. https://www.rfc-editor.org/rfc/rfc1952#section-2.3
Result<std::string> gzip(std::string_view data) {
  constexpr int kLargestWindow = 15;
  constexpr int kAsGzip = 16;  // https://zlib.net/manual.html#Advanced
  z_stream stream = {};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kLargestWindow + kAsGzip, MAX_MEM_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return cannot_compress();
  }
  std::string compressed(deflateBound(&stream, data.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));  // NOLINT: zlib only reads
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  int status = Z_OK;
  while (status == Z_OK) {
    const std::size_t in = std::min<std::size_t>(data.size() - stream.total_in, kPiece);
    stream.avail_in = static_cast<uInt>(in);
    stream.avail_out = static_cast<uInt>(std::min<std::size_t>(compressed.size() - stream.total_out, kPiece));
    status = deflate(&stream, stream.total_in + in == data.size() ? Z_FINISH : Z_NO_FLUSH);
  }
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) return cannot_compress();
  return compressed;
}

}  // namespace cloudkit::inline v0::codec
