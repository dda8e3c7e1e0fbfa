#pragma once

#include <cloudkit/export.h>

#include <string>
#include <string_view>

namespace cloudkit::inline v0 {

/// What a check came to.
enum class Verdict {
  ok,
  warn,     ///< It works, but not as it should.
  fail,     ///< It does not work; the hint says what to do.
  unknown,  ///< It could not be looked at.
};

/// "ok", "warn", … Never fails.
CLOUDKIT_API std::string_view to_string(Verdict verdict) noexcept;

/// What a check of a store found. Never holds a secret.
struct Finding {
  std::string topic = {};              ///< "region", "put if absent": the left column of a table.
  Verdict verdict = Verdict::unknown;  ///< Also whether `hint` says something.
  std::string text = {};               ///< One line.
  std::string hint = {};               ///< What to do, where there is something to do.
};

}  // namespace cloudkit::inline v0
