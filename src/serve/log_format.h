#pragma once

namespace cloudkit::inline v0::serving {

/// Makes cloudkit's own log lines JSON where AWS_LAMBDA_LOG_FORMAT asks for it, from the level of
/// AWS_LAMBDA_LOG_LEVEL on. A sink that the program has set stays.
/// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
void choose_log_format();

}  // namespace cloudkit::inline v0::serving
