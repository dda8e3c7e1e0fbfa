#include "azure/blob/client.h"
#include "azure/credentials/account_endpoint.h"
#include "core/finding.h"
#include "http/object/findings.h"

#include <fmt/format.h>

#include <iterator>

// What `doctor` tells of an account's Blob service: who asks, where, and over what.
namespace cloudkit::inline v0::azure::blob {
namespace {

Finding credentials_of(const BlobAccess& access, http::WallTime now, const Context& context) {
  Finding finding{"credentials", Verdict::ok, "none: requests are anonymous, as was asked for", {}};
  if (access.tokens != nullptr) {
    const auto token = access.tokens->get(context);
    if (!token) return core::finding_of("credentials", token.error());
    finding.text = fmt::format("a token of {}", token->source);
    http::tell_expiry(finding, token->expires, now);
    return finding;
  }
  if (access.key != nullptr || access.sas != nullptr) finding.text = access.identity();
  if (access.sas == nullptr) return finding;
  if (auto usable = access.sas->check(now); !usable) return core::finding_of("credentials", usable.error());
  return finding;
}

Finding account_finding(const BlobAccess& access) {
  if (!access.account.empty()) return {"account", Verdict::ok, access.account, {}};
  return {"account", Verdict::unknown, "neither anybody nor the endpoint says which one it is", {}};
}

}  // namespace

std::vector<Finding> BlobClient::diagnose(const Context& context) {
  const auto known = access_.get();
  if (!known) return {core::finding_of("configuration", known.error())};
  const BlobAccess& access = **known;
  const auth::Surroundings& surroundings = access_.surroundings();
  const BlobOptions& options = access_.options();
  http::TransportOptions transport = options.transport;
  transport.allow_http |= options.allow_http;
  const http::Endpoint& endpoint = access.endpoint;

  std::vector<Finding> findings = {credentials_of(access, surroundings.now(), context), account_finding(access)};
  const bool is_given = !options.endpoint.empty() || !options.connection_string.empty();
  findings.push_back(
      http::endpoint_finding(fmt::format("{}://{}{}", endpoint.scheme, endpoint.host, endpoint.base_path),
                             is_azure_host(endpoint.host_name()) ? "where Azure has such accounts"
                             : is_given                          ? "from the URL or the program"
                                                                 : "from the environment",
                             endpoint.is_private));
  findings.push_back(http::certificates_finding(transport, endpoint.scheme));
  if (auto proxy = http::proxy_finding(transport, endpoint.scheme, endpoint.host)) {
    findings.push_back(*std::move(proxy));
  }
  http::Request request;
  request.method = http::Method::head;
  request.scheme = endpoint.scheme;
  request.host = endpoint.host;
  std::vector<Finding> way = http::way_findings(*surroundings.transport, request, surroundings.now(),
                                                "; cloudkit signs with the service's time", context);
  std::move(way.begin(), way.end(), std::back_inserter(findings));
  return findings;
}

}  // namespace cloudkit::inline v0::azure::blob
