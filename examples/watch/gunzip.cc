#include "gunzip.h"

#include <zlib.h>

#include <array>
#include <utility>

struct Gunzip::Inflater {
  // 15: the largest window; 16: gzip and nothing else. https://zlib.net/manual.html
  Inflater() { ok = inflateInit2(&stream, 15 + 16) == Z_OK; }
  ~Inflater() { inflateEnd(&stream); }
  z_stream stream{};
  bool ok = false;
  bool between_members = false;
};

Gunzip::Gunzip(std::function<void(std::string_view)> take) : take_(std::move(take)) {}
Gunzip::~Gunzip() = default;

cloudkit::Status Gunzip::write(std::string_view bytes) {
  // No line of a log begins with the first byte of gzip.
  if (!std::exchange(begun_, begun_ || !bytes.empty()) && bytes.starts_with('\x1f')) {
    inflater_ = std::make_unique<Inflater>();
  }
  if (inflater_ == nullptr) return take_(bytes), cloudkit::Status();
  z_stream& stream = inflater_->stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::array<char, 65536> out;
  do {
    // Padding of tapes and blocks, which gzip(1) takes as well.
    while (inflater_->between_members && stream.avail_in > 0 && *stream.next_in == 0) {
      ++stream.next_in;
      --stream.avail_in;
    }
    if (inflater_->between_members && stream.avail_in == 0) return {};
    if (inflater_->between_members) {
      inflateReset(&stream);
      inflater_->between_members = false;
    }
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = out.size();
    const int result = inflater_->ok ? inflate(&stream, Z_NO_FLUSH) : Z_MEM_ERROR;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      return cloudkit::Error(cloudkit::ErrorCode::data_loss, "it is damaged: not what gzip made");
    }
    take_({out.data(), out.size() - stream.avail_out});
    inflater_->between_members = result == Z_STREAM_END;
  } while (stream.avail_in > 0 || stream.avail_out == 0);
  return {};
}

cloudkit::Status Gunzip::finish() const {
  if (inflater_ == nullptr || inflater_->between_members) return {};
  return cloudkit::Error(cloudkit::ErrorCode::data_loss, "its end is missing");
}
