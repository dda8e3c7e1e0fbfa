#pragma once

#include "auth/surroundings.h"

#include <cloudkit/context.h>
#include <cloudkit/credentials.h>

#include <string>
#include <string_view>

/// Tokens that Microsoft Entra ID gives to applications.
/// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
namespace cloudkit::inline v0::azure {

struct Application {
  std::string tenant = {};     ///< Its id, or a domain.
  std::string client_id = {};  ///< "Application (client) ID".
  std::string authority =
      {};                  ///< "https://login.microsoftonline.us"; else AZURE_AUTHORITY_HOST, else the public cloud.
  std::string scope = {};  ///< Empty: of Azure Storage.
};

/// An id or a domain, as Azure's libraries check it: nothing that could be more than one segment of a path, or an
/// option.
bool is_tenant(std::string_view text) noexcept;

/// Errors: `invalid_argument` for what could lead the secret elsewhere, `unauthenticated` for an identity that is
/// filled in by half; as Entra ID says, with its AADSTS code as `service_code` and a hint.
Result<AccessToken> fetch_by_secret(const Application& application, const std::string& secret,
                                    const auth::Surroundings& surroundings, const Context& context);

/// `path`: PEM with an RSA key and its certificate. Errors: also `unauthenticated` for a file without them, and
/// `unsupported` for one of PKCS #12.
Result<AccessToken> fetch_by_certificate(const Application& application, const std::string& path,
                                         const auth::Surroundings& surroundings, const Context& context);

/// `path`: a token of another identity provider, read anew each time as others renew it.
Result<AccessToken> fetch_by_federated_token(const Application& application, const std::string& path,
                                             const auth::Surroundings& surroundings, const Context& context);

/// An error of Entra ID's with its AADSTS code, if the text has one, and what may be done.
Error explain_entra(Error error);

}  // namespace cloudkit::inline v0::azure
