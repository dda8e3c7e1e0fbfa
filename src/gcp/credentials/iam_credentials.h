#pragma once

#include "auth/surroundings.h"
#include "gcp/credentials/key_file.h"

#include <cloudkit/gcp.h>

#include <memory>
#include <string>
#include <vector>

/// The IAM Credentials API: tokens and signatures of a service account, for those who may act as it.
/// https://cloud.google.com/iam/docs/reference/credentials/rest
namespace cloudkit::inline v0::gcp {

/// Errors: `permission_denied` for who may not act as the account; `unauthenticated`; those of `by` and of
/// http::Client.
Result<AccessToken> generate_access_token(const ActingAs& acting, const std::vector<std::string>& scopes,
                                          const std::shared_ptr<TokenSource>& by,
                                          const auth::Surroundings& surroundings, const Context& context);
/// Errors: as above.
Result<Signature> sign_blob(const ActingAs& acting, Bytes bytes, const std::shared_ptr<TokenSource>& by,
                            const auth::Surroundings& surroundings, const Context& context);

}  // namespace cloudkit::inline v0::gcp
