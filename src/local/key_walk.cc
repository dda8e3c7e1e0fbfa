#include "local/key_walk.h"

#include "core/beneath.h"
#include "core/fs_error.h"
#include "local/directory.h"
#include "local/file_state.h"
#include "local/key_path.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace cloudkit::inline v0::local {
namespace {

// Deeper trees close what is above and open it again on the way back.
constexpr std::size_t kMaxOpenLevels = 32;

// The index of the first name below `path` whose keys may be at or after `bound`.
std::size_t first_index(const NameList& names, std::string_view path, std::string_view bound) {
  if (bound <= path) return 0;
  if (!bound.starts_with(path)) return names.size();
  const std::string_view rest = bound.substr(path.size());
  const std::size_t index = names.lower_bound(rest);
  // The bound may lie in the directory before: "x/" < "x/yy".
  const bool inside = index > 0 && names[index - 1].ends_with('/') && rest.starts_with(names[index - 1]);
  return inside ? index - 1 : index;
}

}  // namespace

KeyWalk::KeyWalk(const BucketDir& bucket, const ListPageRequest& request, NameCache& cache, std::string_view listing)
    : bucket_(bucket), request_(request), cache_(cache), listing_(listing) {
  const std::size_t slash = request.prefix.rfind('/');
  if (slash != std::string::npos) base_ = request.prefix.substr(0, slash + 1);
  filter_ = request.prefix.substr(base_.size());
}

core::UniqueFd KeyWalk::open_directory(const std::string& path) const {
  return core::open_beneath(bucket_.fd.get(), std::string_view(path).substr(0, path.empty() ? 0 : path.size() - 1),
                            O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

Status KeyWalk::enter(std::string path) {
  Level level;
  level.directory = open_directory(path);
  if (!level.directory && core::is_gone(errno)) return {};
  if (!level.directory) return core::fs_error("open the directory " + bucket_.path_of(path), errno);
  struct stat before{};
  if (::fstat(level.directory.get(), &before) != 0) return core::fs_error("stat " + bucket_.path_of(path), errno);
  level.names = cache_.find(listing_, before);
  if (level.names == nullptr) {
    auto names = read_names(level.directory.get(), bucket_.path_of(path), request_.context);
    if (!names) return names.error();
    level.names = std::make_shared<const NameList>(*std::move(names));
    struct stat after{};
    if (::fstat(level.directory.get(), &after) == 0) cache_.keep(listing_, before, after, level.names);
  }
  level.path = std::move(path);
  if (levels_.size() >= kMaxOpenLevels) levels_[levels_.size() - kMaxOpenLevels].directory.reset();
  levels_.push_back(std::move(level));
  return {};
}

Result<std::optional<ListEntry>> KeyWalk::first_from(std::string_view bound) {
  if (!started_) {
    started_ = true;
    // A prefix such as "a//b" or "../x" is one that no key has.
    const bool possible = base_.empty() || check_key(std::string_view(base_).substr(0, base_.size() - 1));
    if (!possible) return std::optional<ListEntry>();
    if (auto status = enter(base_); !status) return status.error();
  }
  while (!levels_.empty()) {
    Level& level = levels_.back();
    level.next = std::max(level.next, first_index(*level.names, level.path, bound));
    if (level.next == level.names->size()) {
      levels_.pop_back();
      continue;
    }
    const auto names = level.names;  // The level may move when another is entered.
    const std::string_view name = (*names)[level.next++];
    if (levels_.size() == 1 && !name.starts_with(filter_)) {
      if (name > filter_) levels_.clear();
      continue;
    }
    auto entry = visit(level, name, bound);
    if (!entry || *entry) return entry;
  }
  return std::optional<ListEntry>();
}

Result<std::optional<ListEntry>> KeyWalk::visit(Level& level, std::string_view name, std::string_view bound) {
  if (!name.ends_with('/')) return visit_file(level, name);
  std::string path = level.path + std::string(name);
  // When the bound lies inside, only the keys behind it count.
  const bool grouped = request_.delimiter == "/" && levels_.size() == 1 && path >= bound;
  if (!grouped) return enter(std::move(path)).and_then([] { return Result<std::optional<ListEntry>>(std::nullopt); });
  const auto any = contains_object(bucket_.fd.get(), path.substr(0, path.size() - 1), request_.context);
  if (!any.has_value()) return any.error();
  if (!*any) return std::optional<ListEntry>();
  ListEntry group;
  group.key = std::move(path);
  group.is_prefix = true;
  return std::optional<ListEntry>(std::move(group));
}

Result<std::optional<ListEntry>> KeyWalk::visit_file(Level& level, std::string_view name) {
  if (!level.directory) level.directory = open_directory(level.path);
  if (!level.directory && core::is_gone(errno)) return std::optional<ListEntry>();
  if (!level.directory) return core::fs_error("open the directory " + bucket_.path_of(level.path), errno);
  const std::string file(name);
  struct stat state{};
  if (::fstatat(level.directory.get(), file.c_str(), &state, AT_SYMLINK_NOFOLLOW) != 0) {
    if (core::is_gone(errno)) return std::optional<ListEntry>();
    return core::fs_error("stat " + bucket_.path_of(level.path + file), errno);
  }
  if (!S_ISREG(state.st_mode)) {
    if (request_.passed_over) passed_over_.push_back({level.path + file, std::string(kind_of(state))});
    return std::optional<ListEntry>();
  }
  ListEntry entry;
  entry.key = level.path + file;
  entry.size = static_cast<std::uint64_t>(state.st_size);
  entry.modified = modified_of(state);
  entry.token = token_of(level.directory.get(), file, state);
  return std::optional<ListEntry>(std::move(entry));
}

std::vector<PassedOver> KeyWalk::take_passed_over(const ListPage& page) {
  const bool is_last = page.next_page_token.empty();
  while (!is_last && !passed_over_.empty() && passed_over_.back().key > page.entries.back().key) {
    passed_over_.pop_back();
  }
  return std::exchange(passed_over_, {});
}

}  // namespace cloudkit::inline v0::local
