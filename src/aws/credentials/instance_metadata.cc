#include "auth/metadata_client.h"
#include "auth/received.h"
#include "aws/credentials/credentials_json.h"
#include "aws/credentials/metadata_endpoints.h"
#include "aws/credentials/surroundings.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/log.h"
#include "crypto/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

// Version 2: a token by PUT, which a request that somebody slips into a program cannot be.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
// Version 1 is not spoken: whoever made version 2 fail would have it.
namespace cloudkit::inline v0::aws {
namespace {

constexpr std::string_view kTokenPath = "/latest/api/token";
constexpr std::string_view kRolePath = "/latest/meta-data/iam/security-credentials/";
constexpr std::string_view kLongestTokenLife = "21600";  // In seconds.
constexpr std::chrono::minutes kExtension{10};

// Signs by a token, and fetches it: when there is none yet, and when the service takes it no more.
// One lookup's, so one thread's.
class Session final : public http::Signer {
 public:
  Session(http::Request base, http::ClientOptions options) : base_(std::move(base)), client_(std::move(options)) {}
  ~Session() override { crypto::cleanse(token_); }

  Status open(const Context& context) {
    http::Request request = base_;
    request.method = http::Method::put;
    request.path += kTokenPath;
    request.headers.set("X-aws-ec2-metadata-token-ttl-seconds", std::string(kLongestTokenLife));
    auto reply = client_.send(std::move(request), context);
    if (!reply) return std::move(reply).error();
    if (reply->body.empty() || core::has_control_character(reply->body)) {
      return core::fail(ErrorCode::unauthenticated, "what it sent for a token is none");
    }
    token_ = std::move(reply->body);
    return {};
  }

  Status sign(http::Request& request, std::chrono::system_clock::time_point, const Context& context) override {
    if (token_.empty()) {
      if (auto status = open(context); !status) return status;
    }
    request.headers.set("X-aws-ec2-metadata-token", token_);
    return {};
  }

  bool refresh(const http::Request&) override {
    crypto::cleanse(token_);
    return true;
  }

 private:
  const http::Request base_;
  http::Client client_;
  std::string token_ = {};
};

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
bool is_role_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("+=,.@-_").find(c) != std::string_view::npos;
  });
}

// One walk through the service.
class InstanceMetadata {
 public:
  InstanceMetadata(http::Request base, const Surroundings& surroundings, const Context& context)
      : surroundings_(surroundings),
        context_(context),
        base_(std::move(base)),
        place_(fmt::format("the instance's metadata service {}", base_.host)),
        probe_(std::make_shared<auth::MetadataProbe>(surroundings.transport)),
        session_(std::make_shared<Session>(base_, options(nullptr))),
        client_(options(session_)) {}

  Result<Lookup> look(const std::string& wanted_role) {
    if (auto status = session_->open(context_); !status) return no_session(std::move(status).error());
    if (!wanted_role.empty()) return keys_of(wanted_role);
    const auto listed = get("");
    if (!listed && listed.error().http_status != 404) return listed.error();
    const std::string_view role = listed ? core::trim(listed->body) : std::string_view();
    if (role.empty()) return Lookup{{}, "the EC2 instance has no role"};
    if (!is_role_name(role)) return refuse("what it sent for a role's name is none");
    return keys_of(role);
  }

 private:
  http::ClientOptions options(std::shared_ptr<http::Signer> signer) const {
    http::ClientOptions options = auth::metadata_client_options(surroundings_);
    options.transport = probe_;
    options.signer = std::move(signer);
    return options;
  }

  Result<Lookup> keys_of(std::string_view role) {
    auto reply = get(role);
    if (!reply && reply.error().http_status == 404) {
      return Lookup{{}, fmt::format("the EC2 instance has no role \"{}\"", role)};
    }
    if (!reply) return std::move(reply).error();
    auto credentials = read_metadata_credentials(reply->body, core::TimePoint::min());
    crypto::cleanse(reply->body);
    if (!credentials) return auth::metadata_error(std::move(credentials).error(), place_);
    credentials->source = fmt::format("the EC2 instance's role \"{}\"", role);
    const core::TimePoint now = surroundings_.now();
    credentials->expires = auth::by_our_clock(*credentials->expires, reply->headers, now);
    if (*credentials->expires <= now) use_longer(*credentials, now);
    return Lookup{*std::move(credentials), {}};
  }

  // In an outage the service hands out keys that have expired, and those who are asked take them: as AWS's own SDKs do.
  // https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
  static void use_longer(Credentials& credentials, core::TimePoint now) {
    core::log(LogLevel::warn, "credentials have expired, using them until there are new ones",
              {{"source", credentials.source}, {"expires", core::format_rfc3339(*credentials.expires)}});
    credentials.expires = now + kExtension;
  }

  // The machine may be none of EC2, which is no error.
  Result<Lookup> no_session(Error error) const {
    if (auto status = context_.check(); !status) return std::move(status).error();
    const bool refused = error.http_status >= 400 && error.http_status < 500 && error.code != ErrorCode::throttled;
    if (refused) {
      return Lookup{{}, fmt::format("{} answered {}: it is switched off, or not EC2's", base_.host, error.http_status)};
    }
    const bool silent = error.http_status == 0 && error.code == ErrorCode::timeout;
    if (silent && probe_->reached()) {
      return Lookup{{},
                    fmt::format("{} does not answer; in a container of an EC2 instance it does once the "
                                "instance's metadata response hop limit is 2",
                                base_.host)};
    }
    const bool unreachable = error.http_status == 0 && error.code == ErrorCode::unavailable;
    if (silent || unreachable) return Lookup{{}, fmt::format("not on EC2: {}", error.message)};
    return auth::metadata_error(std::move(error), place_);
  }

  Result<http::Response> get(std::string_view role) {
    http::Request request = base_;
    request.path += fmt::format("{}{}", kRolePath, role);
    auto reply = client_.send(std::move(request), context_);
    if (!reply) return auth::metadata_error(std::move(reply).error(), place_);
    return reply;
  }

  Error refuse(std::string what) const {
    return auth::metadata_error(core::fail(ErrorCode::unauthenticated, std::move(what)), place_);
  }

  const Surroundings& surroundings_;
  const Context& context_;
  const http::Request base_;
  const std::string place_;
  const std::shared_ptr<auth::MetadataProbe> probe_;
  const std::shared_ptr<Session> session_;
  http::Client client_;
};

}  // namespace

Result<Lookup> look_in_instance_metadata(const ChosenProfile& profile, const Surroundings& surroundings,
                                         const Context& context) {
  if (core::equals_ignoring_case(variable(surroundings.environment, "AWS_EC2_METADATA_DISABLED"), "true")) {
    return Lookup{{}, "AWS_EC2_METADATA_DISABLED is true"};
  }
  auto endpoint = instance_metadata_endpoint(profile, surroundings.environment);
  if (!endpoint) return std::move(endpoint).error();
  endpoint->max_reply_size = auth::kMaxMetadataReply;
  std::string role = variable(surroundings.environment, "AWS_EC2_INSTANCE_PROFILE_NAME");
  if (role.empty()) role = profile.get("ec2_instance_profile_name");
  if (!role.empty() && !is_role_name(role)) {
    return core::invalid_argument(
        fmt::format("\"{}\" cannot be the role of an EC2 instance", core::printable_excerpt(role, 80)),
        "it comes from AWS_EC2_INSTANCE_PROFILE_NAME, or from ec2_instance_profile_name of the profile");
  }
  return InstanceMetadata(*std::move(endpoint), surroundings, context).look(role);
}

}  // namespace cloudkit::inline v0::aws
