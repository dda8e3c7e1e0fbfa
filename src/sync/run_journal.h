#pragma once

#include "core/unique_fd.h"
#include "sync/entry.h"

#include <cloudkit/result.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudkit::inline v0::syncing {

/// What a backup has done of its plan so far: manifest lines in the order in which they came true, each with its number
/// in the plan. Outlives the program. In memory it takes eight bytes an object. Thread-safe.
class RunJournal {
 public:
  /// Begins anew. Errors: `io`, …
  static Result<RunJournal> create(int directory, const std::string& name, std::string path);
  /// Goes on with an earlier program's, up to the first line that is none. Errors: `not_found`; `io`.
  static Result<RunJournal> open(int directory, const std::string& name, std::string path);
  RunJournal(RunJournal&&) noexcept = default;
  RunJournal& operator=(RunJournal&&) = delete;

  /// Of an object that is done.
  Status add(std::uint64_t index, std::string_view line) { return append('+', index, line); }
  /// Of one that is missing: forgotten by the next run.
  Status note(std::uint64_t index, std::string_view line) { return append('-', index, line); }
  bool has(std::uint64_t index) const;
  /// With its line feed; nothing for what was not added. Errors: `io`.
  Result<std::optional<std::string>> line(std::uint64_t index) const;
  Status sync();

 private:
  RunJournal(core::UniqueFd file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  Status read();
  Status append(char kind, std::uint64_t index, std::string_view line);

  struct Span {
    std::uint64_t at = 0;  // One more than where it is; 0: nowhere.
  };
  core::UniqueFd file_;
  std::string path_;
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
  std::uint64_t size_ = 0;
  std::vector<Span> spans_;
};

}  // namespace cloudkit::inline v0::syncing
