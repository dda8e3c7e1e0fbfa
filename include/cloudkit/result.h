#pragma once

#include <cloudkit/error.h>

#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

namespace cloudkit::inline v0 {

template <class T>
class Result;

namespace detail {
template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<Result<T>> = true;

/// What a Result<T> may be made from. Never from another Result: it converts to bool, and a failure would become
/// the value `false`. For the same reason a Result<bool> is made from bool only.
template <class T, class U>
concept ResultValue = std::is_convertible_v<U, T> && !is_result<std::remove_cvref_t<U>> &&
                      !std::is_same_v<std::remove_cvref_t<U>, Error> &&
                      (!std::is_same_v<T, bool> || std::is_same_v<std::remove_cvref_t<U>, bool>);
}  // namespace detail

/// A value or an `Error`. A type of our own at every language level, because an alias of
/// `std::expected` would break links between C++20 and C++23 code.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;  ///< What it holds when it succeeded.

  /// From anything that converts to `T` and is no `Result`; for `bool`, from `bool` only.
  template <class U = T>
    requires detail::ResultValue<T, U>
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}  // NOLINT
  /// From an error: `return Error(ErrorCode::not_found, "…");`
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool has_value() const noexcept { return state_.index() == 0; }  ///< Whether it succeeded.
  explicit operator bool() const noexcept { return has_value(); }  ///< Whether it succeeded.
  /// `if (bucket.exists(key))` would ask whether there was an answer, and read as if it asked for the answer: say
  /// `has_value()` for the one and `*result` or `value()` for the other.
  explicit operator bool() const noexcept
    requires std::is_same_v<T, bool>
  = delete;

  /// @{
  /// The value, or throws `Exception`: without exceptions the program ends, with the error's text.
  const T& value() const& {
    if (!has_value()) detail::throw_error(error());
    return **this;
  }
  T& value() & {
    if (!has_value()) detail::throw_error(error());
    return **this;
  }
  /// @}
  /// Returns by value, so that `for (auto& x : f().value())` does not dangle.
  T value() && {
    if (!has_value()) detail::throw_error(error());
    return std::move(**this);
  }
  /// The value, or `fallback` converted to `T`.
  template <class U>
  T value_or(U&& fallback) const& {
    return has_value() ? **this : static_cast<T>(std::forward<U>(fallback));
  }

  /// @{
  /// Unchecked: only after `has_value()`.
  const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  T& operator*() & noexcept { return *std::get_if<0>(&state_); }
  T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  /// @}

  /// @{
  /// Unchecked: only after `!has_value()`.
  const Error& error() const& noexcept { return *std::get_if<1>(&state_); }
  Error& error() & noexcept { return *std::get_if<1>(&state_); }
  Error&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }
  /// @}

  /// `f(value)`, which returns a Result, or this error.
  template <class F>
  auto and_then(F&& f) && -> std::invoke_result_t<F, T&&> {
    if (!has_value()) return std::move(*this).error();
    return std::invoke(std::forward<F>(f), std::move(**this));
  }
  /// A Result of `f(value)`, or this error.
  template <class F>
  auto map(F&& f) && -> Result<std::invoke_result_t<F, T&&>> {
    if (!has_value()) return std::move(*this).error();
    if constexpr (std::is_void_v<std::invoke_result_t<F, T&&>>) {
      std::invoke(std::forward<F>(f), std::move(**this));
      return {};
    } else {
      return std::invoke(std::forward<F>(f), std::move(**this));
    }
  }

 private:
  std::variant<T, Error> state_;
};

/// Success, or an `Error`.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;  ///< It holds nothing.

  Result() noexcept : state_(std::in_place_index<0>) {}  ///< Success.
  /// From an error.
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool has_value() const noexcept { return state_.index() == 0; }  ///< Whether it succeeded.
  explicit operator bool() const noexcept { return has_value(); }  ///< Whether it succeeded.
  /// Nothing, or throws `Exception`, as `Result<T>::value` does.
  void value() const {
    if (!has_value()) detail::throw_error(error());
  }
  /// @{
  /// Unchecked: only after `!has_value()`.
  const Error& error() const& noexcept { return *std::get_if<1>(&state_); }
  Error& error() & noexcept { return *std::get_if<1>(&state_); }
  Error&& error() && noexcept { return std::move(*std::get_if<1>(&state_)); }
  /// @}

  /// `f()`, which returns a Result, or this error.
  template <class F>
  auto and_then(F&& f) && -> std::invoke_result_t<F> {
    if (!has_value()) return std::move(*this).error();
    return std::invoke(std::forward<F>(f));
  }

 private:
  std::variant<std::monostate, Error> state_;
};

/// Of calls that return nothing else.
using Status = Result<void>;

}  // namespace cloudkit::inline v0
