#pragma once

#include "sync/entry.h"
#include "sync/reporter.h"

#include <cloudkit/object_store.h>

#include <functional>

namespace cloudkit::inline v0::syncing {

/// What became of one object.
struct Fetched {
  enum class Outcome {
    done,
    vanished,  ///< It was removed meanwhile.
    failed,
    stopped,  ///< Every other one would fail, too: the disk is full.
  };
  Outcome outcome = Outcome::done;
  Error error = {};
};

/// Objects as they were listed or, where they have changed since, as they are now. Thread-safe.
class ObjectSource {
 public:
  /// `tags`: entries get those, too.
  ObjectSource(const Bucket& from, const TransferOptions& transfer, bool tags = false);

  /// Brings the bytes of what the entry describes, and says in it what was read.
  using Bring = std::function<Fetched(Entry& entry, const Context& context)>;
  /// `bring`, again when the object has changed; the entry then says how it is now.
  Fetched fetch(Entry& entry, const Context& context, const Bring& bring) const;
  /// Its headers, where its bytes are here already. The entry changes to "fetch" when they are not.
  Fetched refresh(Entry& entry, const Context& context) const;

  const Bucket& bucket() const noexcept { return from_; }
  const Capabilities& capabilities() const noexcept { return capabilities_; }
  /// Pinned to what the entry says.
  GetOptions options_for(const Entry& entry, const Context& context) const;
  void take_info(Entry& entry, ObjectInfo info) const;
  Fetched lost(const Error& error, const Context& context) const;

 private:
  Fetched read_tags(Entry& entry, const Context& context) const;
  Fetched gone(const Entry& entry, const Error& error, const Context& context) const;
  bool is_listed(const Entry& entry, const Context& context, Status& status) const;

  const Bucket& from_;
  const TransferOptions& transfer_;
  const bool tags_;
  const Capabilities capabilities_;
};

}  // namespace cloudkit::inline v0::syncing
