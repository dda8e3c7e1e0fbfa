#include "gcp/credentials/key_file.h"

#include "auth/json_members.h"
#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "gcp/credentials/external_account_file.h"
#include "http/parse_url.h"
#include "http/request_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::gcp {
namespace {

using auth::JsonMembers;
using auth::Presence;
using codec::JsonValue;

constexpr std::string_view kTokenUri = "https://oauth2.googleapis.com/token";
constexpr std::string_view kIamApi = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/";
constexpr std::string_view kGenerate = ":generateAccessToken";
// A source of an impersonation may be one again; nobody nests deeper than this.
constexpr int kDeepest = 4;

Error refuse_file(std::string what, std::string hint = {}) {
  return core::fail(ErrorCode::unauthenticated, std::move(what), std::move(hint));
}

// Names that go into a path of their own, and what takes their place.
bool is_account(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 254 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("@.-_+").find(c) != std::string_view::npos;
  });
}

Result<KeyFile> read_service_account(const JsonValue& json) {
  JsonMembers members(json);
  const std::string email = members.text("client_email", Presence::required);
  const std::string pem = members.lines("private_key", Presence::required);
  const std::string key_id = members.text("private_key_id", Presence::optional);
  const std::string project = members.text("project_id", Presence::optional);
  std::string token_uri = members.text("token_uri", Presence::optional);
  if (token_uri.empty()) token_uri = kTokenUri;
  http::Request endpoint = endpoint_in("token_uri", token_uri, members);
  if (!members.problem().empty()) return refuse_file(members.problem());
  auto key = crypto::RsaKey::from_pem(pem);
  if (!key) {
    return refuse_file(fmt::format("private_key: {}", key.error().message),
                       "create a new key: gcloud iam service-accounts keys create");
  }
  return ServiceAccountKey{email, key_id, project, std::move(endpoint), token_uri, *std::move(key)};
}

Result<KeyFile> read_authorized_user(const JsonValue& json) {
  JsonMembers members(json);
  AuthorizedUser user;
  user.client_id = members.text("client_id", Presence::required);
  user.client_secret = members.text("client_secret", Presence::required);
  user.refresh_token = members.text("refresh_token", Presence::required);
  user.quota_project = members.text("quota_project_id", Presence::optional);
  const std::string token_uri = members.text("token_uri", Presence::optional);
  user.token_endpoint = endpoint_in("token_uri", token_uri.empty() ? kTokenUri : token_uri, members);
  if (!members.problem().empty()) {
    return refuse_file(members.problem(), "log in anew: gcloud auth application-default login");
  }
  return user;
}

Result<KeyFile> read_kind(const JsonValue& json, int depth);

std::vector<std::string> read_delegates(const JsonValue& json, JsonMembers& members) {
  std::vector<std::string> delegates;
  for (const JsonValue& item : json.find("delegates").items()) {
    std::string_view name = item.as_string().value_or(std::string_view());
    name.remove_prefix(std::min(name.rfind('/') + 1, name.size()));
    if (!is_account(name)) members.spoil("delegates holds what is no service account");
    delegates.emplace_back(name);
  }
  return delegates;
}

Result<KeyFile> read_impersonated(const JsonValue& json, int depth) {
  JsonMembers members(json);
  ImpersonatedAccount account;
  const std::string url = members.text("service_account_impersonation_url", Presence::required);
  account.acting_as = impersonation_in(url, members);
  account.acting_as.delegates = read_delegates(json, members);
  account.quota_project = members.text("quota_project_id", Presence::optional);
  const JsonValue& source = json.find("source_credentials");
  if (!source.is_object()) members.spoil("source_credentials is missing, or no object");
  if (!members.problem().empty()) return refuse_file(members.problem());
  auto by = read_kind(source, depth + 1);
  if (!by) {
    by.error().message = fmt::format("source_credentials: {}", by.error().message);
    return std::move(by).error();
  }
  account.by = std::make_shared<const KeyFile>(*std::move(by));
  return account;
}

Result<KeyFile> read_kind(const JsonValue& json, int depth) {
  if (depth > kDeepest) return refuse_file("source_credentials are nested too deep");
  const JsonValue& domain = json.find("universe_domain");
  if (!domain.is_null() && domain.as_string() != "googleapis.com") {
    return core::unsupported("universe_domain is not googleapis.com", "cloudkit speaks to Google's public cloud only");
  }
  const std::string_view type = json.find("type").as_string().value_or(std::string_view());
  if (type == "service_account") return read_service_account(json);
  if (type == "authorized_user") return read_authorized_user(json);
  if (type == "external_account") return read_external_account(json);
  if (type == "impersonated_service_account") return read_impersonated(json, depth);
  if (type == "external_account_authorized_user" || type == "gdch_service_account") {
    return core::unsupported(fmt::format("cloudkit does not speak credentials of the type {}", type),
                             "use a service account, or workload identity");
  }
  if (json.contains("installed") || json.contains("web")) {
    return refuse_file("it is a client of OAuth, which is nobody's credentials",
                       "log in with it: gcloud auth application-default login --client-id-file=FILE");
  }
  return refuse_file(type.empty() ? "type is missing, or no string" : "type is none that Google's tools write",
                     "type is service_account, authorized_user, external_account or impersonated_service_account");
}

}  // namespace

http::Request endpoint_in(std::string_view name, std::string_view url, auth::JsonMembers& members) {
  if (url.empty()) return {};
  auto request = http::parse_url(url);
  const auto kind = request ? http::classify_host(request->host) : Result<http::HostKind>(request.error());
  if (!kind || (request->scheme != "https" && *kind != http::HostKind::loopback)) {
    members.spoil(fmt::format("{} is no URL that begins with https://", name));
    return {};
  }
  return *std::move(request);
}

ActingAs impersonation_in(std::string_view url, auth::JsonMembers& members) {
  constexpr std::string_view kName = "service_account_impersonation_url";
  if (url.empty()) return {};
  ActingAs acting;
  acting.api = endpoint_in(kName, url, members);
  const std::string_view path = acting.api.path;
  const std::size_t name = path.rfind('/') + 1;
  if (!path.ends_with(kGenerate) || !is_account(path.substr(name, path.size() - kGenerate.size() - name))) {
    members.spoil(fmt::format("{} does not end in /serviceAccounts/ACCOUNT{}", kName, kGenerate));
    return {};
  }
  acting.account = path.substr(name, path.size() - kGenerate.size() - name);
  acting.api.encoded_path = core::percent_encode(path.substr(0, name), core::Slash::keep);
  acting.api.query.clear();
  return acting;
}

Result<KeyFile> read_key_file(std::string_view text) {
  auto json = JsonValue::parse(text);
  if (!json) return refuse_file(std::move(json).error().message);
  if (!json->is_object()) return refuse_file("the JSON is not an object");
  return read_kind(*json, 0);
}

Result<ActingAs> acting_as(std::string_view account, std::vector<std::string> delegates) {
  const auto usable = [](std::string_view name) { return is_account(name); };
  if (!usable(account) || !std::all_of(delegates.begin(), delegates.end(), usable)) {
    return core::invalid_argument("a service account is named by its e-mail address",
                                  "such as NAME@PROJECT.iam.gserviceaccount.com");
  }
  auto api = http::parse_url(kIamApi);
  if (!api) return std::move(api).error();
  api->encoded_path = api->path;
  return ActingAs{*std::move(api), std::string(account), std::move(delegates)};
}

}  // namespace cloudkit::inline v0::gcp
