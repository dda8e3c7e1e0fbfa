#pragma once

#include "sync/file_tree.h"
#include "sync/object_source.h"

#include <cloudkit/object_store.h>

#include <string>

namespace cloudkit::inline v0::syncing {

/// Brings objects into a snapshot. Thread-safe.
class ObjectFetcher {
 public:
  struct Target {
    FileTree* tree = nullptr;
    int parts = -1;  ///< The directory where files are written until they are whole.
    std::string parts_path = {};
    bool sync = true;  ///< A file is on the disk before it has its place.
  };
  ObjectFetcher(ObjectSource source, Target target, const TransferOptions& transfer, Reporter& reporter);

  /// As the entry says it was listed or, when it has changed since, as it is now; then the entry says that.
  Fetched fetch(Entry& entry, const Context& context) const;
  /// Its headers, where its bytes are here already. The entry changes to "fetch" when they are not.
  Fetched refresh(Entry& entry, const Context& context) const { return source_.refresh(entry, context); }

 private:
  Fetched bring(Entry& entry, const std::string& name, const Context& context) const;
  Fetched bring_large(Entry& entry, const std::string& name, const Context& context) const;
  void forget_unowned(const std::string& name) const;
  Fetched place(Entry& entry, const std::string& name, int file) const;

  const ObjectSource source_;
  const Target target_;
  const TransferOptions& transfer_;
  Reporter& reporter_;
};

}  // namespace cloudkit::inline v0::syncing
