#include "gcp/credentials/subject_token.h"

#include "auth/metadata_client.h"
#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "crypto/digest.h"
#include "http/request_check.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::gcp {
namespace {

constexpr std::size_t kMaxSubjectToken = std::size_t{64} << 10;

Error no_subject(std::string_view place, std::string_view why) {
  return core::fail(ErrorCode::unauthenticated, fmt::format("{} {}", place, why),
                    "it holds the token of the other identity provider, as credential_source says");
}

Result<std::string> token_in(std::string_view text, const std::string& field, std::string_view place) {
  std::string token(core::trim(text));
  if (!field.empty()) {
    const auto json = codec::JsonValue::parse(text);
    if (!json) return no_subject(place, fmt::format("has no JSON: {}", json.error().message));
    const auto value = json->find(field).as_string();
    if (!value)
      return no_subject(place, fmt::format("has no text in the member {}", core::printable_excerpt(field, 64)));
    token = *value;
  }
  if (token.empty()) return no_subject(place, "has an empty token");
  if (token.size() > kMaxSubjectToken) return no_subject(place, "has a token that is longer than any");
  return token;
}

}  // namespace

Result<std::string> fetch_subject_token(const ExternalAccount& account, const auth::Surroundings& surroundings,
                                        const Context& context) {
  struct Fetch {
    const ExternalAccount& account;
    const auth::Surroundings& surroundings;
    const Context& context;

    // Read anew each time: whoever issues the tokens replaces the file.
    Result<std::string> operator()(const SubjectFile& file) const {
      const std::string place = fmt::format("the subject token's file {}", file.path);
      auto text = surroundings.environment.read_file(file.path);
      if (!text) return no_subject(place, fmt::format("cannot be read: {}", text.error().message));
      if (!text->has_value()) return no_subject(place, "does not exist");
      auto token = token_in(**text, file.field, place);
      crypto::cleanse(**text);
      return token;
    }
    Result<std::string> operator()(const SubjectUrl& url) const {
      const std::string place = fmt::format("the subject token's endpoint {}", url.request.host);
      http::Request request = url.request;
      request.max_reply_size = auth::kMaxMetadataReply;
      const auto options =
          auth::metadata_client_options(near(url.request) ? auth::for_metadata_tokens(surroundings) : surroundings);
      auto reply = http::Client(options).send(std::move(request), context);
      if (!reply) return auth::metadata_error(std::move(reply).error(), place);
      auto token = token_in(reply->body, url.field, place);
      crypto::cleanse(reply->body);
      return token;
    }
    Result<std::string> operator()(const SubjectAws& aws) const {
      return aws_subject_token(aws, account.audience, surroundings, surroundings.now(), context);
    }
    static bool near(const http::Request& request) {
      const auto kind = http::classify_host(request.host);
      return kind && *kind != http::HostKind::other;
    }
  };
  return std::visit(Fetch{account, surroundings, context}, account.subject);
}

}  // namespace cloudkit::inline v0::gcp
