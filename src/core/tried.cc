#include "core/tried.h"

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0 {

std::string_view to_string(Answer answer) noexcept {
  switch (answer) {
    case Answer::honoured: return "honoured";
    case Answer::not_honoured: return "not honoured";
    case Answer::refused: return "refused";
    case Answer::unknown: break;
  }
  return "unknown";
}

const Behaviour* ProbeReport::find(std::string_view name) const noexcept {
  const auto found = std::find_if(behaviours.begin(), behaviours.end(),
                                  [&](const Behaviour& behaviour) { return behaviour.name == name; });
  return found == behaviours.end() ? nullptr : &*found;
}

bool ProbeReport::keeps_promises() const noexcept {
  return std::none_of(behaviours.begin(), behaviours.end(), [](const Behaviour& behaviour) {
    const bool is_broken = behaviour.answer == Answer::not_honoured || behaviour.answer == Answer::refused;
    return behaviour.promised && is_broken;
  });
}

namespace core {

Tried not_honoured(std::string text, std::string hint) {
  return {Answer::not_honoured, std::move(text), std::move(hint)};
}

Tried answer_of(Error error) {
  const bool refused = error.code == ErrorCode::unsupported || error.code == ErrorCode::invalid_argument;
  Tried tried{refused ? Answer::refused : Answer::unknown, {}, std::exchange(error.hint, {}), true};
  // The name of the behaviour says what was asked for.
  error.operation.clear();
  error.resource.clear();
  tried.text = error.to_string();
  return tried;
}

Behaviour behaviour_of(std::string name, bool promised, Tried tried) {
  return {std::move(name), tried.answer, promised, std::move(tried.text), std::move(tried.hint), tried.failed};
}

}  // namespace core
}  // namespace cloudkit::inline v0
