#pragma once

#include "local_tree.h"
#include "location.h"
#include "move.h"
#include "overlap.h"
#include "progress_text.h"
#include "selection.h"
#include "transfer.h"
#include "workers.h"

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace cloudkit::tool {

/// `cp -r`, `mv -r` and patterns: everything below a directory or a prefix, or what of it matches, several at once.
/// What fails is reported by its name, and the rest goes on. Each member returns the exit code; one call for each
/// object.
class TreeCopy {
 public:
  TreeCopy(Session& session, const CopyChoices& choices)
      : session_(session), choices_(choices), meter_(session.out), workers_(choices.jobs) {}

  int upload(const std::string& directory, const Location& to);
  int download(const Location& from, const std::string& directory);
  int copy(const Location& from, const Location& to);

 private:
  using Transfer = std::function<Result<std::uint64_t>(const CopyChoices& choices)>;

  struct Item {
    std::string from = {};
    std::string to = {};
    std::uint64_t size = 0;
    Transfer transfer = {};
  };
  void start(Item item);
  void done(const Item& item, const Result<std::uint64_t>& result);
  void start_download(const Bucket& from, const ListEntry& entry, const std::string& name, const LocalTree* to,
                      const std::string& directory);
  int move_marker(const Bucket& bucket, const Location& from, const MoveTarget& to);
  int refuse(const Status& status, const std::string& from);
  bool starts_apart(const std::string& name, const std::string& from, const std::optional<KeyPattern>& pattern);
  void each_object(const Bucket& bucket, const Location& location, const VisitObject& visit);
  void skip(const std::string& what, const std::string& why);
  void fail(const Error& error);
  int finish();

  Session& session_;
  const CopyChoices choices_;
  Overlap overlap_;
  std::set<std::string> arrived_;  // What this run makes where it will list it; of the thread that lists.
  ProgressMeter meter_;
  std::atomic<std::uint64_t> copied_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::uint64_t> skipped_{0};
  std::atomic<bool> stays_{false};  // Something that was to be moved.
  std::optional<int> listing_exit_code_;
  Workers workers_;  // Last: its tasks use the others.
};

}  // namespace cloudkit::tool
