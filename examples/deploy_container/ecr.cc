#include "ecr.h"

#include "deploy.h"

#include <cloudkit/open.h>

#include <nlohmann/json.hpp>

#include <cstdint>

namespace {

using cloudkit::Error;
using cloudkit::ErrorCode;
using nlohmann::json;

cloudkit::Result<json> call(const cloudkit::aws::ServiceClient& client, const std::string& action, const json& body) {
  cloudkit::aws::ServiceCall request;
  request.action = action;
  request.body = body.dump();
  request.context = interrupted;
  const auto reply = client.call(request);
  if (!reply) return reply.error();
  json parsed = json::parse(reply->body, nullptr, false);
  if (parsed.is_object()) return parsed;
  return Error(ErrorCode::unknown, "ECR's reply to " + action + " is no JSON");
}

// The text at a JSON pointer, or "".
std::string text_at(const json& reply, const char* pointer) {
  const json::json_pointer where(pointer);
  return reply.contains(where) && reply.at(where).is_string() ? reply.at(where).get<std::string>() : "";
}

std::string base64_decode(const std::string& text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string decoded;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) break;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    decoded += static_cast<char>(bits >> count & 0xff);
  }
  return decoded;
}

}  // namespace

cloudkit::Result<Ecr> Ecr::open(const std::string& url) {
  const auto parsed = cloudkit::Url::parse(url);
  if (!parsed) return parsed.error();
  cloudkit::aws::ServiceOptions options;
  options.region = parsed->host;
  options.endpoint = parsed->get("endpoint");
  options.profile = parsed->get("profile");
  // Without one the environment and the profile say.
  if (const auto fips = parsed->get("fips"); !fips.empty()) options.fips = fips == "true";
  if (const auto both = parsed->get("dual_stack"); !both.empty()) options.dual_stack = both == "true";
  return Ecr(options);
}

// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
cloudkit::Result<std::string> Ecr::ensure_repository(const std::string& name) const {
  const json tags = {{{"Key", kTag}, {"Value", name}}};
  const auto made = call(client_, "CreateRepository", {{"repositoryName", name}, {"tags", tags}});
  if (made) return text_at(*made, "/repository/repositoryUri");
  if (made.error().service_code != "RepositoryAlreadyExistsException") return made.error();
  const auto found = call(client_, "DescribeRepositories", {{"repositoryNames", {name}}});
  if (!found) return found.error();
  return text_at(*found, "/repositories/0/repositoryUri");
}

// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
cloudkit::Result<RegistryLogin> Ecr::login() const {
  const auto reply = call(client_, "GetAuthorizationToken", json::object());
  if (!reply) return reply.error();
  const std::string token = base64_decode(text_at(*reply, "/authorizationData/0/authorizationToken"));
  const std::size_t colon = token.find(':');
  if (colon == std::string::npos) return Error(ErrorCode::unknown, "ECR's reply has no authorization token");
  std::string server = text_at(*reply, "/authorizationData/0/proxyEndpoint");
  server = server.substr(server.find("://") == std::string::npos ? 0 : server.find("://") + 3);
  return RegistryLogin{server, token.substr(0, colon), token.substr(colon + 1)};
}

cloudkit::Result<bool> Ecr::remove_repository(const std::string& name) const {
  const auto found = call(client_, "DescribeRepositories", {{"repositoryNames", {name}}});
  if (!found && found.error().service_code == "RepositoryNotFoundException") return false;
  if (!found) return found.error();
  const std::string arn = text_at(*found, "/repositories/0/repositoryArn");
  const auto tags = call(client_, "ListTagsForResource", {{"resourceArn", arn}});
  if (!tags) return tags.error();
  bool is_ours = false;
  for (const json& tag : tags->value("tags", json::array())) is_ours = is_ours || tag.value("Key", "") == kTag;
  if (!is_ours) return Error(ErrorCode::conflict, "the repository " + name + " is not of deploy_container: it stays");
  const auto removed = call(client_, "DeleteRepository", {{"repositoryName", name}, {"force", true}});
  if (!removed) return removed.error();
  return true;
}
