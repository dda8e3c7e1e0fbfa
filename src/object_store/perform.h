#pragma once

#include "core/perform.h"
#include "object_store/checks.h"
#include "object_store/write_id.h"

#include <cloudkit/context.h>

#include <string>
#include <string_view>
#include <utility>

/// How every call of a handle runs.
namespace cloudkit::inline v0::object_store {

using core::named;
using core::perform;

inline Status check_call(std::string_view key, const Capabilities& capabilities, const Context& context) {
  if (auto status = check_key(key, capabilities); !status) return status;
  return context.check();
}

/// An empty key stays empty, and is refused: it must never mean the prefix itself.
inline std::string join(const std::string& prefix, std::string_view key) {
  return key.empty() ? std::string() : prefix + std::string(key);
}

/// As the caller knows it: by the key below the prefix.
inline ObjectInfo shown(ObjectInfo info, std::string_view key) {
  info.key = key;
  return without_write_id(std::move(info));
}

}  // namespace cloudkit::inline v0::object_store
