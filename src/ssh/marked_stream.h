#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::ssh {

/// One of the two outputs of a remote shell, which prints a mark before and behind what a script prints: so the
/// script's words are known from those of ssh and of the user's login shell, and its exit code from ssh's own. Keeps
/// the first `limit` bytes of them.
class MarkedStream {
 public:
  MarkedStream(const std::string& mark, std::size_t limit);

  void take(std::string_view text);
  /// Nothing comes any more: what may have been the beginning of a mark was none.
  void finish();

  bool begun() const noexcept { return place_ != Place::before; }
  bool ended() const noexcept { return place_ == Place::behind; }
  int exit_code() const noexcept { return exit_code_; }
  bool truncated() const noexcept { return truncated_; }
  const std::string& before() const noexcept { return before_; }  ///< At most 64 KiB.
  std::string take_text() noexcept { return std::move(text_); }

 private:
  enum class Place { before, within, behind };

  bool look_for_begin();
  bool look_for_end();
  void keep(std::string_view text);

  const std::string begin_;
  const std::string end_;
  const std::size_t limit_;
  Place place_ = Place::before;
  std::string pending_ = {};  // Not yet known to be no mark.
  std::string before_ = {};
  std::string text_ = {};
  bool truncated_ = false;
  int exit_code_ = 0;
};

}  // namespace cloudkit::inline v0::ssh
