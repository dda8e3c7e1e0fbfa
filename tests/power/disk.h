#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <sys/types.h>

/// What a program has asked of the file system below a directory, and every state in which a power cut may leave it.
///
/// The disk that is assumed promises what POSIX does and nothing more: fsync of a file keeps its bytes and attributes,
/// fsync of a directory keeps its names. What was not synced is lost, kept, kept in part or, as to names, kept
/// although what came before it is lost.
namespace power {

/// A file or a directory, whatever names it has. Numbers of the disk are used again, these are not.
using Id = int;

struct Content {
  bool is_link = false;  ///< Then `data` is where it leads.
  std::string data = {};
  std::optional<std::string> attributes = {};  ///< The extended attribute "user.cloudkit".
  std::int64_t seconds = 0;                    ///< When it was modified.
  std::int64_t nanoseconds = 0;
  unsigned mode = 0644;

  bool operator==(const Content&) const = default;
};

/// One request to the disk.
struct Step {
  enum class Kind { write, sync, set_name, remove_name, rename, mark };
  Kind kind = Kind::mark;
  /// Of the file written, of what is synced, or of the directory of the name. 0: syncfs, which is believed as to names
  /// alone: before Linux 5.8 it says nothing of bytes that were lost.
  Id id = 0;
  Id named = 0;  ///< What the name stands for.
  std::string name = {};
  std::string new_name = {};
  Content content = {};  ///< After a write.
};

struct Node {
  bool is_directory = false;
  Content content = {};
  std::map<std::string, Id> names = {};
};

/// From the numbers in the names of sidecars, which replaying changes.
using Numbers = std::map<std::string, Id>;

struct Recording {
  Id root = 0;
  std::map<Id, Node> before = {};  ///< What was there, all of it synced.
  std::vector<Step> steps = {};
  std::set<Id> directories = {};
  Numbers numbers = {};  ///< Of names of sidecars, what they belong to.

  std::vector<std::size_t> syncs() const;
  /// What a sync is of: the first name that it had, or "all names".
  std::string synced(std::size_t step) const;
  std::string show(std::size_t step) const;
};

/// Records what this process does below `root` while `work` runs. One thread at a time.
Recording record(const std::string& root, const std::function<void()>& work);
/// Within `work`: something was promised to a caller.
void mark();

/// Whether what a power cut has left below `root` is right, after so many marks: "", or what is wrong.
using Check = std::function<std::string(const std::string& root, int marks)>;
/// States that were found right, as they are shown.
using States = std::set<std::string>;
/// The first state that is wrong, and how it comes to be; nothing when none is. Those in `right` are not looked at, and
/// more are added to it. `without`: a step that is left out, as if the program had no such line. Of many names that are
/// not synced some sets are tried, the same each time: what came first, all but one, and others by chance.
std::optional<std::string> find_wrong_state(const Recording& recording, const Check& check, States& right,
                                            std::optional<std::size_t> without = {});

}  // namespace power
