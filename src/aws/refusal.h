#pragma once

#include <cloudkit/error.h>

#include <string_view>

namespace cloudkit::inline v0::aws {

/// "kms:Decrypt" of "… is not authorized to perform: kms:Decrypt on resource: …", or nothing. The service knows better
/// than the kind of the request, for a key's policy may be what denies.
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
std::string_view denied_action(std::string_view message) noexcept;

/// Completes the hint of an error by whose credentials were refused (`whom`: `profile "dev", AKIA…XYZ`).
void add_refused(Error& error, std::string_view whom);

}  // namespace cloudkit::inline v0::aws
