#include "gcp/credentials/external_account_file.h"

#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "http/endpoint_url.h"
#include "http/parse_url.h"
#include "http/request_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace cloudkit::inline v0::gcp {
namespace {

using auth::JsonMembers;
using auth::Presence;
using codec::JsonValue;
using Subject = decltype(ExternalAccount::subject);

// What IAM gives:
// https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken
constexpr std::uint64_t kLongestLifetime = 43'200;

// Of a text in JSON the name of the member, else "".
std::string field_in(const JsonValue& source, JsonMembers& members) {
  const JsonValue& format = source.find("format");
  if (format.is_null()) return {};
  const std::string_view type = format.find("type").as_string().value_or("text");
  if (type == "text") return {};
  const auto field = format.find("subject_token_field_name").as_string();
  if (type != "json" || !field || field->empty()) {
    return members.spoil("credential_source.format is neither text, nor json with a subject_token_field_name");
  }
  return std::string(*field);
}

// Azure's place for the tokens of its machines, the only metadata service that Google's tools write into such files;
// what others tell there are keys.
// https://cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds#azure
bool is_azures_metadata(const http::Request& request) {
  return request.scheme == "http" && request.host == "169.254.169.254" &&
         request.path == "/metadata/identity/oauth2/token";
}

bool is_googles(std::string_view host) { return http::is_below(host, "googleapis.com"); }

// AWS's keys of the environment sign it, so it may ask nobody but STS, and nothing but who we are: whoever wrote the
// file would get a request of their choice signed.
bool asks_who_we_are(std::string_view url) {
  constexpr std::string_view kRegion = "{region}";
  std::string filled(url);
  if (const auto at = filled.find(kRegion); at != std::string::npos) filled.replace(at, kRegion.size(), "us-east-1");
  const auto request = http::parse_url(filled);
  if (!request || request->scheme != "https" || (!request->path.empty() && request->path != "/")) return false;
  std::string_view host = request->host;
  const bool is_sts =
      host == "sts.amazonaws.com" ||
      (host.starts_with("sts.") && (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")));
  if (!is_sts) return false;
  if (host.ends_with(".cn")) host.remove_suffix(3);
  // "sts.REGION.amazonaws.com": one name between, and no other service's.
  host.remove_prefix(std::min(host.size(), std::string_view("sts.").size()));
  const std::string_view region = host.substr(0, host.find('.'));
  if (host != "amazonaws.com" &&
      (host != fmt::format("{}.amazonaws.com", region) || region.find('-') == std::string_view::npos)) {
    return false;
  }
  http::Query query = request->query;
  std::sort(query.begin(), query.end());
  return query == http::Query{{"Action", "GetCallerIdentity"}, {"Version", "2011-06-15"}};
}

// Machines tell their tokens over plain http, to those that are on them.
http::Request subject_request(std::string_view url, const JsonValue& source, JsonMembers& members) {
  auto request = http::parse_url(url);
  const auto kind = request ? http::classify_host(request->host) : Result<http::HostKind>(request.error());
  if (!kind || (request->scheme != "https" && *kind == http::HostKind::other)) {
    members.spoil("credential_source.url is no URL that begins with https://");
    return {};
  }
  if (*kind == http::HostKind::link_local && !is_azures_metadata(*request)) {
    members.spoil("credential_source.url is of a metadata service, and not where Azure's tells tokens");
    return {};
  }
  for (const codec::JsonMember& header : source.find("headers").members()) {
    const auto value = header.value.as_string();
    if (!value || !core::is_http_token(header.name) || !core::is_http_field_value(*value) ||
        core::is_framing_header(header.name)) {
      members.spoil("credential_source.headers holds what is no header");
      return {};
    }
    request->headers.set(header.name, std::string(*value));
  }
  return *std::move(request);
}

Result<Subject> read_aws(std::string_view environment, const JsonValue& source, JsonMembers& members) {
  if (environment != "aws1") {
    return core::unsupported("credential_source.environment_id is not aws1", "newer ones are not known");
  }
  JsonMembers aws(source);
  SubjectAws subject{aws.text("regional_cred_verification_url", Presence::required)};
  if (!subject.verification_url.empty() && !asks_who_we_are(subject.verification_url)) {
    aws.spoil("regional_cred_verification_url does not ask AWS's STS for GetCallerIdentity");
  }
  if (!aws.problem().empty()) members.spoil(fmt::format("credential_source.{}", aws.problem()));
  return Subject(std::move(subject));
}

Result<Subject> read_subject(const JsonValue& source, JsonMembers& members) {
  if (!source.is_object()) members.spoil("credential_source is missing, or no object");
  if (const auto environment = source.find("environment_id").as_string())
    return read_aws(*environment, source, members);
  if (const auto file = source.find("file").as_string(); file && !file->empty()) {
    return Subject(SubjectFile{std::string(*file), field_in(source, members)});
  }
  if (const auto url = source.find("url").as_string()) {
    return Subject(SubjectUrl{subject_request(*url, source, members), field_in(source, members)});
  }
  for (const char* other : {"executable", "certificate"}) {
    if (source.contains(other)) {
      return core::unsupported(fmt::format("cloudkit takes no subject tokens from credential_source.{}", other),
                               "let it write the token to a file, and name that as credential_source.file");
    }
  }
  members.spoil("credential_source names neither a file, nor a url, nor an environment_id");
  return Subject();
}

void read_lifetime(const JsonValue& json, ActingAs& acting, JsonMembers& members) {
  const JsonValue& lifetime = json.find("service_account_impersonation").find("token_lifetime_seconds");
  if (lifetime.is_null()) return;
  const auto seconds = lifetime.as_u64();
  if (!seconds || *seconds == 0 || *seconds > kLongestLifetime) {
    members.spoil("service_account_impersonation.token_lifetime_seconds is not 1 to 43200");
    return;
  }
  acting.lifetime = std::chrono::seconds(*seconds);
}

}  // namespace

Result<KeyFile> read_external_account(const JsonValue& json) {
  JsonMembers members(json);
  ExternalAccount account;
  account.audience = members.text("audience", Presence::required);
  account.subject_token_type = members.text("subject_token_type", Presence::required);
  const std::string token_url = members.text("token_url", Presence::required);
  account.token_endpoint = endpoint_in("token_url", token_url, members);
  account.client_id = members.text("client_id", Presence::optional);
  account.client_secret = members.text("client_secret", Presence::optional);
  account.user_project = members.text("workforce_pool_user_project", Presence::optional);
  account.quota_project = members.text("quota_project_id", Presence::optional);
  const std::string url = members.text("service_account_impersonation_url", Presence::optional);
  account.acting_as = impersonation_in(url, members);
  read_lifetime(json, account.acting_as, members);
  auto subject = read_subject(json.find("credential_source"), members);
  if (!subject) return std::move(subject).error();
  // A machine's token is not in the file, so whoever wrote that may not choose who gets it.
  const auto* by_url = std::get_if<SubjectUrl>(&*subject);
  if (by_url != nullptr && is_azures_metadata(by_url->request) && !is_googles(account.token_endpoint.host)) {
    members.spoil("credential_source.url asks for this machine's token, but token_url is not Google's");
  }
  if (!members.problem().empty()) return core::fail(ErrorCode::unauthenticated, members.problem());
  account.subject = *std::move(subject);
  return account;
}

}  // namespace cloudkit::inline v0::gcp
