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
    ((place = std::copy(views.begin(), views.end(), place)), ...);
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
