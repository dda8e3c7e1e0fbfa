#pragma once

#include "aws/service/call.h"

#include <cloudkit/driver/function_runtime.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

/// What functions logged, in CloudWatch.
namespace cloudkit::inline v0::aws::logs {

/// Where a listing stands. The service's own token ends with the last page, but later events are wanted, too, and those
/// that arrive later than younger ones, from another instance of the function: then it goes on some seconds before the
/// last one, without what was seen of that time.
struct Position {
  std::int64_t since = 0;                                      ///< Milliseconds since 1970.
  std::string service_token = {};                              ///< Of the page that comes next, or empty.
  std::int64_t last = 0;                                       ///< The latest time so far.
  std::int64_t last_before = 0;                                ///< And when the service's first page began.
  std::map<std::string, std::int64_t, std::less<>> seen = {};  ///< Ids of events that may come again, and their times.
};

/// Errors: `invalid_argument` for a token that none wrote.
Result<Position> read_position(const LogPageRequest& request);
Result<std::string> write_position(const Position& position);

/// "/aws/lambda/hello"
std::string group_of(std::string_view function);

/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
Result<service::Call> filter_log_events(std::string_view group, const Position& position);
/// Errors: `unknown`.
Result<LogPage> read_log_events(const http::Response& response, Position position);
Result<service::Call> delete_log_group(std::string_view group);

}  // namespace cloudkit::inline v0::aws::logs
