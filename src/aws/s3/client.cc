#include "aws/s3/client.h"

#include "aws/s3/errors.h"
#include "aws/s3/payload.h"
#include "core/fail.h"
#include "core/log.h"

#include <fmt/format.h>

namespace cloudkit::inline v0::aws::s3 {
namespace {

// For an error in a value that a file or variable holds.
Error configured_in(Error error, const Setting& setting) {
  error.message += fmt::format(" (configured in {})", setting.source);
  return error;
}

std::shared_ptr<CredentialSource> credentials_of(const S3Options& options) {
  if (options.anonymous) return nullptr;
  return options.credentials != nullptr ? options.credentials : default_credentials(options.profile);
}

// "us-west-2" says more than AWS's host name; of other servers the host is what people know.
std::string endpoint_label(const Settings& settings, const std::string& region) {
  return settings.endpoint.custom && !settings.endpoint.is_amazon() ? settings.endpoint.host : region;
}

Error refused_elsewhere(const http::Response& reply, const std::string& elsewhere, bool corrected) {
  Error error = error_of_reply(reply);
  error.attempts = corrected ? 2 : 1;
  if (corrected) error.hint = fmt::format("region {} was tried too, as the service said", elsewhere);
  return error;
}

}  // namespace

Status check_options(const S3Options& options) {
  if (!options.region.empty()) {
    if (auto valid = check_region(options.region); !valid) return valid;
  }
  if (options.anonymous && options.credentials != nullptr) {
    return core::invalid_argument("S3Options has both anonymous and credentials", "leave one of them out");
  }
  if (!options.kms_key_id.empty() && options.server_side_encryption != ServerSideEncryption::kms) {
    return core::invalid_argument("S3Options has a kms_key_id, but server_side_encryption is not kms");
  }
  if (options.anonymous && options.requester_pays) {
    return core::invalid_argument("S3Options has both anonymous and requester_pays", "nobody could be charged");
  }
  if (options.endpoint.empty()) return {};
  const auto endpoint = parse_endpoint(options.endpoint, options.allow_http);
  if (!endpoint) return endpoint.error();
  if (options.addressing != Addressing::virtual_host) return {};
  // Any plain name shows whether the host takes one before it.
  const auto target = resolve_target(*endpoint, options.addressing, "bucket");
  return target ? Status{} : Status(target.error());
}

S3Client::S3Client(S3Options options, ClientParts parts)
    : options_(std::move(options)), parts_(std::move(parts)), credentials_(credentials_of(options_)) {}

Result<Settings> S3Client::resolve() const {
  Config config;
  config.region.value = options_.region;
  config.s3_endpoint.value = options_.endpoint;
  if (options_.region.empty() || options_.endpoint.empty()) {
    auto loaded =
        load_config(options_.profile, parts_.environment != nullptr ? *parts_.environment : Environment::process());
    if (!loaded) return std::move(loaded).error();
    if (options_.region.empty()) config.region = loaded->region;
    if (options_.endpoint.empty()) config.s3_endpoint = loaded->s3_endpoint;
  }

  Settings settings;
  settings.region_configured = !config.region.value.empty();
  settings.region = settings.region_configured ? config.region.value : std::string(kDefaultRegion);
  if (auto valid = check_region(settings.region); !valid) return configured_in(std::move(valid).error(), config.region);
  if (config.s3_endpoint.value.empty()) {
    settings.endpoint = amazon_endpoint(settings.region);
  } else {
    auto endpoint = parse_endpoint(config.s3_endpoint.value, options_.allow_http);
    if (!endpoint) return configured_in(std::move(endpoint).error(), config.s3_endpoint);
    settings.endpoint = *std::move(endpoint);
  }
  settings.server = options_.server.value_or(settings.endpoint.is_amazon() ? S3Server::aws : S3Server::generic);
  if (settings.server != S3Server::aws && !settings.endpoint.custom) {
    return core::invalid_argument("S3Options::server names another server than AWS, but no endpoint is configured",
                                  "set the endpoint: an option, ?endpoint= or AWS_ENDPOINT_URL_S3");
  }
  settings.quirks = &quirks_of(settings.server);
  settings.encryption = options_.server_side_encryption;
  settings.kms_key_id = options_.kms_key_id;
  if (settings.encryption != ServerSideEncryption::bucket_default && !settings.quirks->encryption_headers) {
    return core::unsupported("this server may ignore S3Options::server_side_encryption",
                             "S3Options::server says which server it is");
  }
  return settings;
}

Result<const Settings*> S3Client::settings() {
  const std::scoped_lock lock(mutex_);
  if (settings_ != nullptr) return settings_.get();
  auto resolved = resolve();
  if (!resolved) return std::move(resolved).error();
  transport_ = parts_.transport;
  if (transport_ == nullptr) {
    http::TransportOptions transport = options_.transport;
    transport.allow_http |= options_.allow_http;
    transport_ = http::make_curl_transport(transport);
  }
  settings_ = std::make_unique<const Settings>(*std::move(resolved));
  return settings_.get();
}

const Quirks& S3Client::quirks() {
  const auto known = settings();
  // With a configuration that is wrong every request fails, and says why: that must be the error which the caller gets.
  return known ? *(*known)->quirks : quirks_of(options_.server.value_or(S3Server::aws));
}

Capabilities S3Client::capabilities() { return capabilities_of(quirks(), options_.anonymous); }

std::string S3Client::store_id() {
  const auto known = settings();
  if (!known) return "s3";
  const Endpoint& endpoint = (*known)->endpoint;
  // AWS copies between its regions, but not between its partitions.
  if (!endpoint.custom) return endpoint.host.ends_with(".cn") ? "s3 amazonaws.com.cn" : "s3 amazonaws.com";
  return fmt::format("s3 {}://{}{}", endpoint.scheme, endpoint.host, endpoint.base_path);
}

Result<Target> S3Client::target_of(const Settings& settings, std::string_view region, std::string_view bucket) const {
  return resolve_target(settings.endpoint.custom ? settings.endpoint : amazon_endpoint(region), options_.addressing,
                        bucket);
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
  options.transport = transport_;
  options.signer = regional.signer;
  options.classifier = classify_reply;
  options.retry = options_.retry;
  options.hooks = parts_.hooks;
  regional.client = std::make_unique<http::Client>(std::move(options));
  return regional;
}

std::string S3Client::region_of(const Settings& settings, std::string_view bucket) {
  const std::scoped_lock lock(mutex_);
  const auto found = region_of_bucket_.find(bucket);
  return found != region_of_bucket_.end() ? found->second : settings.region;
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
  const Settings& settings = **known;
  std::string region = region_of(settings, bucket);
  for (bool corrected = false;; corrected = true) {
    auto reply = send_to(settings, region, bucket, build, context, receiver);
    if (!reply) {
      reply.error().endpoint = endpoint_label(settings, region);
      return reply;
    }
    const auto elsewhere = reply->status / 100 == 2 ? std::nullopt : region_of_redirect(*reply);
    if (!elsewhere) return reply;
    if (corrected || *elsewhere == region) {
      Error error = refused_elsewhere(*reply, region, corrected);
      error.endpoint = endpoint_label(settings, region);
      return error;
    }
    core::log(LogLevel::info, "the bucket is in another region, asking there",
              {{"bucket", bucket}, {"asked", region}, {"region", *elsewhere}});
    remember_region(bucket, *elsewhere);
    region = *elsewhere;
  }
}

Result<http::Response> S3Client::send_to(const Settings& settings, const std::string& region, std::string_view bucket,
                                         const Build& build, const Context& context, http::BodyReceiver* receiver) {
  const auto target = target_of(settings, region, bucket);
  if (!target) return target.error();
  auto request = build(*target);
  if (!request) return std::move(request).error();
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html
  if (options_.requester_pays) request->headers.add("x-amz-request-payer", "requester");
  if (credentials_ != nullptr) {
    const bool may_be_unsigned = settings.quirks->unsigned_payload && settings.endpoint.is_private;
    if (auto hashed = set_payload_hash(*request, may_be_unsigned); !hashed) return std::move(hashed).error();
  }
  return regional(region).client->send(*std::move(request), context, receiver);
}

Result<std::string> S3Client::presign(std::string_view bucket, const Build& build, std::chrono::seconds expires,
                                      const Context& context) {
  if (credentials_ == nullptr) {
    return core::unsupported("an anonymous store has no key to sign a URL with");
  }
  const auto known = settings();
  if (!known) return known.error();
  const std::string region = region_of(**known, bucket);
  const auto target = target_of(**known, region, bucket);
  if (!target) return target.error();
  auto request = build(*target);
  if (!request) return std::move(request).error();
  if (options_.requester_pays) request->query.emplace_back("x-amz-request-payer", "requester");
  const Regional& signing = regional(region);
  const Status signed_ = signing.signer->presign(*request, signing.client->now(), expires, context);
  if (!signed_) return signed_.error();
  return fmt::format("{}://{}{}", request->scheme, request->host, http::encode_target(*request));
}

}  // namespace cloudkit::inline v0::aws::s3
