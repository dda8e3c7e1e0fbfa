#pragma once

#include <cloudkit/object_store.h>

#include <utility>

namespace cloudkit::inline v0::syncing {

/// `put(options)`, which returns a Status. Where the store refuses headers or metadata that another one held, the bytes
/// come back without them, and the error says so.
template <class Put>
Status put_back(PutOptions options, const Put& put) {
  Status done = put(std::as_const(options));
  if (done || done.error().code != ErrorCode::invalid_argument) return done;
  options.content = {};
  options.metadata = {};
  if (!put(std::as_const(options))) return done;
  Error error = std::move(done).error();
  error.message.insert(0, "the bytes are restored, but neither headers nor metadata: ");
  error.may_have_happened = true;
  return error;
}

}  // namespace cloudkit::inline v0::syncing
