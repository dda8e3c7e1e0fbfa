#pragma once

#include <cloudkit/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// Zips in memory. Part of the component `functions`: it links libzip.
namespace cloudkit::inline v0::codec {

/// A file to be packed; a directory when `name` ends with '/'.
struct ZipFile {
  std::string name = {};
  unsigned mode = 0644;  ///< Permission bits.
  std::string contents = {};
};

/// The same files make the same bytes, in whatever order they are given, as long as zlib is the same: sorted, deflated,
/// dated 1980, with unix modes. Errors: `invalid_argument` for names that `ZipReader` would refuse.
Result<std::string> write_zip(std::vector<ZipFile> files);

enum class ZipEntryKind { file, directory, symlink };

struct ZipEntry {
  std::string name = {};  ///< A path of plain names; a directory's without the '/' at its end.
  ZipEntryKind kind = ZipEntryKind::file;
  unsigned mode = 0;  ///< Permission bits; 0644 or 0755 where the zip has none.
  std::uint64_t size = 0;
};

struct ZipLimits {
  std::size_t max_entries = 100'000;
  std::uint64_t max_size = std::uint64_t{1} << 30;  ///< Of all entries together, unpacked.
};

/// A zip made by strangers. Opening checks all that makes it dangerous to unpack: entries that climb out (`..`,
/// absolute, backslashes, symbolic links that lead out or that others lie below), that come twice, that are both file
/// and directory, encrypted ones, more than the limits or than deflate can hold. One thread at a time.
class ZipReader {
 public:
  /// `zip` must outlive the reader. Errors: `invalid_argument`, naming the entry.
  static Result<ZipReader> open(std::string_view zip, const ZipLimits& limits = {});

  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) noexcept;
  ~ZipReader();

  /// Sorted by name, so that directories come before what is in them.
  const std::vector<ZipEntry>& entries() const noexcept;
  /// The contents of one of `entries()`; of a symbolic link its target. Errors: `invalid_argument` when they are not
  /// what the zip says: other length, other checksum.
  Result<std::string> read(const ZipEntry& entry) const;

 private:
  struct State;
  explicit ZipReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cloudkit::inline v0::codec
