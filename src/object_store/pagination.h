#pragma once

#include "core/fail.h"

#include <cloudkit/result.h>

#include <string>

namespace cloudkit::inline v0::object_store {

/// The one pagination rule: goes on until a page has no token, and never goes round in a circle.
class PageCursor {
 public:
  const std::string& token() const noexcept { return token_; }
  bool done() const noexcept { return done_; }

  /// Takes the token that came with a page. Errors: `unknown` when it is the one just used.
  Status advance(std::string next) {
    if (!next.empty() && next == token_) {
      done_ = true;
      return core::fail(ErrorCode::unknown, "the service answered the same page token twice");
    }
    done_ = next.empty();
    token_ = std::move(next);
    return {};
  }
  void stop() noexcept { done_ = true; }

 private:
  std::string token_;
  bool done_ = false;
};

}  // namespace cloudkit::inline v0::object_store
