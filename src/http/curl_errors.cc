#include "http/curl_errors.h"

#include "core/encode.h"
#include "core/fail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace cloudkit::inline v0::http {
namespace {

constexpr std::size_t kMaxDetail = 256;

Error retryable(ErrorCode code, std::string message, std::string hint = {}) {
  Error error = core::fail(code, std::move(message), std::move(hint));
  error.retryable = true;
  return error;
}

// ": text", or nothing. Only for codes whose texts name hosts and certificates: others quote a
// proxy's URL with its password.
std::string detail_of(const CurlFailure& failure) {
  if (failure.detail.empty()) return {};
  return ": " + core::printable_excerpt(core::trim(failure.detail), kMaxDetail);
}

// Who answered, or should have.
std::string peer_of(const CurlFailure& failure) {
  return failure.reached_host ? failure.host : "the proxy " + failure.proxy.host;
}

std::string doing(const CurlFailure& failure) { return describe(failure.stage, failure.host, failure.proxy.host); }

bool is_option(const Proxy& proxy) { return proxy.named_by.starts_with("the option"); }

std::string origin_of(const Proxy& proxy) {
  return fmt::format("the proxy comes from {}; {} lists the hosts that are reached without it", proxy.named_by,
                     is_option(proxy) ? "the option no_proxy" : "NO_PROXY");
}

Error connect_error(const CurlFailure& failure) {
  const bool out_of_descriptors = failure.os_error == EMFILE || failure.os_error == ENFILE;
  const std::string peer = failure.proxy.used() ? "the proxy " + failure.proxy.host : failure.host;
  const std::string reason =
      failure.os_error != 0 ? ": " + std::system_category().message(failure.os_error) : detail_of(failure);
  if (out_of_descriptors) {
    return retryable(ErrorCode::io, fmt::format("cannot open a socket to {}{}", peer, reason),
                     "raise the limit of open files (ulimit -n), or use fewer workers");
  }
  std::string hint = "check its name and port; a firewall may be in between, or a proxy be needed (HTTPS_PROXY)";
  if (failure.proxy.used()) {
    hint = origin_of(failure.proxy);
  } else if (failure.host_is_loopback) {
    hint = fmt::format("is a server listening on {}?", failure.host);
  }
  return retryable(ErrorCode::unavailable, fmt::format("cannot connect to {}{}", peer, reason), std::move(hint));
}

// A handshake also fails when the connection breaks, which is worth a retry. These are the words
// of OpenSSL ("error:…:SSL routines::…"), GnuTLS and others for a peer that is refused or that
// refuses; OpenSSL has its own for a connection that ends.
bool is_tls_refusal(std::string_view detail) {
  constexpr std::array kRefusals = {"routines:", "alert", "unsupported protocol", "handshake failure",
                                    "unexpected TLS"};
  return detail.find("unexpected eof") == std::string_view::npos &&
         std::any_of(kRefusals.begin(), kRefusals.end(),
                     [&](const char* word) { return detail.find(word) != std::string_view::npos; });
}

// What a server says of the client's certificate. Other alerts may be of a wire that flips bits.
bool is_client_refusal(std::string_view detail) {
  constexpr std::array kAlerts = {"alert unknown ca", "alert bad certificate", "alert certificate"};
  return std::any_of(kAlerts.begin(), kAlerts.end(),
                     [&](const char* alert) { return detail.find(alert) != std::string_view::npos; });
}

std::string handshake_hint(const CurlFailure& failure) {
  const auto says = [&](const char* words) { return failure.detail.find(words) != std::string_view::npos; };
  if (says("wrong version number") || says("packet length")) {
    return fmt::format("does {} speak plain http? then use http://", peer_of(failure));
  }
  if (says("protocol version") || says("unsupported protocol")) {
    return fmt::format("cloudkit speaks TLS 1.2 and 1.3: {} has to learn one of them", peer_of(failure));
  }
  if (is_client_refusal(failure.detail)) {
    return fmt::format("{} does not accept this program's client certificate", peer_of(failure));
  }
  if (says("alert handshake failure")) {
    return fmt::format("does {} want a client certificate? TransportOptions::client_certificate names one",
                       peer_of(failure));
  }
  return {};
}

Error handshake_error(const CurlFailure& failure) {
  const std::string message = fmt::format("the TLS handshake with {} failed{}", peer_of(failure), detail_of(failure));
  if (!is_tls_refusal(failure.detail)) return retryable(ErrorCode::unavailable, message);
  return core::fail(ErrorCode::unavailable, message, handshake_hint(failure));
}

std::string certificate_hint(std::string_view detail) {
  const auto says = [&](const char* words) { return detail.find(words) != std::string_view::npos; };
  if (says("self") || says("issuer"))
    return "for a private authority, name its certificate by ca_file or AWS_CA_BUNDLE";
  if (says("expired") || says("not yet valid")) return "it has to be renewed, unless this machine's clock is wrong";
  if (says("subject name") || says("target host")) return "it is another host's: is the endpoint right?";
  return {};
}

Error certificate_error(const CurlFailure& failure) {
  return core::fail(ErrorCode::unavailable,
                    fmt::format("TLS: the certificate of {} is not accepted{}", peer_of(failure), detail_of(failure)),
                    certificate_hint(failure.detail));
}

// With TLS 1.3 the server's word on the client's certificate comes after the handshake.
Error client_refused(const CurlFailure& failure) {
  if (failure.detail.find("certificate required") != std::string_view::npos) {
    return core::fail(ErrorCode::unauthenticated, fmt::format("TLS: {} wants a client certificate", failure.host),
                      "name its file by TransportOptions::client_certificate");
  }
  return core::fail(ErrorCode::unavailable,
                    fmt::format("TLS: {} ended the connection{}", failure.host, detail_of(failure)),
                    handshake_hint(failure));
}

Error receive_error(const CurlFailure& failure) {
  if (is_client_refusal(failure.detail)) return client_refused(failure);
  // It broke before the stage was looked at again.
  const Stage stage = failure.reached_host ? failure.stage : Stage::tunneling;
  return retryable(ErrorCode::unavailable,
                   fmt::format("the connection broke while {}{}", describe(stage, failure.host, failure.proxy.host),
                               detail_of(failure)));
}

Error not_http(const CurlFailure& failure) {
  return core::fail(ErrorCode::unknown,
                    fmt::format("{} did not answer in HTTP/1{}", peer_of(failure), detail_of(failure)),
                    "is it the service that answers, or a proxy in between?");
}

// Said as CURLE_OUT_OF_MEMORY before libcurl 8.6, whose headers have no CURLE_TOO_LARGE.
constexpr int kTooLarge = 100;

Error too_long_header(const CurlFailure& failure) {
  return core::fail(ErrorCode::unknown, fmt::format("a header line in the reply of {} is too long", failure.host));
}

Error other_error(const CurlFailure& failure) {
  return core::fail(ErrorCode::unavailable,
                    fmt::format("libcurl failed while {}: {} ({})", doing(failure), curl_easy_strerror(failure.code),
                                static_cast<int>(failure.code)));
}

}  // namespace

Error proxy_refusal(const Proxy& proxy, int status, std::string_view host) {
  // tinyproxy answers 401 to a wrong password.
  if (status == 407 || status == 401) {
    const std::string where = is_option(proxy) ? proxy.named_by : "the variable " + proxy.named_by;
    if (proxy.user.empty()) {
      return core::fail(ErrorCode::unauthenticated,
                        fmt::format("the proxy {} wants a user and a password ({})", proxy.host, status),
                        fmt::format("write them into {}: http://USER:PASSWORD@{}", where, proxy.host));
    }
    return core::fail(ErrorCode::unauthenticated,
                      fmt::format("the proxy {} does not accept the user and password ({})", proxy.host, status),
                      fmt::format("check them in {}; only Basic authentication is spoken", where));
  }
  Error error = core::fail(ErrorCode::unavailable,
                           fmt::format("the proxy {} answered {} when asked for {}", proxy.host, status, host));
  error.retryable = status >= 500;
  error.hint = status == 403 ? "the proxy's rules refuse this host or its port" : origin_of(proxy);
  return error;
}

Error to_error(const CurlFailure& failure) {
  if (!failure.reached_host && failure.proxy_reply >= 300) {
    return proxy_refusal(failure.proxy, failure.proxy_reply, failure.host);
  }
  if (static_cast<int>(failure.code) == kTooLarge && failure.stage == Stage::waiting) return too_long_header(failure);
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return retryable(ErrorCode::unavailable, fmt::format("cannot resolve {}", failure.host),
                       "check the host's name and this machine's network");
    case CURLE_COULDNT_RESOLVE_PROXY:
      return retryable(ErrorCode::unavailable, fmt::format("cannot resolve the proxy {}", failure.proxy.host),
                       origin_of(failure.proxy));
    case CURLE_PROXY:
      return retryable(ErrorCode::unavailable,
                       fmt::format("the proxy {} does not connect to {}", failure.proxy.host, failure.host),
                       origin_of(failure.proxy));
    case CURLE_COULDNT_CONNECT: return connect_error(failure);
    case CURLE_OPERATION_TIMEDOUT:
      return retryable(
          ErrorCode::timeout, fmt::format("the connect timeout passed while {}", doing(failure)),
          "check the endpoint; a firewall may drop what is sent to it, or a proxy be needed (HTTPS_PROXY)");
    case CURLE_SSL_CONNECT_ERROR: return handshake_error(failure);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS: return certificate_error(failure);
    case CURLE_SSL_CACERT_BADFILE:
      return core::fail(ErrorCode::unavailable, "TLS: the CA bundle cannot be used" + detail_of(failure),
                        "ca_file, or else AWS_CA_BUNDLE, has to name a file of certificates in PEM");
    case CURLE_SSL_CERTPROBLEM:
      return core::invalid_argument("TLS: the client certificate or its key cannot be used" + detail_of(failure),
                                    "both have to be PEM, belong together and need no password");
    case CURLE_GOT_NOTHING:
      return retryable(ErrorCode::unavailable,
                       fmt::format("{} closed the connection without a reply", peer_of(failure)));
    case CURLE_PARTIAL_FILE:
      return retryable(ErrorCode::unavailable,
                       fmt::format("the reply of {} was cut short{}", failure.host, detail_of(failure)));
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return receive_error(failure);
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: return not_http(failure);
    case CURLE_BAD_CONTENT_ENCODING:
      return core::fail(ErrorCode::unknown,
                        fmt::format("malformed reply of {}: a Transfer-Encoding that nobody asked for{}", failure.host,
                                    detail_of(failure)));
    case CURLE_OUT_OF_MEMORY: return failure.stage == Stage::waiting ? too_long_header(failure) : other_error(failure);
    default: return other_error(failure);
  }
}

}  // namespace cloudkit::inline v0::http
