#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Keys as paths below a snapshot's directory. Different keys have different paths, none leads out of the directory,
/// and all but the longest can be turned back. docs/decisions/0030.
///
///   %XX    a byte that no name should hold: `%`, `\`, control characters, a name's only dots
///   %n     an empty segment, as in "a//b"
///   %t     ends a directory's name where an object has the name without it: `a` and `a%t/b`
///   %l     ends a name that was too long: it goes on in the next one
///   %h…    a digest, for a key whose whole path would be too long
namespace cloudkit::inline v0::syncing {

enum class Names {
  exact,     ///< As the key has them, but for what is above.
  portable,  ///< Also what other systems do not take or do not tell apart: capitals, `:`, what is not ASCII.
};

struct Place {
  std::string path = {};
  bool is_directory = false;  ///< Of a marker, "photos/" with nothing in it: there is no file.
};

/// Knows which objects are in the way of directories, for which keys must come in byte order.
class KeyMap {
 public:
  /// Of PATH_MAX, 4096, with room for the directory above.
  static constexpr std::size_t kMaxPathSize = 3000;

  explicit KeyMap(Names names) : names_(names) {}
  /// For keys that go on where another map was, from its `objects`.
  KeyMap(Names names, std::size_t max_path_size, std::vector<std::string> objects)
      : names_(names), max_path_size_(max_path_size), objects_(std::move(objects)) {}
  Place place_of(std::string_view key, std::uint64_t size);
  /// Those that what comes next may lie below.
  const std::vector<std::string>& objects() const noexcept { return objects_; }

 private:
  bool is_object(std::string_view key) const noexcept;

  const Names names_;
  const std::size_t max_path_size_ = kMaxPathSize;
  std::vector<std::string> objects_;  // Each one begins with the one before it.
};

/// The key of a place. Nothing for a path that is no key's, and for digests.
std::optional<std::string> key_of(const Place& place);

/// Whether it may be the path of a file below a directory: plain names, no `.`, no `..`, no NUL.
bool is_plain_path(std::string_view path) noexcept;

}  // namespace cloudkit::inline v0::syncing
