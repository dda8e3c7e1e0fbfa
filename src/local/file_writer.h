#pragma once

#include "core/unique_fd.h"
#include "local/access.h"
#include "local/attributes.h"
#include "local/bucket_dir.h"

#include <cloudkit/bytes.h>

#include <sys/stat.h>

#include <functional>
#include <optional>
#include <string>

namespace cloudkit::inline v0::local {

/// Writes an object beside its place, under a name that no list shows, and gives it its own name
/// at once. Without `commit`, or when that fails, nothing is left.
class FileWriter {
 public:
  /// Makes the key's directories and the file. `bucket` must outlive the writer. Errors:
  /// `not_found` (bucket), `conflict` (a part of the key is an object), `permission_denied`, `io`.
  static Result<FileWriter> create(const BucketDir& bucket, std::string_view key) { return create(bucket, key, 0666); }
  /// The same, with the access of another file (see `take_access`), which has to stay open.
  static Result<FileWriter> create_like(const BucketDir& bucket, std::string_view key, const AccessLike& access);
  FileWriter(FileWriter&& other) noexcept;
  FileWriter& operator=(FileWriter&&) = delete;
  ~FileWriter();

  /// Errors: `io`.
  Status write(Bytes chunk);
  /// `size` bytes of `file` from `offset` on, by the kernel where it can. Errors: `io`, `conflict`
  /// when there are fewer, those of the context.
  Status copy_from(int file, std::uint64_t offset, std::uint64_t size, const Context& context);

  /// Also once it is committed: the object's.
  int file() const noexcept { return file_.get(); }

  /// What goes as the object comes, under the same lock: `begin` may still refuse, `end` is called
  /// once the object is there.
  struct Replacement {
    std::function<Status()> begin = {};
    std::function<void()> end = {};
  };
  /// The object's state once it is there. Errors: `precondition_failed`, `conflict` (the key is
  /// a directory), `permission_denied`, `io`, those of the context.
  Result<struct stat> commit(const Attributes& attributes, const Condition& condition, const Context& context,
                             const Replacement& replacement);
  Result<struct stat> commit(const Attributes& attributes, const Condition& condition, const Context& context) {
    return commit(attributes, condition, context, Replacement());
  }

 private:
  static Result<FileWriter> create(const BucketDir& bucket, std::string_view key, ::mode_t mode);
  FileWriter(const BucketDir& bucket, std::string_view key, core::UniqueFd directory, core::UniqueFd file,
             std::string temporary);
  Status make_durable(const Attributes& attributes);
  Status publish(const Condition& condition, const Context& context, bool& replaced, struct stat& old);
  void discard() noexcept;

  const BucketDir* bucket_;
  std::string key_;
  core::UniqueFd directory_;
  core::UniqueFd file_;
  std::optional<AccessLike> access_;
  std::string temporary_;  // Empty when there is none any more.
};

}  // namespace cloudkit::inline v0::local
