#pragma once

#include "local_tree.h"
#include "location.h"
#include "transfer.h"
#include "workers.h"

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace cloudkit::tool {

/// `cp -r`: everything below a directory or a prefix, several at once. What fails is reported by
/// its name, and the rest goes on. Each member returns the exit code; one call for each object.
class TreeCopy {
 public:
  TreeCopy(Session& session, const CopyChoices& choices)
      : session_(session), choices_(choices), workers_(choices.jobs) {}

  int upload(const std::string& directory, const Location& to);
  int download(const Location& from, const std::string& directory);
  int copy(const Location& from, const Location& to);

 private:
  using Transfer = std::function<Result<std::uint64_t>()>;

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
  void each_object(const Bucket& bucket, const std::string& prefix,
                   const std::function<void(const ListEntry& entry, const std::string& name)>& visit);
  void end_listing(const Error& error);
  void skip(const std::string& what, const std::string& why);
  void fail(const Error& error);
  int finish();

  Session& session_;
  const CopyChoices choices_;
  std::atomic<std::uint64_t> copied_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<std::uint64_t> skipped_{0};
  std::optional<int> listing_exit_code_;
  Workers workers_;  // Last: its tasks use the others.
};

}  // namespace cloudkit::tool
