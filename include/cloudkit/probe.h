#pragma once

#include <cloudkit/context.h>
#include <cloudkit/export.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0 {

/// For `Bucket::probe`.
struct ProbeOptions {
  Context context = {};
  /// For removing what was written, also after an error or a cancellation.
  std::chrono::milliseconds cleanup_timeout{5000};
};

/// What became of a behaviour that was tried.
enum class Answer {
  honoured,
  not_honoured,  ///< The store took the request, and did something else.
  refused,       ///< The store, or the backend before it, says that it cannot.
  unknown,       ///< It could not be told: the reason is in the text.
};

/// "honoured", "not honoured", … Never fails.
CLOUDKIT_API std::string_view to_string(Answer answer) noexcept;

/// One thing that not every store does.
struct Behaviour {
  std::string name = {};            ///< "put if absent"; docs/guide/probe.md lists them.
  Answer answer = Answer::unknown;  ///< What the store did.
  /// What cloudkit takes for granted here: by `Bucket::capabilities`, or because every store must do it. What is not
  /// promised is `unsupported` for callers, whatever the store would do.
  bool promised = false;
  std::string text = {};  ///< One line.
  std::string hint = {};  ///< What to do, where there is something to do.
  bool failed = false;    ///< What was tried ended in an error, which the text has.
};

/// What a store really does. Never holds a secret.
struct ProbeReport {
  std::vector<Behaviour> behaviours = {};  ///< Always the same ones for a backend, in the same order.
  /// Keys that could not be removed again, below the probed bucket's prefix.
  std::vector<std::string> left_behind = {};

  /// Null when there is none of that name.
  CLOUDKIT_API const Behaviour* find(std::string_view name) const noexcept;
  /// Nothing that is promised was refused, or taken and not honoured. What could not be told breaks no promise.
  CLOUDKIT_API bool keeps_promises() const noexcept;
};

}  // namespace cloudkit::inline v0
