#include "sync_session.h"

#include "format.h"
#include "progress_text.h"

#include <fmt/format.h>

namespace cloudkit::tool {

void SyncSession::event(const SyncEvent& event) {
  Output& out = session_.out;
  const char* word = "";
  const char* name = "";
  switch (event.action) {
    case SyncAction::copied:
      word = dry_run_ ? copied_.would : copied_.done;
      name = dry_run_ ? "would_copy" : "copied";
      break;
    case SyncAction::removed:
      word = dry_run_ ? "would remove" : "removed";
      name = dry_run_ ? "would_remove" : "removed";
      break;
    case SyncAction::linked: return;  // Nothing to do; the total counts them.
    case SyncAction::skipped:
      out.notice(fmt::format("skipped {}: {}", event.key, event.error != nullptr ? event.error->message : ""));
      return;
    case SyncAction::failed:
      if (event.error->code != ErrorCode::cancelled) out.error(*event.error);
      return;
  }
  if (out.json()) return out.object(Json().text(name, event.key).number("size", event.size));
  // On a terminal one line tells of all copies; what is gone is told by name.
  const bool one_line = out.shows_progress() && out.prints_to_terminal() && !dry_run_;
  if (!one_line || event.action == SyncAction::removed) {
    out.line(fmt::format("{} {} ({})", word, printable(event.key), count(event.size, "byte")));
  }
}

void SyncSession::progress(const SyncProgress& progress) {
  const auto elapsed = std::chrono::steady_clock::now() - started_;
  session_.out.progress(progress_text(progress, std::chrono::duration_cast<std::chrono::milliseconds>(elapsed)));
}

void SyncSession::total(const std::string& text, const Json& json) {
  if (session_.out.json()) return session_.out.object(Json().object("total", json));
  session_.out.line(text);
}

std::string passed_over_text(std::uint64_t count) {
  return count == 0 ? std::string() : fmt::format(", {} passed over", count);
}

void SyncChoices::declare_rules(Arguments& arguments) {
  arguments
      .each(
          "--exclude", [this](const std::string& pattern) { rules.push_back({false, pattern}); }, "PATTERN",
          "leave out what matches: *.tmp, /logs/**; the first of all these that matches decides")
      .each(
          "--include", [this](const std::string& pattern) { rules.push_back({true, pattern}); }, "PATTERN",
          "take what matches, though a later --exclude does, too");
}

void SyncChoices::declare_transfer(Arguments& arguments) {
  arguments.option("-j,--jobs", jobs, "N", "objects at once")
      .option("--limit", limit, "RATE", "bytes a second, of all together: 512K, 10M, 1G (by 1024)");
}

Result<TransferOptions> SyncChoices::transfer() const {
  if (jobs < 1 || jobs > 64) return Error(ErrorCode::invalid_argument, "--jobs must be from 1 to 64");
  TransferOptions options;
  options.workers = jobs;
  if (limit.empty()) return options;
  const auto rate = parse_rate(limit);
  if (!rate) {
    return Error(ErrorCode::invalid_argument, "--limit " + limit + " is no rate",
                 "write bytes a second: 512K, 10M or 1G, by 1024");
  }
  options.bandwidth = BandwidthLimit::bytes_per_second(*rate);
  return options;
}

}  // namespace cloudkit::tool
