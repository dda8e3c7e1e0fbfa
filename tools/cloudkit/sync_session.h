#pragma once

#include "arguments.h"
#include "session.h"

#include <cloudkit/sync.h>

#include <chrono>
#include <string>
#include <vector>

/// What `sync`, `backup`, `restore`, `verify` and `prune` share.
namespace cloudkit::tool {

/// Their options, and what they say while they work.
class SyncSession {
 public:
  /// "copied", and in a dry run "would copy".
  struct Words {
    const char* done = "";
    const char* would = "";
  };
  SyncSession(Session& session, Words copied, bool dry_run)
      : session_(session), copied_(copied), dry_run_(dry_run), started_(std::chrono::steady_clock::now()) {}

  void event(const SyncEvent& event);
  void progress(const SyncProgress& progress);
  /// The last line. `json` is what --json prints.
  void total(const std::string& text, const Json& json);

 private:
  Session& session_;
  const Words copied_;
  const bool dry_run_;
  const std::chrono::steady_clock::time_point started_;
};

/// `--include`, `--exclude`, `--jobs`, `--limit`, in one.
struct SyncChoices {
  std::vector<KeyRule> rules = {};
  int jobs = 8;
  std::string limit = {};

  void declare_rules(Arguments& arguments);
  void declare_transfer(Arguments& arguments);
  /// Errors: `invalid_argument`.
  Result<TransferOptions> transfer() const;
};

/// ", 2 passed over", of what is no object, or nothing.
std::string passed_over_text(std::uint64_t count);

}  // namespace cloudkit::tool
