#include "access_log.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace {

constexpr std::size_t kLongestLine = 65536;
constexpr std::size_t kLongestName = 256;

// Of what stands between two quotes; a backslash takes the next character as it is. npos without an end.
std::size_t closing_quote(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i;
    }
  }
  return std::string_view::npos;
}

}  // namespace

// Both formats have the request as their first quoted field, and the status behind it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
// https://httpd.apache.org/docs/2.4/logs.html#common
std::optional<LoggedRequest> parse_line(std::string_view line) {
  const std::size_t time = line.find(" [");
  const std::size_t open = line.find(" \"");
  if (time == std::string_view::npos || open == std::string_view::npos || open < time) return std::nullopt;
  const std::string_view rest = line.substr(open + 2);
  const std::size_t close = closing_quote(rest);
  if (close == std::string_view::npos || rest.size() < close + 5 || rest[close + 1] != ' ') return std::nullopt;
  const std::string_view request = rest.substr(0, close);
  const std::string_view status = rest.substr(close + 2, 3);
  if (status.find_first_not_of("0123456789") != std::string_view::npos || status < "100" || status > "599" ||
      (rest.size() > close + 5 && rest[close + 5] != ' ')) {
    return std::nullopt;
  }
  LoggedRequest found;
  found.status = (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0');
  const std::size_t space = request.find(' ');
  found.path = space == std::string_view::npos ? request : request.substr(space + 1);
  found.path = found.path.substr(0, found.path.find_first_of(" ?"));
  return found;
}

void Top::count(std::string_view name) {
  std::string key(name.substr(0, kLongestName));
  if (const auto known = counts_.find(key); known != counts_.end() || counts_.size() < kNames) {
    ++counts_[std::move(key)];
    return;
  }
  for (auto it = counts_.begin(); it != counts_.end();) it = --it->second == 0 ? counts_.erase(it) : std::next(it);
}

std::vector<std::pair<std::string, std::uint64_t>> Top::largest(std::size_t n) const {
  std::vector<std::pair<std::string, std::uint64_t>> all(counts_.begin(), counts_.end());
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  all.resize(std::min(n, all.size()));
  return all;
}

void LogStatistics::add(std::string_view bytes) {
  for (std::size_t end; (end = bytes.find('\n')) != std::string_view::npos; bytes.remove_prefix(end + 1)) {
    if (begun_.size() <= kLongestLine) begun_ += bytes.substr(0, end);
    if (!std::exchange(skipping_, false)) add_line(begun_);
    begun_.clear();
    unfinished_ = 0;
  }
  unfinished_ += bytes.size();
  // What is longer is no line of a log; its length alone is remembered.
  begun_ += bytes.substr(0, begun_.size() > kLongestLine ? 0 : kLongestLine + 1 - begun_.size());
}

void LogStatistics::skip_line() { skipping_ = true; }

bool LogStatistics::end_of_object(bool may_grow) {
  const bool counts = unfinished_ == 0 || skipping_ || !may_grow || parse_line(begun_);
  if (unfinished_ > 0 && !skipping_ && counts) add_line(begun_);
  begun_.clear();
  unfinished_ = 0;
  skipping_ = false;
  return counts;
}

void LogStatistics::add_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty() || line.starts_with('#')) return;
  const auto request = line.size() > kLongestLine ? std::nullopt : parse_line(line);
  if (!request) {
    ++hostile_lines;
    return;
  }
  ++requests;
  ++statuses[request->status];
  if (request->status >= 500) ++server_errors;
  paths.count(request->path);
}
