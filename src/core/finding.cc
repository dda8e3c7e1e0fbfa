#include "core/finding.h"

#include <utility>

namespace cloudkit::inline v0 {

std::string_view to_string(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::warn: return "warn";
    case Verdict::fail: return "fail";
    case Verdict::unknown: break;
  }
  return "unknown";
}

Finding core::finding_of(std::string topic, Error error, Verdict verdict) {
  Finding finding{std::move(topic), verdict, {}, std::exchange(error.hint, {})};
  finding.text = error.to_string();
  return finding;
}

}  // namespace cloudkit::inline v0
