#include "auth/metadata_client.h"
#include "aws/credentials/credentials_json.h"
#include "aws/credentials/metadata_endpoints.h"
#include "aws/credentials/surroundings.h"
#include "core/encode.h"
#include "core/fail.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
namespace cloudkit::inline v0::aws {
namespace {

constexpr const char* kTokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
constexpr const char* kToken = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

Error bad_token(std::string message) {
  return core::fail(ErrorCode::unauthenticated, std::move(message),
                    fmt::format("{} and {} say what the container's endpoint is shown", kTokenFile, kToken));
}

Result<std::string> checked_token(std::string_view text, std::string_view place) {
  const std::string_view token = core::trim(text);
  if (token.empty()) return bad_token(fmt::format("the token in {} is empty", place));
  if (token.size() > auth::kMaxMetadataReply) {
    return bad_token(fmt::format("the token in {} has more than {} bytes", place, auth::kMaxMetadataReply));
  }
  // A line end would become a header of its own.
  if (core::has_control_character(token))
    return bad_token(fmt::format("the token in {} has control characters", place));
  return std::string(token);
}

// Read anew each time: EKS replaces the file. Nothing where neither variable is set.
Result<std::optional<std::string>> authorization_token(const Environment& environment) {
  const std::string path = variable(environment, kTokenFile);
  std::string text = variable(environment, kToken);
  if (path.empty() && text.empty()) return std::optional<std::string>();
  if (!path.empty()) {
    auto file = environment.read_file(path);
    if (!file) return bad_token(std::move(file).error().message);
    if (!file->has_value()) return bad_token(fmt::format("read {}: No such file or directory", path));
    text = **std::move(file);
  }
  auto token = checked_token(text, path.empty() ? kToken : std::string_view(path));
  crypto::cleanse(text);
  if (!token) return std::move(token).error();
  return std::optional(*std::move(token));
}

}  // namespace

Result<Lookup> look_in_container(const Surroundings& surroundings, const Context& context) {
  auto endpoint = container_endpoint(surroundings.environment);
  if (!endpoint) return std::move(endpoint).error();
  if (!endpoint->has_value()) {
    return Lookup{{}, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are not set"};
  }
  http::Request request = **std::move(endpoint);
  const std::string place = fmt::format("the container's endpoint {}", request.host);
  auto token = authorization_token(surroundings.environment);
  if (!token) return std::move(token).error();
  if (token->has_value()) request.headers.set("Authorization", **std::move(token));
  request.headers.set("Accept", "application/json");
  request.max_reply_size = auth::kMaxMetadataReply;

  auto reply = http::Client(auth::metadata_client_options(surroundings)).send(std::move(request), context);
  if (!reply) return auth::metadata_error(std::move(reply).error(), place);
  auto credentials = read_metadata_credentials(reply->body, surroundings.now());
  crypto::cleanse(reply->body);
  if (!credentials) return auth::metadata_error(std::move(credentials).error(), place);
  credentials->source = place;
  return Lookup{*std::move(credentials), {}};
}

}  // namespace cloudkit::inline v0::aws
