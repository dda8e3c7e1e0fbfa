#include "auth/sigv4.h"
#include "codec/json.h"
#include "core/encode.h"
#include "core/fail.h"
#include "crypto/digest.h"
#include "gcp/credentials/subject_token.h"
#include "http/parse_url.h"

#include <algorithm>
#include <memory>
#include <utility>

// https://google.aip.dev/auth/4117#determining-the-subject-token-in-aws
namespace cloudkit::inline v0::gcp {
namespace {

using auth::variable;

class EnvironmentKeys final : public CredentialSource {
 public:
  explicit EnvironmentKeys(const auth::Environment& environment)
      : keys_{variable(environment, "AWS_ACCESS_KEY_ID"),
              variable(environment, "AWS_SECRET_ACCESS_KEY"),
              variable(environment, "AWS_SESSION_TOKEN"),
              {},
              "AWS's variables in the environment"} {}
  ~EnvironmentKeys() override { crypto::cleanse(keys_.secret_access_key); }

  Result<Credentials> get(const Context&) override { return keys_; }
  bool complete() const noexcept { return !keys_.access_key_id.empty() && !keys_.secret_access_key.empty(); }

 private:
  Credentials keys_;
};

bool is_region(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string with_region(std::string url, std::string_view region) {
  constexpr std::string_view kPlace = "{region}";
  if (const auto at = url.find(kPlace); at != std::string::npos) url.replace(at, kPlace.size(), region);
  return url;
}

// As Google reads it: the request's URL, method, and each header.
Result<std::string> written_down(const http::Request& request) {
  codec::JsonWriter json;
  json.begin_object();
  json.name("url").string("https://" + request.host + http::encode_target(request));
  json.name("method").string(http::to_string(request.method)).name("headers").begin_array();
  const auto add = [&json](std::string_view name, std::string_view value) {
    json.begin_object().name("key").string(name).name("value").string(value).end_object();
  };
  add("host", request.host);
  for (const http::Header& header : request.headers) add(header.name, header.value);
  return json.end_array().end_object().finish();
}

}  // namespace

Result<std::string> aws_subject_token(const SubjectAws& subject, std::string_view audience,
                                      const auth::Surroundings& surroundings, core::TimePoint now,
                                      const Context& context) {
  const auto keys = std::make_shared<EnvironmentKeys>(surroundings.environment);
  std::string region = variable(surroundings.environment, "AWS_REGION");
  if (region.empty()) region = variable(surroundings.environment, "AWS_DEFAULT_REGION");
  if (!keys->complete() || !is_region(region)) {
    return core::fail(ErrorCode::unauthenticated,
                      "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION are not set, and cloudkit asks nothing "
                      "else of AWS for Google",
                      "set them, for instance by `aws configure export-credentials --format env`");
  }
  auto request = http::parse_url(with_region(subject.verification_url, region));
  if (!request) return core::fail(ErrorCode::unauthenticated, "regional_cred_verification_url is no URL");
  request->method = http::Method::post;
  request->headers.set("x-goog-cloud-target-resource", std::string(audience));
  auth::SigV4Signer signer(keys, {region, "sts", auth::PathEncoding::twice});
  if (auto status = signer.sign(*request, now, context); !status) return std::move(status).error();
  auto text = written_down(*request);
  if (!text) return std::move(text).error();
  return core::percent_encode(*text, core::Slash::encode);
}

}  // namespace cloudkit::inline v0::gcp
