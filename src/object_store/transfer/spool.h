#pragma once

#include <cloudkit/io.h>

#include <memory>
#include <string>

namespace cloudkit::inline v0::object_store {

/// Bytes of an object that must go out in one request before anybody knows how many they are: in a file
/// without a name, in the directory for temporary files, which ends with its owner, however that ends.
class Spool final : public Source {
 public:
  /// Errors: `io`.
  static Result<std::unique_ptr<Spool>> create();
  ~Spool() override;

  Status append(Bytes bytes);
  std::uint64_t size() const noexcept override { return size_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override;

 private:
  Spool(int fd, std::string directory) : fd_(fd), name_("a temporary file in " + std::move(directory)) {}
  const int fd_;
  const std::string name_;  // For errors.
  std::uint64_t size_ = 0;
};

}  // namespace cloudkit::inline v0::object_store
