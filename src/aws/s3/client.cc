#include "aws/s3/client.h"

#include "aws/s3/access.h"
#include "aws/s3/access_point.h"
#include "aws/s3/errors.h"
#include "aws/s3/payload.h"
#include "aws/s3/protocol_buckets.h"
#include "core/fail.h"
#include "core/log.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr std::string_view kOtherRegion = "IllegalLocationConstraintException";

std::shared_ptr<CredentialSource> credentials_of(const S3Options& options, const ClientParts& parts) {
  if (options.anonymous) return nullptr;
  if (options.credentials != nullptr) return options.credentials;
  // The region of another server may be one that AWS does not have.
  const bool is_amazon = options.endpoint.empty() && options.server.value_or(S3Server::aws) == S3Server::aws;
  return chain_of(options.profile, is_amazon ? options.region : std::string(), parts);
}

// "us-west-2" says more than AWS's host name; of other servers the host is what people know.
std::string endpoint_label(const Settings& settings, const std::string& region) {
  return settings.quirks->server == S3Server::aws ? region : settings.endpoint.host;
}

// No reply may lead out of the cloud that was meant, to hosts of another owner.
bool is_other_cloud(const Routing& routing, std::string_view region, std::string_view elsewhere) noexcept {
  return routing.is_amazon() && &partition_of(region) != &partition_of(elsewhere);
}

Subject subject_of(const http::Request& request, const Target& target, std::string_view bucket) noexcept {
  if (bucket.empty()) return Subject::service;
  return request.path.size() > target.path.size() + 1 ? Subject::object : Subject::bucket;
}

Error refused_elsewhere(const http::Response& reply, const std::string& elsewhere, bool corrected) {
  Error error = error_of_reply(reply);
  error.attempts = corrected ? 2 : 1;
  if (corrected) error.hint = fmt::format("region {} was tried too, as the service said", elsewhere);
  return error;
}

}  // namespace

S3Client::S3Client(S3Options options, ClientParts parts, Caution caution)
    : options_(std::move(options)),
      parts_(with_defaults(std::move(parts), options_.transport, options_.allow_http)),
      caution_(caution),
      credentials_(credentials_of(options_, parts_)) {}

Result<const Settings*> S3Client::settings() {
  const std::scoped_lock lock(mutex_);
  if (settings_ != nullptr) return settings_.get();
  auto resolved = resolve_settings(options_, *parts_.environment);
  if (!resolved) return std::move(resolved).error();
  if (caution_ == Caution::unguarded) {
    unguarded_row_ = without_caution(*resolved->quirks);
    resolved->quirks = &unguarded_row_;
  }
  settings_ = std::make_unique<const Settings>(*std::move(resolved));
  return settings_.get();
}

std::shared_ptr<S3Client> S3Client::unguarded() const {
  S3Options options = options_;
  options.credentials = credentials_;
  return std::make_shared<S3Client>(std::move(options), parts_, Caution::unguarded);
}

const Quirks& S3Client::quirks() {
  const auto known = settings();
  // With a configuration that is wrong every request fails, and says why: that must be the error which the caller gets.
  return known ? *(*known)->quirks : quirks_of(options_.server.value_or(S3Server::aws));
}

std::string S3Client::store_id() {
  const auto known = settings();
  if (!known) return "s3";
  // AWS copies between its regions, but not between its partitions.
  if ((*known)->routing.is_amazon()) return fmt::format("s3 {}", partition_of((*known)->region).id);
  const Endpoint& endpoint = (*known)->endpoint;
  return fmt::format("s3 {}://{}{}", endpoint.scheme, endpoint.host, endpoint.base_path);
}

S3Client::Regional& S3Client::regional(const std::string& region) {
  const std::scoped_lock lock(mutex_);
  Regional& regional = regional_[region];
  if (regional.client != nullptr) return regional;
  if (credentials_ != nullptr) {
    const auth::SigV4Scope scope{region, "s3", auth::PathEncoding::once};
    regional.signer = std::make_shared<auth::SigV4Signer>(credentials_, scope);
  }
  http::ClientOptions options;
  options.transport = parts_.transport;
  options.signer = regional.signer;
  options.classifier = classify_reply;
  options.retry = options_.retry;
  options.hooks = parts_.hooks;
  regional.client = std::make_unique<http::Client>(std::move(options));
  return regional;
}

Result<std::string> S3Client::region_of(const Settings& settings, std::string_view bucket) {
  if (is_arn(bucket)) return region_of_access_point(bucket, settings.region_configured ? settings.region : "");
  const std::scoped_lock lock(mutex_);
  const auto found = region_of_bucket_.find(bucket);
  return found != region_of_bucket_.end() ? found->second : settings.region;
}

bool S3Client::knows_region_of(std::string_view bucket) {
  if (is_arn(bucket)) return true;
  const std::scoped_lock lock(mutex_);
  return region_of_bucket_.find(bucket) != region_of_bucket_.end();
}

void S3Client::remember_region(std::string_view bucket, const std::string& region) {
  const std::scoped_lock lock(mutex_);
  region_of_bucket_.insert_or_assign(std::string(bucket), region);
}

void S3Client::forget_region(std::string_view bucket) {
  const std::scoped_lock lock(mutex_);
  const auto found = region_of_bucket_.find(bucket);
  if (found != region_of_bucket_.end()) region_of_bucket_.erase(found);
}

Result<http::Response> S3Client::send(std::string_view bucket, const Build& build, const Context& context,
                                      http::BodyReceiver* receiver) {
  const auto known = settings();
  if (!known) return known.error();
  return send_corrected(**known, bucket, About::objects, build, context, receiver);
}

Result<http::Response> S3Client::manage(std::string_view bucket, const Build& build, const Context& context) {
  const auto known = settings();
  if (!known) return known.error();
  return send_corrected(**known, bucket, About::bucket, build, context, nullptr);
}

Result<http::Response> S3Client::send_corrected(const Settings& settings, std::string_view bucket, About about,
                                                const Build& build, const Context& context,
                                                http::BodyReceiver* receiver) {
  const auto first = region_of(settings, bucket);
  if (!first) return first.error();
  std::string region = *first;
  for (bool corrected = false;; corrected = true) {
    const auto target = resolve_target(settings.routing, region, bucket, about);
    if (!target) return target.error();
    auto reply = send_to(settings, *target, bucket, region, build, context, receiver);
    if (reply && reply->status / 100 == 2) {
      if (settings.region_is_guessed()) remember_region(bucket, region);
      return reply;
    }
    std::optional<std::string> elsewhere;
    if (reply) {
      elsewhere = region_of_redirect(*reply);
    } else if (!corrected && about == About::objects && reply.error().service_code == kOtherRegion) {
      elsewhere = region_by_head(settings, bucket, region, context);
    }
    if (!elsewhere) {
      if (!reply) reply.error().endpoint = endpoint_label(settings, region);
      return reply;
    }
    if (corrected || is_arn(bucket) || *elsewhere == region || is_other_cloud(settings.routing, region, *elsewhere)) {
      Error error = reply ? refused_elsewhere(*reply, region, corrected) : std::move(reply).error();
      error.endpoint = endpoint_label(settings, region);
      return error;
    }
    core::log(LogLevel::info, "the bucket is in another region, asking there",
              {{"bucket", bucket}, {"asked", region}, {"region", *elsewhere}});
    remember_region(bucket, *elsewhere);
    region = *elsewhere;
  }
}

// In regions that accounts opt into a refusal does not say where the bucket is; its HEAD does.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
std::optional<std::string> S3Client::region_by_head(const Settings& settings, std::string_view bucket,
                                                    const std::string& region, const Context& context) {
  const auto target = resolve_target(settings.routing, region, bucket, About::bucket);
  if (!target) return std::nullopt;
  const auto build = [](const Target& at) -> Result<http::Request> { return head_bucket_request(at); };
  const auto reply = send_to(settings, *target, bucket, region, build, context, nullptr);
  return reply ? region_of_redirect(*reply) : std::nullopt;
}

Result<http::Response> S3Client::send_to(const Settings& settings, const Target& target, std::string_view bucket,
                                         const std::string& region, const Build& build, const Context& context,
                                         http::BodyReceiver* receiver) {
  auto request = build(target);
  if (!request) return std::move(request).error();
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html
  if (options_.requester_pays) request->headers.add("x-amz-request-payer", "requester");
  if (credentials_ != nullptr) {
    auto hashed = set_payload_hash(*request, settings.may_be_unsigned(), context);
    if (!hashed) return std::move(hashed).error();
  }
  const Subject subject = subject_of(*request, target, bucket);
  const std::string_view action = iam_action(*request, subject);
  const Regional& sender = regional(settings.signing_region(region));
  auto reply = sender.client->send(*std::move(request), context, receiver);
  if (!reply) explain_refusal(reply.error(), sender.signer ? sender.signer->identity() : "", action, subject);
  return reply;
}

Result<std::string> S3Client::presign(std::string_view bucket, const Build& build, std::chrono::seconds expires,
                                      const Context& context) {
  if (credentials_ == nullptr) {
    return core::unsupported("an anonymous store has no key to sign a URL with", "open the bucket with credentials");
  }
  const auto known = settings();
  if (!known) return known.error();
  const auto region = region_of(**known, bucket);
  if (!region) return region.error();
  if ((*known)->region_is_guessed() && !knows_region_of(bucket)) {
    return core::invalid_argument("no region is configured to sign the URL for", kSetRegion);
  }
  const auto target = resolve_target((*known)->routing, *region, bucket);
  if (!target) return target.error();
  auto request = build(*target);
  if (!request) return std::move(request).error();
  if (options_.requester_pays) request->query.emplace_back("x-amz-request-payer", "requester");
  const Regional& signing = regional((*known)->signing_region(*region));
  const Status signed_ = signing.signer->presign(*request, signing.client->now(), expires, context);
  if (!signed_) return signed_.error();
  return fmt::format("{}://{}{}", request->scheme, request->host, http::encode_target(*request));
}

}  // namespace cloudkit::inline v0::aws::s3
