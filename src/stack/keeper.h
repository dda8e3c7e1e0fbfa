#pragma once

#include "stack/state.h"

#include <cloudkit/object_store.h>

#include <functional>
#include <mutex>
#include <string>

/// Where the state is kept.
namespace cloudkit::inline v0::stack {

/// The state as it is, and its token; without one an empty document and an empty token. Errors: as `read_document`.
struct Loaded {
  Document document = {};
  std::string token = {};
};
Result<Loaded> load(const Bucket& bucket, const std::string& key, bool accept_edited, const Context& context);

/// The state while it is being changed: each change is written before the call returns, over exactly what was written
/// before. Once a write has failed nobody knows what is there, so that all others fail. Thread-safe.
class Keeper {
 public:
  /// Once `held` says that the lock is lost nothing is written any more.
  Keeper(Bucket bucket, std::string key, Loaded loaded, Context context, std::function<Status()> held);

  Document document() const;
  Status change(const std::function<void(Document&)>& edit);
  /// A stack that has nothing any more has no state.
  Status remove();
  /// Of the first write that failed.
  Status status() const;

 private:
  Status write(const Document& next);

  const Bucket bucket_;
  const std::string key_;
  const Context context_;
  const std::function<Status()> held_;
  mutable std::mutex mutex_;
  Document document_;
  std::string token_;
  Status status_;
};

/// Removes an object that has this token, as far as the bucket can tell.
Status remove_if(const Bucket& bucket, const std::string& key, const std::string& token, const Context& context);

}  // namespace cloudkit::inline v0::stack
