#pragma once

#include "testing/show.h"

#include <cloudkit/context.h>
#include <cloudkit/testing/case_result.h>

#include <chrono>
#include <functional>
#include <future>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the cases of every suite are written with.
namespace cloudkit::inline v0::testing {

/// Ends a case. Thrown and caught inside the suite only.
struct Stop {
  Outcome outcome = Outcome::failed;
  std::string text = {};
};

/// A few ways to say what must hold. The first thing that does not hold ends the case, so that its text names the cause
/// and not the consequences.
class Expectations {
 public:
  [[noreturn]] void fail(std::string text) const { throw Stop{Outcome::failed, std::move(text)}; }
  [[noreturn]] void skip(std::string reason) const { throw Stop{Outcome::skipped, std::move(reason)}; }
  /// Skips the case unless the backend says that it can.
  void needs(bool capability, std::string_view name) const {
    if (!capability) skip("the backend lacks the capability " + std::string(name));
  }

  void expect(bool holds, std::string_view what) const {
    if (!holds) fail(std::string(what));
  }
  template <class Got, class Expected>
  void expect_equal(const Got& got, const Expected& expected, std::string_view what) const {
    if (!(got == expected)) fail(std::string(what) + ": " + show_mismatch(got, expected));
  }
  template <class T>
  T expect_ok(Result<T> result, std::string_view what) const {
    if (!result.has_value()) fail(std::string(what) + ": expected success, got " + show(result.error()));
    if constexpr (!std::is_void_v<T>) return *std::move(result);
  }
  template <class T>
  Error expect_error(const Result<T>& result, ErrorCode code, std::string_view what) const {
    return expect_error(result, std::initializer_list<ErrorCode>{code}, what);
  }
  /// One of several codes, where services differ and none of them is wrong.
  template <class T>
  Error expect_error(const Result<T>& result, std::initializer_list<ErrorCode> codes, std::string_view what) const {
    if (result.has_value()) fail(std::string(what) + ": expected " + show_any(codes) + ", but it succeeded");
    for (const ErrorCode code : codes) {
      if (result.error().code == code) return result.error();
    }
    fail(std::string(what) + ": expected " + show_any(codes) + ", got " + show(result.error()));
  }
  /// `wait`, for what never comes, ends when `context` is cancelled.
  template <class Wait>
  void expect_cancel_ends(const Context& context, Wait wait) const {
    using Clock = std::chrono::steady_clock;
    // A future, not a thread: it is waited for when a driver throws, too.
    auto cancelled = std::async(std::launch::async, [context]() mutable {
      (void)Context().wait_for(std::chrono::milliseconds(100));
      const auto now = Clock::now();
      context.cancel();
      return now;
    });
    const auto waited = wait();
    const auto ended = Clock::now();
    expect_error(waited, ErrorCode::cancelled, "waiting for a state that never comes");
    // On a machine that is busy with other things; the wait itself is for a year.
    expect(ended - cancelled.get() < std::chrono::seconds(10), "a cancelled wait should end at once");
  }

 private:
  static std::string show_any(std::initializer_list<ErrorCode> codes);
};

/// Runs `work(0)` … `work(count - 1)`, each in a thread of its own, all starting at once.
/// What one of them throws is thrown here, after all have ended. Where one cannot be started none works, and the case
/// fails.
void in_threads(int count, const std::function<void(int)>& work);

/// A directory of one case, removed with everything in it.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  std::string file(std::string_view name) const { return path_ + '/' + std::string(name); }
  /// The names in it, sorted.
  std::vector<std::string> names() const;

 private:
  std::string path_;
};

std::string read_file(const Expectations& c, const std::string& path);
void write_file(const Expectations& c, const std::string& path, std::string_view data);

}  // namespace cloudkit::inline v0::testing
