#include "aws/credentials/sso_login.h"

#include "core/fail.h"
#include "core/shell.h"

#include <fmt/format.h>

#include <algorithm>

namespace cloudkit::inline v0::aws {
namespace {

Error bad_sso_profile(std::string_view name, std::string_view what) {
  return core::fail(ErrorCode::unauthenticated, fmt::format("profile \"{}\" {}", name, what),
                    fmt::format("run: aws configure sso --profile {}", core::shell_word(name)));
}

// A profile may repeat what its session says, for older programs, but not contradict it.
Status fill_in(std::string& value, std::string_view name, std::string_view property, const Properties& profile,
               const std::string& session_name, const Properties& session) {
  value = property_of(session, property);
  if (value.empty()) {
    return bad_sso_profile(name, fmt::format("uses [sso-session {}], which has no {}", session_name, property));
  }
  const std::string repeated = property_of(profile, property);
  if (!repeated.empty() && repeated != value) {
    return bad_sso_profile(name, fmt::format("has another {} than its [sso-session {}]", property, session_name));
  }
  return {};
}

}  // namespace

bool uses_sso(const Properties& profile) {
  for (const auto property : {"sso_session", "sso_start_url", "sso_account_id", "sso_role_name"}) {
    if (!property_of(profile, property).empty()) return true;
  }
  return false;
}

Result<SsoLogin> sso_login_of(std::string_view profile_name, const Properties& profile, const ProfileSet& files) {
  SsoLogin login;
  login.session = property_of(profile, "sso_session");
  login.account_id = property_of(profile, "sso_account_id");
  login.role_name = property_of(profile, "sso_role_name");
  if (login.account_id.empty() != login.role_name.empty()) {
    return bad_sso_profile(profile_name, login.account_id.empty() ? "has sso_role_name, but no sso_account_id"
                                                                  : "has sso_account_id, but no sso_role_name");
  }
  if (!login.session.empty()) {
    const auto session = files.sso_sessions.find(login.session);
    if (session == files.sso_sessions.end()) {
      return bad_sso_profile(profile_name, fmt::format("uses [sso-session {}], which does not exist", login.session));
    }
    for (auto [value, property] : {std::pair{&login.region, "sso_region"}, {&login.start_url, "sso_start_url"}}) {
      auto filled = fill_in(*value, profile_name, property, profile, login.session, session->second);
      if (!filled) return std::move(filled).error();
    }
    return login;
  }
  login.region = property_of(profile, "sso_region");
  login.start_url = property_of(profile, "sso_start_url");
  if (login.start_url.empty()) return bad_sso_profile(profile_name, "has no sso_session and no sso_start_url");
  if (login.region.empty()) return bad_sso_profile(profile_name, "has sso_start_url, but no sso_region");
  return login;
}

std::string sso_login_command(std::string_view profile_name) {
  return fmt::format("aws sso login --profile {}", core::shell_word(profile_name));
}

}  // namespace cloudkit::inline v0::aws
