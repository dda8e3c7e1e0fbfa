#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

/// One request, in S3's server access log or in the common or combined format of web servers.
struct LoggedRequest {
  int status = 0;
  std::string_view path = {};  ///< Without its query.
};
/// Nothing for a line that is in none of these formats.
std::optional<LoggedRequest> parse_line(std::string_view line);

/// What is asked for most, in memory that does not grow: the algorithm of Misra and Gries. A count is at most
/// total / kNames too low, and what was asked for more often than that is among them.
class Top {
 public:
  void count(std::string_view name);
  std::vector<std::pair<std::string, std::uint64_t>> largest(std::size_t n) const;

 private:
  static constexpr std::size_t kNames = 4096;
  std::unordered_map<std::string, std::uint64_t> counts_;
};

/// All that is known of logs so far.
class LogStatistics {
 public:
  /// Any piece of a log, lines broken anywhere.
  void add(std::string_view bytes);
  /// The rest of a line that was counted already, when what is added goes on where another piece ended.
  void skip_line();
  /// How many bytes have come since the last line ended.
  std::uint64_t unfinished() const noexcept { return unfinished_; }
  /// A last line without its end counts; but where it may still grow only one that is whole as it is. False when it
  /// was not counted.
  bool end_of_object(bool may_grow);

  std::uint64_t requests = 0;
  std::uint64_t server_errors = 0;  ///< 5xx
  std::uint64_t hostile_lines = 0;  ///< In no known format.
  std::map<int, std::uint64_t> statuses;
  Top paths;

 private:
  void add_line(std::string_view line);

  std::string begun_;  // The line that is not whole yet.
  std::uint64_t unfinished_ = 0;
  bool skipping_ = false;
};
