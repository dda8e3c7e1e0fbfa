#include "core/fail.h"

#include <cloudkit/stream.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <streambuf>
#include <utility>
#include <vector>

namespace cloudkit::inline v0 {
namespace {

constexpr std::size_t kBufferSize = std::size_t{64} << 10;

constexpr std::streamoff kFailed = -1;

// Where a seek leads; nothing when that is no position.
std::optional<std::uint64_t> target_of(std::streamoff offset, std::uint64_t base) {
  if (offset < 0) {
    const auto back = std::uint64_t{0} - static_cast<std::uint64_t>(offset);
    return back <= base ? std::optional(base - back) : std::nullopt;
  }
  const auto most = static_cast<std::uint64_t>(std::numeric_limits<std::streamoff>::max());
  const auto forward = static_cast<std::uint64_t>(offset);
  return base <= most - forward ? std::optional(base + forward) : std::nullopt;
}

}  // namespace

class ObjectOStream::Buffer final : public std::streambuf {
 public:
  explicit Buffer(ObjectWriter writer) : writer_(std::move(writer)), space_(kBufferSize) { empty(); }

  Result<ObjectInfo> finish(bool failed) {
    if (!failed) drain();
    end();
    if (!status_) return status_.error();
    if (failed) {
      (void)writer_.abandon();
      return core::invalid_argument("the stream has failed: something that was to be written was not",
                                    "look at its state, and do not seek");
    }
    auto info = writer_.finish();
    if (!info) status_ = info.error();
    return info;
  }
  Status abandon() {
    end();
    return writer_.abandon();
  }
  const Status& status() const noexcept { return status_; }

 protected:
  int_type overflow(int_type c) override {
    if (traits_type::eq_int_type(c, traits_type::eof())) return drain() ? traits_type::not_eof(c) : c;
    const char one = traits_type::to_char_type(c);
    return xsputn(&one, 1) == 1 ? c : traits_type::eof();
  }
  std::streamsize xsputn(const char* data, std::streamsize count) override {
    const auto size = static_cast<std::size_t>(count);
    if (size <= static_cast<std::size_t>(epptr() - pptr())) {
      std::copy_n(data, size, pptr());
      pbump(static_cast<int>(size));
      return count;
    }
    // Together they are more than the buffer: the writer has one that is large enough for both.
    return drain() && write({data, size}) ? count : 0;
  }
  int sync() override { return drain() ? 0 : -1; }
  pos_type seekoff(off_type offset, std::ios_base::seekdir direction, std::ios_base::openmode) override {
    if (offset != 0 || direction != std::ios_base::cur) return pos_type(kFailed);
    return pos_type(static_cast<off_type>(writer_.size()) + (pptr() - pbase()));
  }

 private:
  bool drain() {
    const Bytes kept(pbase(), static_cast<std::size_t>(pptr() - pbase()));
    empty();
    return write(kept);
  }
  bool write(Bytes data) {
    if (status_ && !data.empty()) status_ = writer_.write(data);
    return status_.has_value();
  }
  void empty() { setp(space_.data(), space_.data() + space_.size()); }
  // Nothing is kept any more: what is still written meets the writer, which says that it has ended.
  void end() {
    space_.clear();
    empty();
  }

  ObjectWriter writer_;
  std::vector<char> space_;
  Status status_;
};

ObjectOStream::ObjectOStream(ObjectWriter writer)
    : std::ostream(nullptr), buffer_(std::make_unique<Buffer>(std::move(writer))) {
  rdbuf(buffer_.get());  // Which clears the state.
}

ObjectOStream::~ObjectOStream() = default;

Result<ObjectInfo> ObjectOStream::finish() {
  auto info = buffer_->finish(fail());
  if (!info) setstate(std::ios_base::badbit);
  return info;
}

Status ObjectOStream::abandon() { return buffer_->abandon(); }

const Status& ObjectOStream::status() const noexcept { return buffer_->status(); }

class ObjectIStream::Buffer final : public std::streambuf {
 public:
  Buffer(std::istream& stream, ObjectReader reader)
      : stream_(stream), reader_(std::move(reader)), space_(kBufferSize) {}

  const ObjectInfo& info() const noexcept { return reader_.info(); }
  const Status& status() const noexcept { return status_; }

 protected:
  int_type underflow() override {
    const std::size_t count = received(reader_.read_some(space_));
    setg(space_.data(), space_.data(), space_.data() + count);
    return count == 0 ? traits_type::eof() : traits_type::to_int_type(*gptr());
  }
  std::streamsize xsgetn(char* out, std::streamsize wanted) override {
    std::streamsize done = take(out, wanted);
    while (done < wanted) {
      const auto left = static_cast<std::size_t>(wanted - done);
      // Little more goes through the buffer, so that what is read bit by bit is not fetched bit by bit.
      if (left >= space_.size()) {
        setg(nullptr, nullptr, nullptr);  // What it holds does not lie before the reader's position any more.
        return done + static_cast<std::streamsize>(received(reader_.read({out + done, left})));
      }
      if (traits_type::eq_int_type(underflow(), traits_type::eof())) break;
      done += take(out + done, wanted - done);
    }
    return done;
  }
  std::streamsize showmanyc() override { return reader_.tell() < reader_.size() ? 0 : -1; }
  pos_type seekoff(off_type offset, std::ios_base::seekdir direction, std::ios_base::openmode) override {
    const std::uint64_t here = reader_.tell() - static_cast<std::uint64_t>(egptr() - gptr());
    const std::uint64_t base = direction == std::ios_base::beg   ? 0
                               : direction == std::ios_base::cur ? here
                                                                 : reader_.size();
    const auto target = target_of(offset, base);
    if (!target) return pos_type(kFailed);
    go_to(*target);
    return pos_type(static_cast<off_type>(*target));
  }
  pos_type seekpos(pos_type position, std::ios_base::openmode mode) override {
    return seekoff(off_type(position), std::ios_base::beg, mode);
  }

 private:
  std::streamsize take(char* out, std::streamsize most) {
    const auto count = std::min(most, static_cast<std::streamsize>(egptr() - gptr()));
    std::copy_n(gptr(), count, out);
    gbump(static_cast<int>(count));
    return count;
  }
  void go_to(std::uint64_t target) {
    const std::uint64_t begin = reader_.tell() - static_cast<std::uint64_t>(egptr() - eback());
    if (target >= begin && target <= reader_.tell()) {
      setg(eback(), eback() + (target - begin), egptr());
      return;
    }
    reader_.seek(target);
    setg(nullptr, nullptr, nullptr);
  }
  // An istream takes 0 for the end: only the stream itself can be told that there was an error.
  std::size_t received(Result<std::size_t> count) {
    if (count) return *count;
    if (status_) status_ = std::move(count).error();
    stream_.setstate(std::ios_base::badbit);
    return 0;
  }

  std::istream& stream_;
  ObjectReader reader_;
  std::vector<char> space_;
  Status status_;
};

ObjectIStream::ObjectIStream(ObjectReader reader)
    : std::istream(nullptr), buffer_(std::make_unique<Buffer>(*this, std::move(reader))) {
  rdbuf(buffer_.get());  // Which clears the state.
}

ObjectIStream::~ObjectIStream() = default;

const ObjectInfo& ObjectIStream::info() const noexcept { return buffer_->info(); }

const Status& ObjectIStream::status() const noexcept { return buffer_->status(); }

}  // namespace cloudkit::inline v0
