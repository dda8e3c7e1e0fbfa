#pragma once

#include "core/fail.h"

#include <cloudkit/result.h>

#include <cstdint>
#include <string>

namespace cloudkit::inline v0::core {

/// The one pagination rule: goes on until a page has no token, and never goes round in a circle.
class PageCursor {
 public:
  const std::string& token() const noexcept { return token_; }
  bool done() const noexcept { return done_; }

  /// Takes the token that came with a page. Errors: `unknown` when the tokens go in a circle.
  Status advance(std::string next) {
    if (!next.empty() && (next == token_ || next == mark_)) {
      done_ = true;
      return fail(ErrorCode::unknown, "the service answered the same page token twice");
    }
    done_ = next.empty();
    token_ = std::move(next);
    // Brent's way to find a circle of any length with one mark.
    if (++pages_ == next_mark_) {
      mark_ = token_;
      next_mark_ *= 2;
    }
    return {};
  }
  void stop() noexcept { done_ = true; }

 private:
  std::string token_;
  std::string mark_;
  std::uint64_t pages_ = 0;
  std::uint64_t next_mark_ = 1;
  bool done_ = false;
};

}  // namespace cloudkit::inline v0::core
