#pragma once

#include "aws/service/call.h"

#include <cloudkit/aws_service_client.h>

namespace cloudkit::inline v0::aws::service {

/// What a caller's call is in the dialect of the service. Errors: `invalid_argument` for what that dialect does not
/// have.
Result<Call> call_of(const ServiceDescription& service, const ServiceCall& call);

ServiceReply reply_of(http::Response response);

}  // namespace cloudkit::inline v0::aws::service
