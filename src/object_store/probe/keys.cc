#include "object_store/probe/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

// Keys that a client, a proxy or a file system may change on the way.
namespace cloudkit::inline v0::object_store {
namespace {

// Each with bytes of its own, so that two keys which become one are seen. Whatever a store makes of them, they stay
// below the run's prefix.
Tried keep_apart(ProbeRun& run, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const auto put = run.put(key, key); !put) return answer_of(put.error());
  }
  for (const std::string_view key : keys) {
    if (Tried tried = run.expect(key, key); tried.answer != Answer::honoured) return tried;
  }
  std::vector<std::string> listed;
  const std::string_view first = *keys.begin();
  for (const auto& entry : run.bucket().list({.prefix = std::string(first.substr(0, 1)), .context = run.context()})) {
    if (!entry) return answer_of(entry.error());
    listed.push_back(entry->key);
  }
  for (const std::string_view key : keys) {
    if (std::find(listed.begin(), listed.end(), key) == listed.end()) {
      return not_honoured(fmt::format("{} is not listed by that name", key));
    }
  }
  return {};
}

constexpr Trial kKeyTrials[] = {
    {"keys with //", [](const Capabilities& can) { return can.key_slashes; },
     [](ProbeRun& run) { return keep_apart(run, {"s//k", "s/k"}); }},
    {"keys that end with /", [](const Capabilities& can) { return can.key_slashes; },
     [](ProbeRun& run) { return keep_apart(run, {"t/", "t"}); }},
    {"keys with . and ..", [](const Capabilities& can) { return can.key_dot_segments; },
     [](ProbeRun& run) { return keep_apart(run, {"d/./k", "d/x/../k", "d/k"}); }},
    {"keys with + and %", always,
     [](ProbeRun& run) { return keep_apart(run, {"e+k", "e k", "e%2Bk", "e%20k", "e%2Fk", "e/k"}); }},
    {"keys in Unicode", always,
     // One letter in two ways, and one beyond the basic plane.
     [](ProbeRun& run) { return keep_apart(run, {"u\xC3\xA9", "ue\xCC\x81", "u\xF0\x9F\x92\xBE"}); }},
    {"keys with control characters", [](const Capabilities& can) { return can.key_control_characters; },
     [](ProbeRun& run) { return keep_apart(run, {"c\x01k", "c\nk"}); }},
    {"keys below keys", [](const Capabilities& can) { return can.key_and_child; },
     [](ProbeRun& run) { return keep_apart(run, {"a", "a/b"}); }},
};

}  // namespace

Trials key_trials() { return kKeyTrials; }

}  // namespace cloudkit::inline v0::object_store
