#include "core/finding.h"
#include "gcp/gcs/client.h"
#include "http/object/findings.h"
#include "http/request_check.h"

#include <fmt/format.h>

#include <iterator>

// What `doctor` tells of Cloud Storage: who asks, where, and over what.
namespace cloudkit::inline v0::gcp::gcs {
namespace {

Finding no_credentials(const Settings& settings) {
  return {"credentials",
          Verdict::ok,
          settings.is_emulator ? "none: an emulator gets nobody's" : "none: requests are anonymous, as was asked for",
          {}};
}

Finding credentials_finding(const AccessToken& token, http::WallTime now) {
  Finding finding{"credentials", Verdict::ok, fmt::format("a token of {}", token.source), {}};
  http::tell_expiry(finding, token.expires, now);
  return finding;
}

// Whose they are, as far as that is a service account; a user's login does not say.
Finding identity_finding(const Result<std::string>& account) {
  if (account) return {"identity", Verdict::ok, *account, {}};
  if (account.error().code != ErrorCode::unsupported) {
    return core::finding_of("identity", account.error(), Verdict::unknown);
  }
  return {"identity", Verdict::ok, "no service account: there are no presigned URLs", {}};
}

Finding project_finding(const Result<std::string>& project) {
  if (project) return {"project", Verdict::ok, *project, {}};
  // What buckets hold needs none.
  return core::finding_of("project", project.error(), Verdict::warn);
}

Finding endpoint_finding(const Settings& settings, const GcsOptions& options) {
  const Target& target = settings.target;
  const bool is_google = !settings.is_emulator && options.endpoint.empty();
  const bool is_private = target.scheme == "https" || http::is_loopback(target.host);
  return http::endpoint_finding(fmt::format("{}://{}{}", target.scheme, target.host, target.base_path),
                                is_google              ? "where Cloud Storage is"
                                : settings.is_emulator ? "from STORAGE_EMULATOR_HOST"
                                                       : "from the URL or the program",
                                is_private);
}

http::Request any_request(const Target& target) {
  http::Request request;
  request.method = http::Method::head;
  request.scheme = target.scheme;
  request.host = target.host;
  request.encoded_path = target.base_path + '/';
  return request;
}

}  // namespace

std::vector<Finding> GcsClient::diagnose(const Context& context) {
  const auto known = connected();
  if (!known) return {core::finding_of("configuration", known.error())};
  const Settings& settings = (*known)->settings;
  const http::WallTime now = surroundings_.now();
  http::TransportOptions transport = options_.transport;
  transport.allow_http |= options_.allow_http;

  std::vector<Finding> findings;
  if ((*known)->identity == nullptr) {
    findings.push_back(no_credentials(settings));
  } else if (const auto token = (*known)->identity->get(context); !token) {
    findings.push_back(core::finding_of("credentials", token.error()));
  } else {
    findings.push_back(credentials_finding(*token, now));
    findings.push_back(identity_finding((*known)->identity->account(context)));
    findings.push_back(project_finding(project(context)));
  }
  findings.push_back(endpoint_finding(settings, options_));
  findings.push_back(http::certificates_finding(transport, settings.target.scheme));
  if (auto proxy = http::proxy_finding(transport, settings.target.scheme, settings.target.host)) {
    findings.push_back(*std::move(proxy));
  }
  std::vector<Finding> way = http::way_findings(*(*known)->transport, any_request(settings.target), now,
                                                "; tokens seem to expire then", context);
  std::move(way.begin(), way.end(), std::back_inserter(findings));
  return findings;
}

}  // namespace cloudkit::inline v0::gcp::gcs
