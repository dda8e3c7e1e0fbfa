#pragma once

#include <cloudkit/context.h>
#include <cloudkit/result.h>

#include <sys/stat.h>

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::local {

/// The names in one directory, packed: a million of them take some thirty megabytes. Those of
/// directories end with '/', so that sorting them sorts the keys: `a.b`, `a/…`, `a0`.
class NameList {
 public:
  void add(std::string_view name, bool is_directory);
  void sort();

  std::size_t size() const { return places_.size(); }
  std::string_view operator[](std::size_t index) const { return view(places_[index]); }
  /// The index of the first name that is not less than `name`.
  std::size_t lower_bound(std::string_view name) const;

 private:
  struct Place {
    std::size_t at = 0;
    std::size_t size = 0;
  };
  std::string_view view(const Place& place) const { return std::string_view(bytes_).substr(place.at, place.size); }

  std::string bytes_;
  std::vector<Place> places_;
};

/// Reads all names in `directory`, which must be freshly opened, without this backend's own. What is no directory may
/// be no file, either. `path` is for messages.
Result<NameList> read_names(int directory, const std::string& path, const Context& context);

/// The last few large directories that were listed, so that a listing in pages reads and sorts
/// each of them once and not once a page. To its own listing an entry serves for a minute, whatever comes and goes
/// in the directory: every file is looked at anyway. To others it serves only while the directory's times say
/// that nothing in it was added, removed or renamed. Thread-safe.
class NameCache {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kMaxAge{60};

  std::shared_ptr<const NameList> find(std::string_view listing, const struct stat& directory,
                                       Clock::time_point now = Clock::now());
  /// `before` and `after`: the directory's state around the reading of `names`.
  void keep(std::string_view listing, const struct stat& before, const struct stat& after,
            std::shared_ptr<const NameList> names, Clock::time_point now = Clock::now());
  /// When the listing has ended.
  void forget(std::string_view listing, Clock::time_point now = Clock::now());

 private:
  struct Slot {
    std::string listing = {};
    struct stat directory = {};
    bool settled = false;
    Clock::time_point since = {};
    std::shared_ptr<const NameList> names = {};

    bool serves(std::string_view other_listing, const struct stat& other, Clock::time_point now) const;
  };
  std::mutex mutex_;
  std::array<Slot, 4> slots_;
  std::size_t next_ = 0;
};

}  // namespace cloudkit::inline v0::local
