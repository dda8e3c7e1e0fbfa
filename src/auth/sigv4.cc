#include "auth/sigv4.h"

#include "auth/payload_hash.h"
#include "auth/sigv4_canonical.h"
#include "auth/sigv4_key.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/log.h"
#include "core/time.h"
#include "crypto/digest.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace cloudkit::inline v0::auth {
// Credentials in use and the key that they gave for a day.
struct SigV4Session {
  SigV4Session(Credentials used, std::string_view date, const SigV4Scope& scope)
      : credentials(std::move(used)), key(credentials.secret_access_key, date, scope.region, scope.service) {}
  ~SigV4Session() { crypto::cleanse(credentials.secret_access_key); }
  SigV4Session(const SigV4Session&) = delete;
  SigV4Session& operator=(const SigV4Session&) = delete;

  bool serves(const Credentials& other, std::string_view date) const {
    return key.date() == date && credentials.access_key_id == other.access_key_id &&
           credentials.secret_access_key == other.secret_access_key && credentials.session_token == other.session_token;
  }

  Credentials credentials;
  SigningKey key;
  mutable std::atomic<bool> told_of_end{false};
};

namespace {

using core::TimePoint;

constexpr std::string_view kDate = "x-amz-date";
constexpr std::string_view kSecurityToken = "x-amz-security-token";
constexpr std::string_view kAuthorization = "authorization";

using AmzDate = std::array<char, 16>;

// Attempts come thousands to the second; the calendar is worked out once for each.
AmzDate amz_date(TimePoint now) {
  struct Cached {
    std::chrono::sys_seconds second = std::chrono::sys_seconds::max();
    AmzDate text = {};
  };
  thread_local Cached cached;
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (second != cached.second) cached = {second, core::format_amz_date(now)};
  return cached.text;
}

// Never with the secret, and with nothing that could break a header.
Status check_credentials(const Credentials& credentials) {
  const auto& source = credentials.source;
  const std::string whose = source.empty() ? std::string("the credentials") : "the credentials from " + source;
  const auto bad = [&](std::string_view what) {
    return core::fail(ErrorCode::unauthenticated, fmt::format("{} {}", whose, what),
                      "copy both keys whole, and the session token of temporary ones, without blanks or line breaks");
  };
  if (credentials.access_key_id.empty()) return bad("have no access key id");
  if (credentials.secret_access_key.empty()) return bad("have no secret access key");
  for (const auto* text : {&credentials.access_key_id, &credentials.session_token}) {
    if (core::has_control_character(*text)) return bad("hold a control character");
  }
  return {};
}

// Once for each key: others may sign thousands. Newer ones are not asked for, which would be a request for each URL.
void tell_of_early_end(const SigV4Session& session, TimePoint now, std::chrono::seconds expires) {
  const auto end = session.credentials.expires;
  if (!end || *end >= now + expires || session.told_of_end.exchange(true)) return;
  core::log(LogLevel::warn, "a presigned URL ends before it should, with the temporary credentials that sign it",
            {{"source", session.credentials.source}, {"end", core::format_rfc3339(*end)}});
}

PathRules path_rules(const SigV4Scope& scope) {
  const bool twice = scope.path_encoding == PathEncoding::twice;
  return {twice, twice};
}

// The access key's id in "AWS4-HMAC-SHA256 Credential=ID/20261123/…".
std::string_view signed_by(const http::Request& request) {
  constexpr std::string_view kMark = "Credential=";
  const std::string_view authorization = request.headers.get(kAuthorization);
  const auto begin = authorization.find(kMark);
  if (begin == std::string_view::npos) return {};
  const auto rest = authorization.substr(begin + kMark.size());
  return rest.substr(0, rest.find('/'));
}

// Enough to tell keys apart, by those who have them. Some servers' ids are half of their secret.
std::string masked(std::string_view key_id) {
  const std::size_t shown = key_id.size() < 12 ? key_id.size() / 4 : 4;
  const std::string_view end = key_id.size() < 12 ? std::string_view{} : key_id.substr(key_id.size() - 3);
  return std::string(key_id.substr(0, shown)).append("…").append(end);
}

// Else another resource would be signed than is asked for.
Status check_path(const http::Request& request) {
  if (request.encoded_path.empty()) return {};
  return core::invalid_argument("Signature Version 4 signs no encoded_path");
}

}  // namespace

struct SigV4Signer::Impl {
  Impl(std::shared_ptr<CredentialSource> from, SigV4Scope where) : source(std::move(from)), scope(std::move(where)) {}

  // Asks the source every time, since credentials change; derives a key only when they did, or the day.
  Result<std::shared_ptr<const SigV4Session>> session_for(std::string_view date, const Context& context) {
    if (source == nullptr) return core::fail(ErrorCode::unauthenticated, "no source of credentials was given");
    auto credentials = source->get(context);
    if (!credentials) return std::move(credentials).error();
    auto session = take_or_derive(*credentials, date);
    crypto::cleanse(credentials->secret_access_key);
    return session;
  }

  Result<std::shared_ptr<const SigV4Session>> take_or_derive(const Credentials& credentials, std::string_view date) {
    const std::scoped_lock lock(mutex);
    if (current == nullptr || !current->serves(credentials, date)) {
      if (auto status = check_credentials(credentials); !status) return std::move(status).error();
      current = std::make_shared<const SigV4Session>(credentials, date, scope);
    }
    return current;
  }

  const std::shared_ptr<CredentialSource> source;
  const SigV4Scope scope;
  std::mutex mutex;
  std::shared_ptr<const SigV4Session> current;  // Guarded by `mutex`.
};

SigV4Signer::SigV4Signer(std::shared_ptr<CredentialSource> credentials, SigV4Scope scope)
    : impl_(std::make_unique<Impl>(std::move(credentials), std::move(scope))) {}
SigV4Signer::~SigV4Signer() = default;

Status SigV4Signer::sign(http::Request& request, TimePoint now, const Context& context) {
  if (auto one = check_path(request); !one) return one;
  const AmzDate stamp = amz_date(now);
  const std::string_view date(stamp.data(), stamp.size());
  const auto session = impl_->session_for(date.substr(0, 8), context);
  if (!session) return session.error();
  const auto hash = payload_hash(request, context);
  if (!hash) return hash.error();

  const Credentials& credentials = (*session)->credentials;
  request.headers.set(kDate, std::string(date));
  if (credentials.session_token.empty()) {
    request.headers.remove(kSecurityToken);
  } else {
    request.headers.set(kSecurityToken, credentials.session_token);
  }
  Text authorization;
  append_authorization(authorization, request,
                       {credentials.access_key_id, (*session)->key, date, *hash, path_rules(impl_->scope)});
  request.headers.set(kAuthorization, std::string(authorization.view()));
  return {};
}

std::string SigV4Signer::identity() const {
  const std::scoped_lock lock(impl_->mutex);
  if (impl_->current == nullptr) return {};
  const Credentials& credentials = impl_->current->credentials;
  std::string identity = core::printable_excerpt(credentials.source, 80);
  if (!identity.empty()) identity += ", ";
  return identity += masked(core::printable_excerpt(credentials.access_key_id, 128));
}

bool SigV4Signer::refresh(const http::Request& request) {
  std::shared_ptr<const SigV4Session> refused;
  {
    const std::scoped_lock lock(impl_->mutex);
    const auto& current = impl_->current;
    // Another thread was here before: it dropped the session, or has a newer one already.
    if (current == nullptr || current->credentials.access_key_id != signed_by(request) ||
        current->credentials.session_token != request.headers.get(kSecurityToken)) {
      return true;
    }
    refused = current;
  }
  // First at the source: a session dropped before that would be made again from the old keys.
  impl_->source->invalidate(refused->credentials);
  const std::scoped_lock lock(impl_->mutex);
  if (impl_->current == refused) impl_->current = nullptr;
  return true;
}

Status SigV4Signer::presign(http::Request& request, TimePoint now, std::chrono::seconds expires,
                            const Context& context) {
  if (auto one = check_path(request); !one) return one;
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
  constexpr std::chrono::seconds kLongest{604'800};
  if (expires < std::chrono::seconds(1) || expires > kLongest) {
    return core::invalid_argument(
        fmt::format("a presigned URL lasts from 1 second to 7 days (604800 seconds), not {} seconds", expires.count()));
  }
  const AmzDate stamp = amz_date(now);
  const std::string_view date(stamp.data(), stamp.size());
  const auto session = impl_->session_for(date.substr(0, 8), context);
  if (!session) return session.error();

  // The query replaces these, and what a header signature left there.
  for (const auto name : {kAuthorization, kDate, kSecurityToken}) request.headers.remove(name);
  const auto hash = impl_->scope.service == "s3" && !request.headers.contains(kContentSha256)
                        ? Result<std::string>("UNSIGNED-PAYLOAD")
                        : payload_hash(request, context);
  if (!hash) return hash.error();

  tell_of_early_end(**session, now, expires);
  const Credentials& credentials = (*session)->credentials;
  add_presigned_query(request, {credentials.access_key_id, (*session)->key, date, *hash, path_rules(impl_->scope)},
                      credentials.session_token, expires);
  return {};
}

}  // namespace cloudkit::inline v0::auth
