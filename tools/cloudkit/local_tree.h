#pragma once

#include "fd_source.h"

#include <cloudkit/io.h>
#include <cloudkit/result.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cloudkit::tool {

/// Whether `name` may be the path of a file below a directory: relative, without `.` and `..`,
/// `//`, backslash and NUL. Errors: `invalid_argument`, saying why not.
Status check_relative(std::string_view name);

/// A file that appears under its name whole, by `publish`, or not at all.
class NewFile final : public Sink {
 public:
  /// `mode`: what it gets by `publish`, the permissions of the file that it replaces.
  NewFile(UniqueFd directory, UniqueFd file, std::string temporary, std::string name, std::optional<mode_t> mode);
  ~NewFile() override;

  Status write(Bytes chunk) override;
  /// Errors: `io`; `precondition_failed` when there is a file and `only_if_absent`. `durable`: its name outlives a
  /// loss of power, too.
  Status publish(bool only_if_absent, bool durable = false);

 private:
  bool rename_if_absent();

  UniqueFd directory_;
  UniqueFd file_;
  const std::string temporary_;
  const std::string name_;
  const std::optional<mode_t> mode_;
  bool published_ = false;
};

/// A directory, below which files are opened step by step from its descriptor: no symbolic link
/// in it, planted before or meanwhile, leads out of it. Thread-safe.
class LocalTree {
 public:
  /// Errors: `io`, `not_found`.
  static Result<LocalTree> open(const std::string& path);
  /// The directory that a file is in, and "." of a bare name. Errors: as `open`.
  static Result<LocalTree> open_parent_of(const std::string& path);
  /// Makes the directory, and those above it. `durable`: they outlive a loss of power, as do those that are made below.
  /// Errors: `io`.
  static Result<LocalTree> create(const std::string& path, bool durable = false);

  /// Errors: `io`; what is not a regular file.
  Result<std::unique_ptr<Source>> read(const std::string& name) const;
  /// Makes the directories above it. Errors: `io`, and those of `check_relative`.
  Result<std::unique_ptr<NewFile>> write(const std::string& name) const;
  Status make_directory(const std::string& name) const;
  bool exists(const std::string& name) const;

  /// A file as it is now.
  struct Identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t changed = 0;  ///< Nanoseconds.
    bool operator==(const Identity&) const = default;
  };
  /// Errors: `io`; `not_found`; what is not a regular file.
  Result<Identity> identify(const std::string& name) const;
  /// Errors: `conflict` when it is not that file any more; `io`.
  Status remove(const std::string& name, const Identity& identity) const;
  /// Those below, and itself. What is not empty stays.
  void remove_empty_directories() const;

  struct Visitor {
    std::function<void(const std::string& name)> file;
    std::function<void(const std::string& name, const std::string& why)> skipped;
    std::function<void(const Error& error)> failed;
    std::function<bool()> stop;
  };
  /// Every file below, by path, in byte order within each directory. Links are not followed.
  void walk(const Visitor& visitor) const;

  std::string path_of(std::string_view name) const;

 private:
  LocalTree(UniqueFd root, std::string path) : root_(std::move(root)), path_(std::move(path)) {}
  Result<UniqueFd> open_directory(std::string_view name, bool create) const;
  void walk_below(const std::string& directory, const Visitor& visitor) const;

  UniqueFd root_;
  std::string path_;
  bool durable_ = false;
};

}  // namespace cloudkit::tool
