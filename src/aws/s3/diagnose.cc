#include "aws/configured_endpoint.h"
#include "aws/credentials/sources.h"
#include "aws/s3/client.h"
#include "aws/s3/head.h"
#include "core/finding.h"
#include "core/time.h"
#include "crypto/digest.h"
#include "http/curl_global.h"
#include "http/proxy.h"
#include "http/tls_files.h"

#include <fmt/format.h>

#include <iterator>

// What `doctor` tells of S3: who asks, where, and over what.
namespace cloudkit::inline v0::aws::s3 {
namespace {

using std::chrono::duration_cast;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kPatience{10};    // for STS, which may be out of reach where S3 is not
constexpr minutes kExpiresSoon{5};  // services refuse some minutes before
constexpr seconds kInStep{60};      // replies tell whole seconds, and take their time
constexpr minutes kLargestSkew{4};  // from here on the client corrects it: src/http/client.cc
constexpr seconds kSlowAnswer{1};

std::string from(const std::string& source) { return source.empty() ? "the URL or the program" : source; }

std::string long_time(seconds time) {
  const auto total = std::chrono::abs(time).count();
  if (total < 120) return fmt::format("{} s", total);
  if (total < 7200) return fmt::format("{} min {} s", total / 60, total % 60);
  return fmt::format("{} h {} min", total / 3600, total / 60 % 60);
}

Finding credentials_finding(const Credentials& keys, std::chrono::system_clock::time_point now) {
  Finding finding{"credentials", Verdict::ok, fmt::format("{} of {}", keys.access_key_id, keys.source), {}};
  if (!keys.account_id.empty()) finding.text += fmt::format(", account {}", keys.account_id);
  if (!keys.expires) return finding;
  finding.text += fmt::format(", valid until {}", core::format_rfc3339(*keys.expires));
  if (*keys.expires > now + kExpiresSoon) return finding;
  finding.verdict = Verdict::warn;
  finding.hint = "they have expired or soon will: log in again, or fetch new ones";
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
  const auto& custom = settings.routing.custom;
  Finding finding{"endpoint", Verdict::ok, fmt::format("{}://{}", target.scheme, target.host), {}};
  finding.text += custom ? fmt::format(", from {}", from(settings.endpoint_source))
                         : fmt::format(", where {} is", settings.quirks->name);
  if (!settings.endpoint.is_private) {
    finding.verdict = Verdict::warn;
    finding.text += "; plain http, which others can read and change";
    finding.hint = "use https, unless the network is all yours";
  }
  return finding;
}

Finding server_finding(const Quirks& quirks) {
  if (quirks.server != S3Server::generic) return {"server", Verdict::ok, std::string(quirks.name), {}};
  return {"server", Verdict::unknown, "an S3 server of no known kind: what it honours is assumed, as most do",
          "say ?server= if it is a known one; `cloudkit doctor --write` tries it"};
}

Finding certificates_finding(const http::TransportOptions& options, std::string_view scheme) {
  if (scheme != "https") return {"certificates", Verdict::ok, "not needed for plain http", {}};
  const auto files = http::find_tls_files(options, http::curl_runtime().ca_bundle);
  if (!files) return core::finding_of("certificates", files.error());
  if (!files->ca_file.empty()) return {"certificates", Verdict::ok, fmt::format("trusts {}", files->ca_file), {}};
  return {"certificates", Verdict::warn, "no file of trusted certificates was found; libcurl's own default is used",
          "install ca-certificates, or name the file in AWS_CA_BUNDLE"};
}

std::optional<Finding> proxy_finding(const http::TransportOptions& options, const Target& target) {
  const auto proxy = http::find_proxy(options, target.scheme, target.host);
  if (!proxy) return core::finding_of("proxy", proxy.error());
  if (!proxy->used()) return std::nullopt;
  return Finding{
      "proxy", Verdict::ok, fmt::format("{}://{}, named by {}", proxy->scheme, proxy->host, proxy->named_by), {}};
}

Finding clock_finding(const http::Response& reply, std::chrono::system_clock::time_point now) {
  const auto date = core::parse_http_date(reply.headers.get("date"));
  if (!date) return {"clock", Verdict::unknown, "the service's replies have no date", {}};
  const auto skew = duration_cast<seconds>(now - *date);
  if (std::chrono::abs(skew) <= kInStep) return {"clock", Verdict::ok, "in step with the service's", {}};
  Finding finding{"clock",
                  Verdict::ok,
                  fmt::format("{} {} the service's", long_time(skew), skew < seconds(0) ? "behind" : "ahead of"),
                  {}};
  if (std::chrono::abs(skew) < kLargestSkew) return finding;
  finding.verdict = Verdict::warn;
  finding.text += "; cloudkit signs with the service's time";
  finding.hint = "set this machine's clock, other programs are refused: timedatectl set-ntp true";
  return finding;
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
  return identity_finding(
      ask_caller_identity(options, {*parts_.environment, parts_.transport, parts_.hooks, parts_.metadata_transport}));
}

// Without a signature and without a second try: any reply at all shows that the way is free.
std::vector<Finding> S3Client::check_connection(const Target& target, const Context& context) {
  http::Request request;
  request.method = http::Method::head;
  request.scheme = target.scheme;
  request.host = target.host;
  request.path = target.path + '/';
  const auto begun = steady_clock::now();
  http::Exchange exchange = parts_.transport->send(request, nullptr, context);
  if (!exchange.status) return {core::finding_of("connection", exchange.status.error())};
  const auto connected = steady_clock::now();
  exchange = parts_.transport->send(request, nullptr, context);
  const auto answered = steady_clock::now();
  if (!exchange.status) return {core::finding_of("connection", exchange.status.error(), Verdict::warn)};

  const auto in_ms = [](steady_clock::duration time) {
    return static_cast<double>(duration_cast<std::chrono::microseconds>(time).count()) / 1000;
  };
  Finding finding{"connection",
                  Verdict::ok,
                  fmt::format("answers in {:.1f} ms, in {:.1f} ms with connecting", in_ms(answered - connected),
                              in_ms(connected - begun)),
                  {}};
  if (answered - connected > kSlowAnswer) {
    finding.verdict = Verdict::warn;
    finding.hint = "is the region far away, or the network slow?";
  }
  const auto now = parts_.hooks.now ? parts_.hooks.now() : std::chrono::system_clock::now();
  return {finding, clock_finding(exchange.response, now)};
}

std::vector<Finding> S3Client::diagnose(std::string_view bucket, const Context& context) {
  const auto known = settings();
  if (!known) return {core::finding_of("configuration", known.error())};
  const Settings& settings = **known;
  const auto target = resolve_target(settings.routing, settings.region, bucket);
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
  findings.push_back(region_finding(settings, region_of(settings, bucket)));
  findings.push_back(endpoint_finding(settings, *target));
  findings.push_back(server_finding(*settings.quirks));
  findings.push_back(certificates_finding(transport, target->scheme));
  if (auto proxy = proxy_finding(transport, *target)) findings.push_back(*std::move(proxy));
  std::move(way.begin(), way.end(), std::back_inserter(findings));
  return findings;
}

}  // namespace cloudkit::inline v0::aws::s3
