#include "azure/credentials/entra.h"

#include <algorithm>
#include <string_view>

namespace cloudkit::inline v0::azure {
namespace {

struct EntraCode {
  std::string_view code;
  std::string_view hint;
  ErrorCode meaning = ErrorCode::unauthenticated;
};

// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
constexpr EntraCode kCodes[] = {
    {"AADSTS7000215",
     "the secret's value is wanted, not its id; make a new one: az ad app credential reset --id CLIENT_ID"},
    {"AADSTS7000222", "the secret has expired; make a new one: az ad app credential reset --id CLIENT_ID"},
    {"AADSTS7000216", "the application needs a secret or a certificate"},
    {"AADSTS7000112", "the application is disabled in this tenant"},
    {"AADSTS700016", "the client id is of no application in this tenant: check AZURE_CLIENT_ID and AZURE_TENANT_ID"},
    {"AADSTS90002", "there is no such tenant: check AZURE_TENANT_ID, and AZURE_AUTHORITY_HOST for another cloud"},
    {"AADSTS900023", "the tenant is neither an id nor a domain: check AZURE_TENANT_ID"},
    {"AADSTS900382", "the tenant is of another cloud: set AZURE_AUTHORITY_HOST"},
    {"AADSTS500011", "nobody in this tenant answers for that scope; for blobs it is https://storage.azure.com/.default",
     ErrorCode::invalid_argument},
    {"AADSTS1002012", "a scope ends in /.default: https://storage.azure.com/.default", ErrorCode::invalid_argument},
    {"AADSTS70011", "a scope ends in /.default: https://storage.azure.com/.default", ErrorCode::invalid_argument},
    {"AADSTS700024", "the assertion is out of its time: set this machine's clock, or renew the token in the file"},
    {"AADSTS700027", "the certificate is not one of the application's, or the key is not the certificate's"},
    {"AADSTS70021", "no federated credential of the application fits the token's issuer, subject and audience"},
    {"AADSTS700211", "no federated credential of the application has the token's issuer"},
    {"AADSTS700212", "no federated credential of the application has the token's audience"},
    {"AADSTS700213", "no federated credential of the application has the token's subject"},
    {"AADSTS50105", "the application is not assigned to what it asks for", ErrorCode::permission_denied},
    {"AADSTS53003", "a policy of conditional access forbids it from here", ErrorCode::permission_denied},
    {"AADSTS65001", "an administrator has to consent to the application", ErrorCode::permission_denied},
};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// "AADSTS7000222" in "invalid_client: AADSTS7000222: The provided…"
std::string_view code_in(std::string_view text) noexcept {
  constexpr std::string_view kPrefix = "AADSTS";
  const std::size_t begin = text.find(kPrefix);
  if (begin == std::string_view::npos) return {};
  const auto rest = text.substr(begin + kPrefix.size());
  const auto* end = std::find_if_not(rest.begin(), rest.end(), is_digit);
  return text.substr(begin, kPrefix.size() + static_cast<std::size_t>(end - rest.begin()));
}

// What follows is for a support case, and its first id is the request's own.
void cut_trace(Error& error) {
  constexpr std::string_view kTrace = "Trace ID: ";
  const std::size_t trace = error.message.find(kTrace);
  if (trace == std::string::npos) return;
  const std::string_view id = std::string_view(error.message).substr(trace + kTrace.size());
  if (error.request_id.empty()) error.request_id = id.substr(0, id.find(' '));
  error.message.resize(trace);
  while (error.message.ends_with(' ') || error.message.ends_with('.')) error.message.pop_back();
}

}  // namespace

Error explain_entra(Error error) {
  cut_trace(error);
  const std::string_view code = code_in(error.message);
  if (code.empty()) return error;
  error.service_code = code;
  const auto* known = std::find_if(std::begin(kCodes), std::end(kCodes),
                                   [&](const EntraCode& one) { return one.code == error.service_code; });
  if (known == std::end(kCodes)) return error;
  error.hint = known->hint;
  error.code = known->meaning;
  return error;
}

}  // namespace cloudkit::inline v0::azure
