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

Error connect_error(const CurlFailure& failure) {
  const bool out_of_descriptors = failure.os_error == EMFILE || failure.os_error == ENFILE;
  const std::string reason =
      failure.os_error != 0 ? ": " + std::system_category().message(failure.os_error) : detail_of(failure);
  if (out_of_descriptors) {
    return retryable(ErrorCode::io, fmt::format("cannot open a socket to {}{}", failure.host, reason),
                     "raise the limit of open files (ulimit -n), or use fewer workers");
  }
  std::string hint = "check its name and port; a firewall may be in between, or a proxy be needed (HTTPS_PROXY)";
  if (failure.host_is_loopback) hint = fmt::format("is a server listening on {}?", failure.host);
  return retryable(ErrorCode::unavailable, fmt::format("cannot connect to {}{}", failure.host, reason),
                   std::move(hint));
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

Error handshake_error(const CurlFailure& failure) {
  const std::string message = fmt::format("the TLS handshake with {} failed{}", failure.host, detail_of(failure));
  if (!is_tls_refusal(failure.detail)) return retryable(ErrorCode::unavailable, message);
  const bool speaks_no_tls = failure.detail.find("wrong version number") != std::string_view::npos ||
                             failure.detail.find("packet length") != std::string_view::npos;
  return core::fail(
      ErrorCode::unavailable, message,
      speaks_no_tls ? fmt::format("does {} speak plain http? then use http://", failure.host) : std::string());
}

Error certificate_error(const CurlFailure& failure) {
  const bool unknown_issuer =
      failure.detail.find("self") != std::string_view::npos || failure.detail.find("issuer") != std::string_view::npos;
  return core::fail(
      ErrorCode::unavailable,
      fmt::format("TLS: the certificate of {} is not accepted{}", failure.host, detail_of(failure)),
      unknown_issuer ? "for a private authority, name its certificate by ca_file or AWS_CA_BUNDLE" : std::string());
}

Error proxy_error(const CurlFailure& failure) {
  Error error = core::fail(ErrorCode::unavailable,
                           fmt::format("the proxy answered {} when asked for {}", failure.proxy_reply, failure.host));
  error.retryable = failure.proxy_reply >= 500;
  if (failure.proxy_reply == 407) error.hint = "the proxy wants a user and a password: http://USER:PASSWORD@PROXY";
  return error;
}

Error receive_error(const CurlFailure& failure) {
  if (failure.proxy_reply >= 300) return proxy_error(failure);
  return retryable(ErrorCode::unavailable, fmt::format("the connection broke while {}{}",
                                                       describe(failure.stage, failure.host), detail_of(failure)));
}

Error not_http(const CurlFailure& failure) {
  return core::fail(ErrorCode::unknown, fmt::format("{} did not answer in HTTP/1{}", failure.host, detail_of(failure)),
                    "is it the service that answers, or a proxy in between?");
}

Error other_error(const CurlFailure& failure) {
  return core::fail(ErrorCode::unavailable,
                    fmt::format("libcurl failed while {}: {} ({})", describe(failure.stage, failure.host),
                                curl_easy_strerror(failure.code), static_cast<int>(failure.code)));
}

}  // namespace

Error to_error(const CurlFailure& failure) {
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return retryable(ErrorCode::unavailable, fmt::format("cannot resolve {}", failure.host),
                       "check the host's name and this machine's network");
    case CURLE_COULDNT_RESOLVE_PROXY:
      return retryable(ErrorCode::unavailable, "cannot resolve the proxy's name", "check HTTPS_PROXY and NO_PROXY");
    case CURLE_COULDNT_CONNECT: return connect_error(failure);
    case CURLE_OPERATION_TIMEDOUT:
      return retryable(
          ErrorCode::timeout, fmt::format("the connect timeout passed while {}", describe(failure.stage, failure.host)),
          "check the endpoint; a firewall may drop what is sent to it, or a proxy be needed (HTTPS_PROXY)");
    case CURLE_SSL_CONNECT_ERROR: return handshake_error(failure);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS: return certificate_error(failure);
    case CURLE_SSL_CACERT_BADFILE:
      return core::fail(ErrorCode::unavailable, "TLS: the CA bundle cannot be used" + detail_of(failure),
                        "ca_file, or else AWS_CA_BUNDLE, has to name a file of certificates in PEM");
    case CURLE_GOT_NOTHING:
      return retryable(ErrorCode::unavailable, fmt::format("{} closed the connection without a reply", failure.host));
    case CURLE_PARTIAL_FILE:
      return retryable(ErrorCode::unavailable,
                       fmt::format("the reply of {} was cut short{}", failure.host, detail_of(failure)));
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return receive_error(failure);
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: return not_http(failure);
    case CURLE_OUT_OF_MEMORY:
      if (failure.stage != Stage::waiting) return other_error(failure);
      return core::fail(ErrorCode::unknown, fmt::format("a header line in the reply of {} is too long", failure.host));
    default: return other_error(failure);
  }
}

}  // namespace cloudkit::inline v0::http
