#pragma once

#include <cloudkit/object_types.h>
#include <cloudkit/result.h>

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::syncing {

/// What a file's state must still be for its content to be believed: size, time and number.
struct FileState {
  std::uint64_t size = 0;
  std::int64_t modified = 0;  ///< Nanoseconds since 1970.
  std::uint64_t inode = 0;

  bool operator==(const FileState&) const = default;
};
FileState state_of(const struct stat& state) noexcept;

/// An object in a manifest, or in the plan of one: a line of JSON.
struct Entry {
  enum class Action {
    fetch,
    link,       ///< As in the last snapshot.
    refresh,    ///< The same bytes as there; the headers may be others.
    directory,  ///< Of a marker.
    failed,     ///< `error` says why it is missing.
    vanished,   ///< Was removed after it was listed.
  };
  Action action = Action::fetch;
  ObjectInfo info = {};
  std::string path = {};
  std::string from = {};    ///< In a plan: its path in the last snapshot.
  std::string sha256 = {};  ///< In hexadecimal digits.
  bool verified = false;    ///< The service keeps a checksum, and it held.
  FileState file = {};
  std::string error = {};
  std::optional<Tags> tags = {};  ///< Nothing: they were not asked for.
  std::string stored = {};        ///< Of a snapshot in a bucket: the token of its object there.

  bool is_missing() const noexcept { return action == Action::failed || action == Action::vanished; }
};

/// With its line feed.
std::string to_line(const Entry& entry);
/// With or without. Errors: `data_loss`, saying what is wrong; also for a path that leads anywhere else.
Result<Entry> parse_entry(std::string_view line);

}  // namespace cloudkit::inline v0::syncing
