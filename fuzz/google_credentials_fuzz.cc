// The credentials that Google's tools write, and what token endpoints reply. Every input goes to every reader.
#include "auth/oauth.h"
#include "core/encode.h"
#include "core/time.h"
#include "gcp/credentials/key_file.h"
#include "http/request_check.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

using namespace cloudkit;

namespace {

const core::TimePoint kNow = core::from_unix(1'795'395'600, 0);

void require(bool condition) {
  if (!condition) std::abort();
}

// One line, and none of what was read: the canary of the seeds is in each secret.
void check_error(const Error& error) {
  require(error.to_string().find("cktest-fuzz") == std::string::npos);
  require(!error.message.empty() && !core::has_control_character(error.message + error.hint));
}

// What is sent anywhere goes over TLS, or stays on this machine.
void check_endpoint(const http::Request& request) {
  require(!request.host.empty() && !core::has_control_character(request.host));
  require(request.scheme == "https" || http::is_loopback(request.host));
}

void check_acting(const gcp::ActingAs& acting) {
  if (acting.account.empty()) return;
  check_endpoint(acting.api);
  require(acting.account.find_first_of("/%?# \r\n") == std::string::npos);
  require(acting.lifetime.count() > 0 && acting.lifetime.count() <= 43'200);
}

struct Check {
  void operator()(const gcp::ServiceAccountKey& key) const {
    check_endpoint(key.token_endpoint);
    require(!key.email.empty() && !core::has_control_character(key.email + key.key_id + key.project));
    require(!key.key.sign_sha256("x").empty());
  }
  void operator()(const gcp::AuthorizedUser& user) const {
    check_endpoint(user.token_endpoint);
    require(!user.client_id.empty() && !user.client_secret.empty() && !user.refresh_token.empty());
  }
  void operator()(const gcp::ExternalAccount& account) const {
    check_endpoint(account.token_endpoint);
    check_acting(account.acting_as);
    if (const auto* url = std::get_if<gcp::SubjectUrl>(&account.subject)) {
      for (const http::Header& header : url->request.headers) require(!core::has_control_character(header.name));
    }
  }
  void operator()(const gcp::ImpersonatedAccount& account) const {
    check_acting(account.acting_as);
    require(account.by != nullptr);
    std::visit(Check{}, *account.by);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto file = gcp::read_key_file(text);
  file ? std::visit(Check{}, *file) : check_error(file.error());

  const auto token = auth::read_token_reply(text, kNow);
  if (token) {
    require(!token->value.empty() && !core::has_control_character(token->value));
    require(!token->expires || (*token->expires > kNow && *token->expires <= kNow + std::chrono::hours(24)));
  } else {
    check_error(token.error());
  }
  http::Response reply;
  reply.status = 400;
  reply.body = text;
  const auto failure = auth::judge_token_reply({}, reply);
  require(failure.has_value() && !failure->error.message.empty() && failure->error.message.size() < 500);
  require(!core::has_control_character(failure->error.message + failure->error.service_code));
  return 0;
}
