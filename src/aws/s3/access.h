#pragma once

#include <cloudkit/driver/http.h>

#include <string_view>

namespace cloudkit::inline v0::aws::s3 {

/// Whether a request is about the account, a bucket or an object in it.
enum class Subject { service, bucket, object };

/// The IAM action that allows `request`: "s3:PutObject"; "" for none that cloudkit sends.
std::string_view iam_action(const http::Request& request, Subject subject) noexcept;

/// Completes the hint of a refusal by who was refused (`whom`: `profile "dev", AKIA…XYZ`, or
/// empty for an unsigned request) and by what was not allowed. Other errors stay as they are.
void explain_refusal(Error& error, std::string_view whom, std::string_view action, Subject subject);

}  // namespace cloudkit::inline v0::aws::s3
