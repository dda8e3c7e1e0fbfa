#pragma once

#include "sync/entry.h"
#include "sync/file_tree.h"
#include "sync/reporter.h"

#include <cloudkit/object_store.h>

#include <string>

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

/// Brings objects into a snapshot. Thread-safe.
class ObjectFetcher {
 public:
  struct Target {
    FileTree* tree = nullptr;
    int parts = -1;  ///< The directory where files are written until they are whole.
    std::string parts_path = {};
    bool sync = true;  ///< A file is on the disk before it has its place.
  };
  ObjectFetcher(const Bucket& from, Target target, const TransferOptions& transfer, Reporter& reporter);

  /// As the entry says it was listed or, when it has changed since, as it is now; then the entry says that.
  Fetched fetch(Entry& entry, const Context& context) const;
  /// Its headers, where its bytes are here already. The entry changes to "fetch" when they are not.
  Fetched refresh(Entry& entry, const Context& context) const;

 private:
  Fetched bring(Entry& entry, const std::string& name, const Context& context) const;
  Fetched bring_large(Entry& entry, const std::string& name, const Context& context) const;
  Fetched place(Entry& entry, const std::string& name, int file) const;
  GetOptions options_for(const Entry& entry, const Context& context) const;
  void take_info(Entry& entry, ObjectInfo info) const;
  Fetched lost(const Error& error, const Context& context) const;
  Fetched gone(const Entry& entry, const Error& error, const Context& context) const;
  bool is_listed(const Entry& entry, const Context& context, Status& status) const;

  const Bucket& from_;
  const Target target_;
  const TransferOptions& transfer_;
  Reporter& reporter_;
  const Capabilities capabilities_;
};

}  // namespace cloudkit::inline v0::syncing
