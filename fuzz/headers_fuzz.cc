// A header list and what is read from it: waits, dates, ranges, service codes. The input is
// lines of "name: value"; a line without a colon is a status.
#include "core/encode.h"
#include "core/time.h"
#include "http/classify.h"
#include "http/content_range.h"
#include "http/retry.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace cloudkit;
using namespace cloudkit::http;
using namespace std::chrono_literals;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

Response read_reply(std::string_view input) {
  Response reply;
  while (!input.empty()) {
    const auto end = std::min(input.find('\n'), input.size());
    const auto line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) {
      reply.status = static_cast<int>(core::parse_u64(line).value_or(0) % 1000);
    } else {
      reply.headers.add(std::string(line.substr(0, colon)), std::string(core::trim(line.substr(colon + 1))));
    }
  }
  return reply;
}

void check_headers(Headers headers) {
  if (headers.size() == 0) return;
  const std::string name = headers.begin()->name;
  std::size_t named = 0;
  for (const Header& header : headers) named += core::equals_ignoring_case(header.name, name) ? 1 : 0;
  const std::size_t all = headers.size();
  require(headers.get(core::to_lower(name)) == headers.begin()->value);
  headers.set(name, "new");
  require(headers.size() == all - named + 1 && headers.get(name) == "new");
  headers.remove(core::to_lower(name));
  require(headers.size() == all - named && !headers.contains(name));
}

void check_waits(const Response& reply, core::TimePoint now) {
  const auto hint = retry_hint(reply, now);
  if (hint) require(hint->wait >= 0ms && hint->wait <= 24h && hint->longest <= 60s);
  for (const int retries : {0, 1, 100}) {
    const auto delay = retry_delay({}, RetryReason::throttled, retries, hint, 0.5);
    require(delay >= 500ms && delay <= 60s);
  }
}

void check_date(std::string_view text) {
  const auto date = core::parse_http_date(text);
  if (date) require(core::parse_http_date(core::format_http_date(*date)) == date);
}

void check_range(std::string_view text) {
  const auto range = parse_content_range(text);
  if (!range) return;
  require(range->span || range->total);
  if (range->span) require(range->span->length() != 0 && (!range->total || range->span->last < *range->total));
  const std::string again =
      fmt::format("bytes {}/{}", range->span ? fmt::format("{}-{}", range->span->first, range->span->last) : "*",
                  range->total ? fmt::to_string(*range->total) : "*");
  const auto same = parse_content_range(again);
  require(same && same->total == range->total && same->span.has_value() == range->span.has_value());
}

void check_failure(const Response& reply) {
  const Failure failure = classify(reply.headers.get("code"), reply.status);
  require(failure.error.http_status == reply.status && !to_string(failure.error.code).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Response reply = read_reply({reinterpret_cast<const char*>(data), size});
  check_headers(reply.headers);
  for (const core::TimePoint now : {core::TimePoint(), core::TimePoint::min(), core::TimePoint::max()}) {
    check_waits(reply, now);
  }
  for (const Header& header : reply.headers) {
    check_date(header.value);
    check_range(header.value);
  }
  check_failure(reply);
  return 0;
}
