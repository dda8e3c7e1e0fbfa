#include "aws/configured_endpoint.h"
#include "aws/credentials/sources.h"
#include "aws/s3/access_point.h"
#include "aws/s3/client.h"
#include "aws/s3/head.h"
#include "core/finding.h"
#include "crypto/digest.h"
#include "http/object/findings.h"

#include <fmt/format.h>

#include <iterator>

// What `doctor` tells of S3: who asks, where, and over what.
namespace cloudkit::inline v0::aws::s3 {
namespace {

constexpr std::chrono::seconds kPatience{10};  // for STS, which may be out of reach where S3 is not

std::string from(const std::string& source) { return source.empty() ? "the URL or the program" : source; }

Finding credentials_finding(const Credentials& keys, std::chrono::system_clock::time_point now) {
  Finding finding{"credentials", Verdict::ok, fmt::format("{} of {}", keys.access_key_id, keys.source), {}};
  if (!keys.account_id.empty()) finding.text += fmt::format(", account {}", keys.account_id);
  http::tell_expiry(finding, keys.expires, now);
  return finding;
}

Finding region_finding(const Settings& settings, const std::string& actual) {
  Finding finding{"region", Verdict::ok, fmt::format("{}, from {}", settings.region, from(settings.region_source)), {}};
  const bool is_aws = settings.quirks->server == S3Server::aws;
  if (!settings.region_configured) {
    finding.text = fmt::format("{}, as none is configured", settings.region);
    if (is_aws) {
      finding.verdict = Verdict::warn;
      finding.hint = "set it, to make buckets and to save detours: ?region=, AWS_REGION or the profile";
    }
  }
  if (actual != settings.region) {
    finding.verdict = Verdict::warn;
    finding.text += fmt::format("; but the bucket is in {}", actual);
    finding.hint = fmt::format("set the region to {}: each program that starts asks in vain first", actual);
  }
  return finding;
}

Finding endpoint_finding(const Settings& settings, const Target& target) {
  const std::string origin = settings.routing.custom ? fmt::format("from {}", from(settings.endpoint_source))
                                                     : fmt::format("where {} is", settings.quirks->name);
  return http::endpoint_finding(fmt::format("{}://{}", target.scheme, target.host), origin,
                                settings.endpoint.is_private);
}

Finding server_finding(const Quirks& quirks) {
  if (quirks.server != S3Server::generic) return {"server", Verdict::ok, std::string(quirks.name), {}};
  return {"server", Verdict::unknown, "an S3 server of no known kind: what it honours is assumed, as most do",
          "say ?server= if it is a known one; `cloudkit doctor --write` tries it"};
}

Finding identity_finding(const Result<CallerIdentity>& identity) {
  if (identity) return {"identity", Verdict::ok, fmt::format("{}, account {}", identity->arn, identity->account), {}};
  const ErrorCode code = identity.error().code;
  const bool refused = code == ErrorCode::unauthenticated || code == ErrorCode::permission_denied;
  // The store may be within reach where STS is not.
  return core::finding_of("identity", identity.error(), refused ? Verdict::fail : Verdict::unknown);
}

}  // namespace

Finding S3Client::check_identity(const Settings& settings, const Context& context) {
  if (settings.quirks->server != S3Server::aws && !settings.sts_configured) {
    return {"identity", Verdict::unknown, "not asked for: the endpoint is not AWS's", {}};
  }
  CallerIdentityOptions options;
  options.region = settings.region_configured ? settings.region : std::string();
  options.profile = options_.profile;
  options.credentials = credentials_;
  options.context = context.child_with_timeout(kPatience);
  return identity_finding(ask_caller_identity(
      options, {{*parts_.environment, parts_.transport, parts_.hooks, parts_.metadata_transport}, {}}));
}

std::vector<Finding> S3Client::check_connection(const Target& target, const Context& context) {
  http::Request request;
  request.method = http::Method::head;
  request.scheme = target.scheme;
  request.host = target.host;
  request.path = target.path + '/';
  const auto now = parts_.hooks.now ? parts_.hooks.now() : std::chrono::system_clock::now();
  return http::way_findings(*parts_.transport, request, now, "; cloudkit signs with the service's time", context);
}

std::vector<Finding> S3Client::diagnose(std::string_view bucket, const Context& context) {
  const auto known = settings();
  if (!known) return {core::finding_of("configuration", known.error())};
  const Settings& settings = **known;
  const auto region = region_of(settings, bucket);
  if (!region) return {core::finding_of("region", region.error())};
  const auto target = resolve_target(settings.routing, *region, bucket);
  if (!target) return {core::finding_of("endpoint", target.error())};

  http::TransportOptions transport = options_.transport;
  transport.allow_http |= options_.allow_http;
  std::vector<Finding> way = check_connection(*target, context);
  const bool is_reached = way.front().verdict != Verdict::fail;

  std::vector<Finding> findings;
  if (credentials_ == nullptr) {
    findings.push_back({"credentials", Verdict::ok, "none: requests are anonymous, as was asked for", {}});
  } else if (auto keys = credentials_->get(context); !keys) {
    findings.push_back(core::finding_of("credentials", keys.error()));
  } else {
    findings.push_back(credentials_finding(*keys, std::chrono::system_clock::now()));
    crypto::cleanse(keys->secret_access_key);
    if (is_reached) findings.push_back(check_identity(settings, context));
    // Where it is: the reply to a request for another region says so, and is remembered.
    if (is_reached && !bucket.empty()) (void)head_bucket(*this, bucket, context);
  }
  findings.push_back(is_arn(bucket) ? Finding{"region", Verdict::ok, *region + ", from the ARN of the access point", {}}
                                    : region_finding(settings, region_of(settings, bucket).value_or(*region)));
  findings.push_back(endpoint_finding(settings, *target));
  findings.push_back(server_finding(*settings.quirks));
  findings.push_back(http::certificates_finding(transport, target->scheme));
  if (auto proxy = http::proxy_finding(transport, target->scheme, target->host)) findings.push_back(*std::move(proxy));
  std::move(way.begin(), way.end(), std::back_inserter(findings));
  return findings;
}

}  // namespace cloudkit::inline v0::aws::s3
