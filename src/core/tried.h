#pragma once

#include <cloudkit/error.h>
#include <cloudkit/probe.h>

#include <string>

namespace cloudkit::inline v0::core {

/// What trying one behaviour of a store has shown.
struct Tried {
  Answer answer = Answer::honoured;
  std::string text = {};
  std::string hint = {};
  bool failed = false;
};

Tried not_honoured(std::string text, std::string hint = {});
/// Refused where the error says that it cannot be, else unknown.
Tried answer_of(Error error);

Behaviour behaviour_of(std::string name, bool promised, Tried tried);

}  // namespace cloudkit::inline v0::core
