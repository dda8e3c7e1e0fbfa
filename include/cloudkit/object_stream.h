#pragma once

#include <cloudkit/bytes.h>
#include <cloudkit/object_types.h>
#include <cloudkit/result.h>

#include <cstdint>
#include <memory>
#include <span>

/// Objects that are written and read piece by piece. For iostreams: cloudkit/stream.h.
namespace cloudkit::inline v0 {

/// Writes one object, from `Bucket::open_writer`. It appears whole when `finish` succeeds, and not at all
/// otherwise (after an error with `may_have_happened`: perhaps): a writer that ends without `finish` is abandoned, as
/// on an early return. What fits into one part
/// (`TransferOptions::part_size`, else 8 MiB) is one plain put; more is sent in parts, by threads of the writer's own,
/// while the next one is written. Memory: at most `workers` + 1 parts. Where a backend takes no parts, or not with the
/// condition, the bytes wait in a nameless file in TMPDIR. For one thread at a time.
class CLOUDKIT_API ObjectWriter {
 public:
  ObjectWriter(ObjectWriter&&) noexcept;
  /// Abandons what it was writing.
  ObjectWriter& operator=(ObjectWriter&&) noexcept;
  /// Abandons what is not finished. May take as long as `abandon`.
  ~ObjectWriter();

  /// Adds all of `data`, which need not stay. Waits while all workers are busy. Errors: those of a put, at this call
  /// or a later one; after one the object is abandoned, and every call returns it. `invalid_argument` once finished.
  Status write(Bytes data);
  /// Bytes written so far.
  std::uint64_t size() const noexcept;
  /// Sends the rest and makes the object appear. Called again, it answers the same. Errors: those of a put, also
  /// `precondition_failed` of the condition; `cancelled` when it was abandoned.
  Result<ObjectInfo> finish();
  /// Takes back what was sent, within `TransferOptions::cleanup_timeout`. Does nothing once it has ended. Errors:
  /// parts may have stayed at the service, which costs money.
  Status abandon();

 private:
  friend class Bucket;
  struct State;
  explicit ObjectWriter(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

/// Reads one object as a file is read, from `Bucket::open_reader`. All that it reads is of the content that it was
/// opened on: once the object has been replaced, `precondition_failed`, or `not_found` once it is removed. A connection
/// that breaks is resumed where it broke. Read in order, it comes in larger and larger blocks, of up to 8 MiB
/// (`TransferOptions::part_size`), and from a remote backend the next ones are fetched ahead by threads of the reader's
/// own, at most `workers`. A reader that rests holds no connection. What is read from beginning to end is compared with
/// the checksum that the service keeps, before the last block is given away. For one thread at a time.
class CLOUDKIT_API ObjectReader {
 public:
  ObjectReader(ObjectReader&&) noexcept;
  ObjectReader& operator=(ObjectReader&&) noexcept;
  ~ObjectReader();

  /// Of the object, as the first reply described it.
  const ObjectInfo& info() const noexcept;
  std::uint64_t size() const noexcept;  ///< Of the whole object, in bytes.

  /// Fills `out`; returns less than `out.size()` only at the object's end, 0 at or past it. Errors: as `Bucket::get`;
  /// the position is then what it was, and the call may be repeated.
  Result<std::size_t> read(std::span<char> out);
  /// As `read`, but returns what has arrived: at least one byte, except at the end.
  Result<std::size_t> read_some(std::span<char> out);
  /// Where the next read begins.
  std::uint64_t tell() const noexcept;
  /// From the beginning. May lie past the end. Makes no request.
  void seek(std::uint64_t position) noexcept;

 private:
  friend class Bucket;
  struct State;
  explicit ObjectReader(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace cloudkit::inline v0
