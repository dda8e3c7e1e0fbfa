#pragma once

#include "auth/surroundings.h"
#include "core/time.h"
#include "gcp/credentials/key_file.h"

#include <cloudkit/context.h>

#include <string>
#include <string_view>

/// The token of another identity provider, by which an external account shows who it is.
/// https://google.aip.dev/auth/4117
namespace cloudkit::inline v0::gcp {

/// Errors: `unauthenticated`, saying which source gave none, and nothing of what it held; those of http::Client.
Result<std::string> fetch_subject_token(const ExternalAccount& account, const auth::Surroundings& surroundings,
                                        const Context& context);

/// A request to AWS's STS, signed and written down, for Google to send. Errors: `unauthenticated` for an environment
/// without keys or region: what else AWS has is not asked.
Result<std::string> aws_subject_token(const SubjectAws& subject, std::string_view audience,
                                      const auth::Surroundings& surroundings, core::TimePoint now,
                                      const Context& context);

}  // namespace cloudkit::inline v0::gcp
