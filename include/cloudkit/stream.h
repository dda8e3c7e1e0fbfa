#pragma once

#include <cloudkit/object_stream.h>

#include <istream>
#include <memory>
#include <ostream>

/// Objects as iostreams, for code that has only those. `bad()` says that an error has happened, `status()` which one.
/// With `exceptions(std::ios::badbit)` it is thrown as `std::ios_base::failure`, as by any stream.
namespace cloudkit::inline v0 {

/// Writes an object: `ObjectOStream out(bucket.open_writer("k").value()); out << …; out.finish().value();`
/// Without `finish`, the only thing that tells whether it is there, the object does not appear. `tellp` works, seeking
/// does not. `flush` hands what was written to the writer, and no further.
class CLOUDKIT_API ObjectOStream : public std::ostream {
 public:
  explicit ObjectOStream(ObjectWriter writer);  ///< Takes the writer over.
  ~ObjectOStream() override;

  /// As `ObjectWriter::finish`. Nothing can be written afterwards. Where the stream has failed for another reason than
  /// its writer, `invalid_argument`, and no object: something that was to be written was not.
  Result<ObjectInfo> finish();
  /// As `ObjectWriter::abandon`.
  Status abandon();
  /// Success, or the first error.
  const Status& status() const noexcept;

 private:
  class Buffer;
  const std::unique_ptr<Buffer> buffer_;
};

/// Reads an object: `ObjectIStream in(bucket.open_reader("k").value()); for (std::string line; getline(in, line);) …;
/// if (in.bad()) fail(in.status().error());`. `seekg` and `tellg` work, also past the end.
class CLOUDKIT_API ObjectIStream : public std::istream {
 public:
  explicit ObjectIStream(ObjectReader reader);  ///< Takes the reader over.
  ~ObjectIStream() override;

  /// Of the object, as the first reply described it.
  const ObjectInfo& info() const noexcept;
  /// Success, or the first error. After `clear()` a read is tried again.
  const Status& status() const noexcept;

 private:
  class Buffer;
  const std::unique_ptr<Buffer> buffer_;
};

}  // namespace cloudkit::inline v0
