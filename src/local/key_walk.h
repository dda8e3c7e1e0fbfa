#pragma once

#include "core/list_pager.h"
#include "core/unique_fd.h"
#include "local/bucket_dir.h"
#include "local/name_list.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::local {

/// The keys of a directory tree in order. Opens only directories that lead to keys with the
/// request's prefix at or after the bound; with the delimiter '/', only looks for a first object
/// in those that become a common prefix. Symbolic links and devices are passed over, and noted for who asks; so is what
/// vanishes meanwhile.
class KeyWalk final : public core::OrderedKeys {
 public:
  /// `listing` is the same for all pages of one.
  KeyWalk(const BucketDir& bucket, const ListPageRequest& request, NameCache& cache, std::string_view listing);
  Result<std::optional<ListEntry>> first_from(std::string_view bound) override;
  /// What was passed over up to where `page` ends: the walk of the next one meets again what is behind.
  std::vector<PassedOver> take_passed_over(const ListPage& page);

 private:
  struct Level {
    std::string path = {};  // Of the directory: "" or "a/b/".
    std::shared_ptr<const NameList> names = {};
    std::size_t next = 0;
    core::UniqueFd directory = {};  // Opened again when needed, in deep trees.
  };

  Status enter(std::string path);
  Result<std::optional<ListEntry>> visit(Level& level, std::string_view name, std::string_view bound);
  Result<std::optional<ListEntry>> visit_file(Level& level, std::string_view name);
  core::UniqueFd open_directory(const std::string& path) const;

  const BucketDir& bucket_;
  const ListPageRequest& request_;
  NameCache& cache_;
  const std::string listing_;
  std::string base_;    // The directory of all keys with the prefix.
  std::string filter_;  // What their names in it begin with.
  bool started_ = false;
  std::vector<Level> levels_;
  std::vector<PassedOver> passed_over_;  // By key.
};

}  // namespace cloudkit::inline v0::local
