#include "auth/metadata_client.h"
#include "auth/oauth.h"
#include "core/encode.h"
#include "core/fail.h"
#include "crypto/digest.h"
#include "gcp/credentials/iam_credentials.h"
#include "gcp/credentials/kinds.h"

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <utility>

// https://cloud.google.com/compute/docs/metadata/querying-metadata
namespace cloudkit::inline v0::gcp {
namespace {

// An address and no name, so that no name server can move it.
constexpr std::string_view kMetadataHost = "169.254.169.254";
constexpr std::string_view kFlavor = "Metadata-Flavor";
constexpr std::string_view kAccountPath = "/computeMetadata/v1/instance/service-accounts/default/";
constexpr std::string_view kProjectPath = "/computeMetadata/v1/project/project-id";

std::string metadata_host(const auth::Environment& environment) {
  std::string host = auth::variable(environment, "GCE_METADATA_HOST");
  return host.empty() ? std::string(kMetadataHost) : host;
}

http::Request question(std::string host, std::string path) {
  http::Request request;
  request.scheme = "http";
  request.host = std::move(host);
  request.path = std::move(path);
  request.headers.set(kFlavor, "Google");
  request.max_reply_size = auth::kMaxMetadataReply;
  return request;
}

// Anything may listen at that address; only Google's says so.
bool is_googles(const http::Response& reply) {
  return core::equals_ignoring_case(reply.headers.get(kFlavor), "Google");
}

Result<http::Response> ask(std::string path, std::shared_ptr<http::Transport> transport, const Given& given,
                           const Context& context) {
  auth::Surroundings surroundings = given.surroundings;
  surroundings.transport = std::move(transport);
  auto request = question(metadata_host(given.surroundings.environment), std::move(path));
  return http::Client(auth::metadata_client_options(surroundings)).send(std::move(request), context);
}

class MetadataIdentity final : public RenewingIdentity, public std::enable_shared_from_this<MetadataIdentity> {
 public:
  MetadataIdentity(std::string email, Given given) : RenewingIdentity(std::move(given)), email_(std::move(email)) {}

  Result<std::string> account(const Context&) override {
    if (!is_account()) return no_account();
    return email_;
  }

  Result<std::string> project(const Context& context) override {
    {
      const std::scoped_lock lock(mutex_);
      if (!project_.empty()) return project_;
    }
    auto reply = tell(std::string(kProjectPath), context);
    if (!reply) return std::move(reply).error();
    std::string project(core::trim(reply->body));
    if (core::has_control_character(project)) return refuse("what it sent for a project is none");
    const std::scoped_lock lock(mutex_);
    return project_ = std::move(project);
  }

  // The machine has no key, but its account may be asked to sign for itself.
  Result<Signature> sign(Bytes bytes, const Context& context) override {
    if (!is_account()) return no_account();
    auto acting = acting_as(email_, {});
    if (!acting) return refuse("its service account cannot sign: it has no e-mail address");
    auto signature = sign_blob(*acting, bytes, shared_from_this(), given_.surroundings, context);
    if (!signature) return identity_error(std::move(signature).error(), given_.place);
    return signature;
  }

 private:
  // On GKE a workload that acts as itself is called by its pool, PROJECT.svc.id.goog: it has tokens, but no account.
  // https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity
  bool is_account() const noexcept { return email_.find('@') != std::string::npos; }
  Error no_account() const {
    return core::unsupported(fmt::format("{}: who asks is {}, which is no service account", given_.place,
                                         core::printable_excerpt(email_, 254)),
                             "presigned URLs need one: on GKE name it in the annotation iam.gke.io/gcp-service-account "
                             "of the Kubernetes service account, or act as it by gcp::impersonate");
  }

  Result<AccessToken> fetch(const Context& context) override {
    const core::TimePoint asked = given_.surroundings.now();
    std::string path = fmt::format("{}token", kAccountPath);
    auto reply = tell(std::move(path), context);
    if (!reply) return std::move(reply).error();
    auto token = auth::read_token_reply(reply->body, asked);
    crypto::cleanse(reply->body);
    if (!token) return auth::metadata_error(std::move(token).error(), given_.place);
    token->source =
        fmt::format("the {} {}, {}", is_account() ? "service account" : "workload identity", email_, given_.place);
    return token;
  }

  Result<http::Response> tell(std::string path, const Context& context) {
    auto reply = ask(std::move(path), auth::for_metadata_tokens(given_.surroundings).transport, given_, context);
    if (!reply) return auth::metadata_error(std::move(reply).error(), given_.place);
    if (!is_googles(*reply)) return refuse("the reply has no header Metadata-Flavor: Google");
    return reply;
  }

  Error refuse(std::string what) const {
    return auth::metadata_error(core::fail(ErrorCode::unauthenticated, std::move(what)), given_.place);
  }

  const std::string email_;
  std::mutex mutex_;
  std::string project_ = {};  // Guarded by `mutex_`.
};

// Whether the machine is Google's at all; only what is, but fails, is an error.
Result<MetadataLookup> nobody(Error error, bool reached, std::string_view host, const Given& given,
                              const Context& context) {
  if (auto status = context.check(); !status) return std::move(status).error();
  const auto reason = [](std::string text) { return MetadataLookup{{}, std::move(text)}; };
  if (error.http_status == 404) return reason("the machine has no service account");
  if (error.http_status >= 400 && error.http_status < 500 && error.code != ErrorCode::throttled) {
    return reason(fmt::format("{} answered {}: it is not Google's", host, error.http_status));
  }
  const bool silent = error.http_status == 0 && error.code == ErrorCode::timeout;
  if (silent && reached) return reason(fmt::format("{} does not answer", host));
  if (silent || (error.http_status == 0 && error.code == ErrorCode::unavailable)) {
    return reason(fmt::format("not on Google Cloud: {}", error.message));
  }
  return auth::metadata_error(std::move(error), given.place);
}

}  // namespace

Result<MetadataLookup> look_in_metadata_server(const Given& given, const Context& context) {
  if (core::equals_ignoring_case(auth::variable(given.surroundings.environment, "NO_GCE_CHECK"), "true")) {
    return MetadataLookup{{}, "NO_GCE_CHECK is true"};
  }
  const std::string host = metadata_host(given.surroundings.environment);
  Given placed = given;
  placed.place = fmt::format("the metadata server {}", core::printable_excerpt(host, 80));
  const auto probe = std::make_shared<auth::MetadataProbe>(auth::for_metadata(given.surroundings).transport);
  const auto reply = ask(fmt::format("{}email", kAccountPath), probe, placed, context);
  if (!reply) return nobody(reply.error(), probe->reached(), host, placed, context);
  if (!is_googles(*reply)) {
    return MetadataLookup{{}, fmt::format("{} answers, but without the header Metadata-Flavor: Google", host)};
  }
  std::string email(core::trim(reply->body));
  if (email.empty() || core::has_control_character(email)) {
    return auth::metadata_error(core::fail(ErrorCode::unauthenticated, "what it sent for an account is none"),
                                placed.place);
  }
  return MetadataLookup{std::make_shared<MetadataIdentity>(std::move(email), std::move(placed)), {}};
}

}  // namespace cloudkit::inline v0::gcp
