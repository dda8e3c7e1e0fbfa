#pragma once

#include <cstddef>
#include <ranges>
#include <string_view>
#include <type_traits>

namespace cloudkit::inline v0 {

namespace detail {
template <class T>
concept Byte = std::is_same_v<T, char> || std::is_same_v<T, unsigned char> || std::is_same_v<T, std::byte>;

template <class R>
concept ByteRange =
    std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
    Byte<std::remove_cv_t<std::ranges::range_value_t<R>>> && !std::is_array_v<std::remove_reference_t<R>>;
}  // namespace detail

/// A view of bytes owned by someone else: a literal, a string, or any contiguous range of
/// `char`, `unsigned char` or `std::byte`. It must not outlive them.
class Bytes {
 public:
  constexpr Bytes() noexcept = default;
  /// `size` bytes from `data` on.
  constexpr Bytes(const char* data, std::size_t size) noexcept : view_(data, size) {}
  /// A literal, without its terminating NUL; inner NULs are kept. An array without one is kept whole.
  template <std::size_t N>
  constexpr Bytes(const char (&literal)[N]) noexcept : view_(literal, literal[N - 1] == '\0' ? N - 1 : N) {}  // NOLINT
  /// A buffer says nothing of how much of it is filled: pass `{buffer, size}`.
  template <std::size_t N>
  Bytes(char (&buffer)[N]) = delete;
  /// A string, a vector, a span: all of it.
  template <detail::ByteRange R>
  constexpr Bytes(const R& range) noexcept  // NOLINT
      : view_(reinterpret_cast<const char*>(std::ranges::data(range)), std::ranges::size(range)) {}

  /// Null for the default one; no NUL need follow.
  constexpr const char* data() const noexcept { return view_.data(); }
  constexpr std::size_t size() const noexcept { return view_.size(); }  ///< In bytes.
  constexpr bool empty() const noexcept { return view_.empty(); }       ///< Whether there are none.
  constexpr std::string_view view() const noexcept { return view_; }    ///< The same bytes.

 private:
  std::string_view view_;
};

}  // namespace cloudkit::inline v0
