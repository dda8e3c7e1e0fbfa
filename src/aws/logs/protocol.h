#pragma once

#include "aws/service/call.h"

#include <cloudkit/driver/function_runtime.h>

#include <string>
#include <string_view>
#include <vector>

/// What functions logged, in CloudWatch.
namespace cloudkit::inline v0::aws::logs {

/// Where a listing stands. The service's own token ends with the last page, but later events are wanted, too: then it
/// goes on at the time of the last one, without those of that time which were seen.
struct Position {
  std::int64_t since = 0;              ///< Milliseconds since 1970.
  std::string service_token = {};      ///< Of the page that comes next, or empty.
  std::int64_t last = 0;               ///< The latest time so far.
  std::vector<std::string> seen = {};  ///< The ids of the events of that time.
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
