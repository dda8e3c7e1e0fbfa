#pragma once

#include <cloudkit/bytes.h>
#include <cloudkit/result.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace cloudkit::inline v0 {

/// Names a local file where bytes would be ambiguous: `put("k", File{"a.bin"})`.
struct File {
  std::string path = {};  ///< Relative ones to the working directory.
};

/// Bytes that can be read more than once, which is what makes a retry free. `size()` and
/// `read_at()` may be called from several threads at once.
class CLOUDKIT_API Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source();

  virtual std::uint64_t size() const noexcept = 0;  ///< Bytes of all of it, the same at each call.
  /// Fills `out` from `offset` on and returns how many bytes it wrote: less than `out.size()`
  /// only at the end. Errors: `io`.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const = 0;
  /// All bytes at once, where they lie in memory anyway.
  virtual std::optional<Bytes> contiguous() const { return std::nullopt; }
};

/// Receives bytes in order. Called from one thread at a time, not always the caller's own.
class CLOUDKIT_API Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink();

  /// Takes all of `chunk`, which is valid during the call only. An error stops the transfer
  /// and is what the transfer returns.
  virtual Status write(Bytes chunk) = 0;
};

}  // namespace cloudkit::inline v0
