#pragma once

#include <cloudkit/credentials.h>
#include <cloudkit/http_options.h>
#include <cloudkit/object_store.h>

#include <memory>
#include <string>

/// Azure: typed options, and what only it has.
namespace cloudkit::inline v0::azure {

/// Empty members come from AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT, …_KEY and …_SAS_TOKEN; who has
/// none of their secrets is asked for by the tokens of `default_tokens`.
/// https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
struct BlobOptions {
  std::string account = {};            ///< Its name; required, here or there.
  std::string endpoint = {};           ///< "https://HOST[:PORT][/BASE]"; else https://ACCOUNT.blob.core.windows.net.
  std::string account_key = {};        ///< As the portal shows it: base64.
  std::string sas_token = {};          ///< A shared access signature: "sv=…&sig=…".
  std::string connection_string = {};  ///< "DefaultEndpointsProtocol=https;AccountName=…".
  bool anonymous = false;              ///< Send no credentials: never by accident.
  bool allow_http = false;             ///< Plain http to another machine than this one.
  std::shared_ptr<TokenSource> tokens = {};  ///< Default: `default_tokens()`.
  http::RetryOptions retry = {};
  http::TransportOptions transport = {};
  /// Send secrets of the environment to an `endpoint` that is neither Azure's Blob Storage nor on this machine: they
  /// can be used by whoever gets them. What is given here is sent to any.
  bool trust_endpoint = false;
};

/// Does no I/O; the environment is read at the first call. Errors: `invalid_argument` for options that contradict each
/// other, `unauthenticated` for a key or a signature that is none.
CLOUDKIT_API Result<ObjectStore> make_blob_store(BlobOptions options = {});

/// The first that there is, as Azure's own libraries look: an application that the environment names (AZURE_CLIENT_ID
/// and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH); a workload identity (AZURE_FEDERATED_TOKEN_FILE); a
/// managed identity of App Service or of a virtual machine; the login of `az login`. For Azure Storage. Fetched at the
/// first call, again before they expire. docs/guide/credentials.md has the details. `transport` is for the services
/// that are asked. Errors of `get`: `unauthenticated` where there is nothing, naming each place and why, and for what
/// is set by half or refused.
/// https://learn.microsoft.com/dotnet/azure/sdk/authentication/credential-chains
CLOUDKIT_API std::shared_ptr<TokenSource> default_tokens(http::TransportOptions transport = {});

/// An application of Microsoft Entra ID, with its secret.
/// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
struct ClientSecretOptions {
  std::string tenant = {};     ///< Its id, or a domain. Required.
  std::string client_id = {};  ///< Required.
  std::string secret = {};     ///< Its value, not its id. Required.
  /// "https://login.microsoftonline.us"; else AZURE_AUTHORITY_HOST, else the public cloud.
  std::string authority = {};
  std::string scope = {};  ///< Default: "https://storage.azure.com/.default".
  http::TransportOptions transport = {};
};
/// Does nothing before the first `get`; then keeps and renews as `default_tokens` does. Errors of `get`:
/// `invalid_argument` for a tenant that is none; as Entra ID says, with its AADSTS code.
CLOUDKIT_API std::shared_ptr<TokenSource> client_secret(ClientSecretOptions options);

/// The same with a certificate.
/// https://learn.microsoft.com/entra/identity-platform/certificate-credentials
struct ClientCertificateOptions {
  std::string tenant = {};            ///< Required.
  std::string client_id = {};         ///< Required.
  std::string certificate_file = {};  ///< PEM with an RSA key, not encrypted, and its certificate. Required.
  std::string authority = {};         ///< As in ClientSecretOptions.
  std::string scope = {};             ///< As in ClientSecretOptions.
  http::TransportOptions transport = {};
};
/// As `client_secret`. Errors of `get` also: `unauthenticated` for a file without a key and a certificate.
CLOUDKIT_API std::shared_ptr<TokenSource> client_certificate(ClientCertificateOptions options);

/// The same with a token of another identity provider, as in Kubernetes or a CI runner.
/// https://learn.microsoft.com/azure/aks/workload-identity-overview
struct WorkloadIdentityOptions {
  std::string tenant = {};      ///< Required.
  std::string client_id = {};   ///< Required.
  std::string token_file = {};  ///< Required. Read anew each time, as others renew it.
  std::string authority = {};   ///< As in ClientSecretOptions.
  std::string scope = {};       ///< As in ClientSecretOptions.
  http::TransportOptions transport = {};
};
/// As `client_secret`. Errors of `get` also: `unauthenticated` for a file without a token.
CLOUDKIT_API std::shared_ptr<TokenSource> workload_identity(WorkloadIdentityOptions options);

/// The identity of an Azure machine, function or app.
struct ManagedIdentityOptions {
  std::string client_id = {};    ///< Which, where it has several.
  std::string resource_id = {};  ///< The same, by "/subscriptions/…/userAssignedIdentities/NAME".
  std::string resource = {};     ///< Default: "https://storage.azure.com".
};
/// As `client_secret`. Errors of `get`: `unauthenticated` where there is none.
CLOUDKIT_API std::shared_ptr<TokenSource> managed_identity(ManagedIdentityOptions options = {});

/// The login of `az login`.
struct AzureCliOptions {
  std::string tenant = {};    ///< Default: that of the active subscription.
  std::string resource = {};  ///< Default: "https://storage.azure.com".
};
/// Runs `az account get-access-token`. Errors of `get`: `unauthenticated` without a login, or in a cloudkit that starts
/// no programs.
CLOUDKIT_API std::shared_ptr<TokenSource> azure_cli(AzureCliOptions options = {});

}  // namespace cloudkit::inline v0::azure
