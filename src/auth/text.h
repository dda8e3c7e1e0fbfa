#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace cloudkit::inline v0::auth {

/// Text that is built piece by piece on the stack, so that a usual request is signed without the
/// heap; a large one moves there.
class Text {
 public:
  Text() noexcept = default;
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;

  std::string_view view() const noexcept { return {data_, size_}; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  char* data() noexcept { return data_; }

  void clear() noexcept { size_ = 0; }
  void truncate(std::size_t size) noexcept { size_ = size; }
  /// Room for `count` more, which the caller fills: everything or, by `truncate`, less.
  char* extend(std::size_t count) {
    reserve(count);
    char* place = data_ + size_;
    size_ += count;
    return place;
  }
  void reserve(std::size_t more) {
    if (more > capacity_ - size_) grow(more);
  }
  /// One after the other; the room is made once for all.
  template <std::convertible_to<std::string_view>... Pieces>
  void append(const Pieces&... pieces) {
    append_views(std::string_view(pieces)...);
  }

 private:
  template <class... Views>
  void append_views(Views... views) {
    [[maybe_unused]] char* place = extend((views.size() + ...));
    ((place = copy(place, views)), ...);
  }
  // Most pieces are shorter than a call of memcpy takes: two copies that may overlap do for 8 to 16 bytes, or 4 to 7.
  static char* copy(char* place, std::string_view from) noexcept {
    const auto both_ends = [&]<std::size_t N>(std::array<char, N> first, std::array<char, N> last) {
      std::memcpy(first.data(), from.data(), N);
      std::memcpy(last.data(), from.data() + from.size() - N, N);
      std::memcpy(place, first.data(), N);
      std::memcpy(place + from.size() - N, last.data(), N);
    };
    if (from.size() > 16) {
      std::memcpy(place, from.data(), from.size());
    } else if (from.size() >= 8) {
      both_ends(std::array<char, 8>{}, std::array<char, 8>{});
    } else if (from.size() >= 4) {
      both_ends(std::array<char, 4>{}, std::array<char, 4>{});
    } else {
      for (std::size_t i = 0; i < from.size(); ++i) place[i] = from[i];
    }
    return place + from.size();
  }
  void grow(std::size_t more) {
    const std::size_t wanted = std::max(size_ + more, 2 * capacity_);
    std::unique_ptr<char[]> larger(new char[wanted]);
    std::memcpy(larger.get(), data_, size_);
    heap_ = std::move(larger);
    data_ = heap_.get();
    capacity_ = wanted;
  }

  std::array<char, 2048> inline_;  // NOLINT: filled where it is used
  std::unique_ptr<char[]> heap_;
  char* data_ = inline_.data();
  std::size_t size_ = 0;
  std::size_t capacity_ = inline_.size();
};

}  // namespace cloudkit::inline v0::auth
