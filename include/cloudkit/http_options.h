#pragma once

#include <chrono>
#include <string>

/// The numbers behind every backend that speaks HTTP. docs/guide/reliability.md says what they do.
namespace cloudkit::inline v0::http {

/// When a failed request is made again.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
struct RetryOptions {
  int max_attempts = 4;  ///< Of one request, with the first; 1: none is repeated.
  /// Before the second attempt at most, twice as long before each further one. Waits are random, from 0.
  std::chrono::milliseconds base_delay{50};
  std::chrono::milliseconds throttled_base_delay{1000};  ///< The same where the service asks to slow down.
  /// No wait of our own is longer; what Retry-After asks for may be.
  std::chrono::milliseconds max_delay{20'000};
  int quota = 500;               ///< Shared by all requests to one endpoint; a retry takes from it.
  int retry_cost = 14;           ///< What a retry takes, unless one of the next two counts.
  int throttled_retry_cost = 5;  ///< After a reply that asks to slow down.
  int timeout_retry_cost = 14;   ///< After a timeout.
  /// What a success at the first attempt gives back; a later one gives back what its retry took.
  int first_success_refund = 1;
};

/// Limits of the built-in transport over libcurl. No limit on the whole: the deadline is that.
struct TransportOptions {
  std::chrono::milliseconds connect_timeout{5'000};      ///< DNS, TCP and TLS.
  std::chrono::milliseconds first_byte_timeout{60'000};  ///< From the request's end to the reply.
  std::chrono::seconds stall_timeout{30};                ///< With less than 1 byte a second.
  std::chrono::seconds max_idle{10};                     ///< A kept connection is not reused after this.
  std::string ca_file = {};  ///< Default: AWS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE, then known paths.
  bool allow_http = false;   ///< Plain http to hosts other than this machine.

  /// "http://[USER:PASSWORD@]HOST[:PORT]", also with https, socks5 or socks5h; "none" for a direct connection. Default:
  /// https_proxy, HTTPS_PROXY (for plain http: http_proxy), all_proxy, ALL_PROXY. Never used for this machine itself.
  std::string proxy = {};
  /// Hosts to reach without a proxy: "internal.example,10.0.0.0/8", or "*". Default: no_proxy, NO_PROXY.
  std::string no_proxy = {};
  /// PEM file that proves to servers who this program is. Default: none.
  std::string client_certificate = {};
  std::string client_key = {};  ///< PEM file, not encrypted. Default: in the same file as the certificate.
};

}  // namespace cloudkit::inline v0::http
