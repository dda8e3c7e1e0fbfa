#include "auth/bearer.h"

#include "core/encode.h"
#include "core/fail.h"
#include "crypto/digest.h"
#include "http/request_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace cloudkit::inline v0::auth {
namespace {

constexpr std::string_view kHeader = "Authorization";
constexpr std::string_view kScheme = "Bearer ";

// Visible ASCII: less strict than the RFC's alphabet, as much as keeps a header one header.
bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

Status check_way(const http::Request& request, bool allow_http) {
  if (request.scheme == "https" || allow_http) return {};
  const auto host = http::classify_host(request.host);
  if (!host) return host.error();
  if (*host == http::HostKind::loopback) return {};
  return core::invalid_argument(fmt::format("{}: plain http would show an access token to the network", request.host),
                                "use https, or say allow_http when the network is trusted");
}

}  // namespace

BearerSigner::BearerSigner(std::shared_ptr<TokenSource> tokens, bool allow_http)
    : tokens_(std::move(tokens)), allow_http_(allow_http) {}

BearerSigner::~BearerSigner() = default;

Status BearerSigner::sign(http::Request& request, std::chrono::system_clock::time_point, const Context& context) {
  request.headers.remove(kHeader);
  if (tokens_ == nullptr) return core::fail(ErrorCode::unauthenticated, "no source of access tokens was given");
  if (auto status = check_way(request, allow_http_); !status) return status;
  auto token = tokens_->get(context);
  if (!token) return std::move(token).error();
  if (!is_token(token->value)) {
    return core::fail(ErrorCode::unauthenticated,
                      fmt::format("the access token{}{} {}", token->source.empty() ? "" : " from ", token->source,
                                  token->value.empty() ? "is empty" : "holds a character that no token has"));
  }
  request.headers.set(kHeader, std::string(kScheme) + token->value);
  crypto::cleanse(token->value);
  const std::scoped_lock lock(mutex_);
  source_ = std::move(token->source);
  return {};
}

bool BearerSigner::refresh(const http::Request& request) {
  const std::string_view shown = request.headers.get(kHeader);
  if (tokens_ == nullptr || !shown.starts_with(kScheme)) return false;
  tokens_->invalidate({std::string(shown.substr(kScheme.size())), {}, {}});
  return true;
}

std::string BearerSigner::identity() const {
  const std::scoped_lock lock(mutex_);
  return core::printable_excerpt(source_, 120);
}

}  // namespace cloudkit::inline v0::auth
