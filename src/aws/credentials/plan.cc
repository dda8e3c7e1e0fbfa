#include "aws/credentials/plan.h"

#include "aws/credentials/sso_login.h"
#include "core/encode.h"
#include "core/fail.h"
#include "core/shell.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cloudkit::inline v0::aws {
namespace {

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
constexpr std::uint64_t kShortestSession = 900;
constexpr std::uint64_t kLongestSession = 43'200;

bool has(const Properties& profile, std::string_view property) { return !property_of(profile, property).empty(); }

std::string in_quotes(std::string_view name) { return fmt::format("\"{}\"", core::printable_excerpt(name, 64)); }

Error bad_profile(std::string_view name, std::string_view what, std::string hint = {}) {
  return core::fail(ErrorCode::unauthenticated, fmt::format("profile {} {}", in_quotes(name), what), std::move(hint));
}

Result<RoleToAssume> role_of(std::string_view name, const Properties& profile) {
  // Whoever is asked for a code by a library cannot answer.
  if (has(profile, "mfa_serial")) {
    return core::unsupported(
        fmt::format("profile {} demands a code of multi-factor authentication (mfa_serial)", in_quotes(name)),
        fmt::format("let the AWS CLI ask for it, and then leave the profile out of the URL: eval \"$(aws configure "
                    "export-credentials --profile {} --format env)\"",
                    core::shell_word(name)));
  }
  RoleToAssume role;
  role.profile = name;
  role.arn = property_of(profile, "role_arn");
  role.session_name = property_of(profile, "role_session_name");
  role.external_id = property_of(profile, "external_id");
  if (const std::string text = property_of(profile, "duration_seconds"); !text.empty()) {
    const auto given = core::parse_u64(text);
    if (!given || *given < kShortestSession || *given > kLongestSession) {
      return core::invalid_argument(fmt::format("profile {} has a duration_seconds that is not from {} to {}",
                                                in_quotes(name), kShortestSession, kLongestSession));
    }
    role.duration = std::chrono::seconds(*given);
  }
  return role;
}

// Nothing where the profile has neither of both.
Result<std::optional<Credentials>> keys_of(std::string_view name, const Properties& profile) {
  Credentials keys;
  keys.access_key_id = property_of(profile, "aws_access_key_id");
  keys.secret_access_key = property_of(profile, "aws_secret_access_key");
  if (keys.access_key_id.empty() && keys.secret_access_key.empty()) return std::optional<Credentials>();
  constexpr const char* kHint = "run `aws configure` to set both";
  if (keys.secret_access_key.empty()) {
    return bad_profile(name, "has aws_access_key_id, but no aws_secret_access_key", kHint);
  }
  if (keys.access_key_id.empty()) {
    return bad_profile(name, "has aws_secret_access_key, but no aws_access_key_id", kHint);
  }
  keys.session_token = property_of(profile, "aws_session_token");
  keys.account_id = property_of(profile, "aws_account_id");
  return std::optional<Credentials>(std::move(keys));
}

Result<NamedSource> named_source(std::string_view name, std::string_view source) {
  for (const NamedSource known : {NamedSource::environment, NamedSource::container, NamedSource::instance_metadata}) {
    if (core::equals_ignoring_case(source, to_string(known))) return known;
  }
  return bad_profile(name, fmt::format("has the credential_source {}, which is none", in_quotes(source)),
                     "there are Environment, EcsContainer and Ec2InstanceMetadata");
}

Result<PlanLookup> planned(std::string_view name, FirstCredentials first) {
  return PlanLookup{CredentialPlan{std::string(name), std::move(first), {}}, {}};
}

// What the profile has without assuming a role. These go before keys and keys go before
// credential_process, as in the AWS CLI.
// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
Result<PlanLookup> first_of_profile(std::string_view name, const Properties& profile, const ProfileSet& files) {
  if (has(profile, "web_identity_token_file")) {
    if (!has(profile, "role_arn")) return bad_profile(name, "has web_identity_token_file, but no role_arn");
    auto role = role_of(name, profile);
    if (!role) return std::move(role).error();
    return planned(name, WebIdentityRole{*std::move(role), property_of(profile, "web_identity_token_file")});
  }
  // It says who assumes the profile's role; without one it says nothing.
  if (has(profile, "role_arn") && has(profile, "credential_source")) {
    const auto source = named_source(name, property_of(profile, "credential_source"));
    return source ? planned(name, *source) : source.error();
  }
  const auto by_sso = [&]() -> Result<PlanLookup> {
    auto login = sso_login_of(name, profile, files);
    return login ? planned(name, *std::move(login)) : std::move(login).error();
  };
  if (has(profile, "sso_account_id") || has(profile, "sso_role_name")) return by_sso();
  auto keys = keys_of(name, profile);
  if (!keys) return std::move(keys).error();
  if (*keys) return planned(name, **std::move(keys));
  if (has(profile, "credential_process")) {
    return planned(
        name, CredentialProcess{property_of(profile, "credential_process"), property_of(profile, "aws_account_id")});
  }
  // A session without a role is there for tokens, beside whatever gives credentials.
  if (uses_sso(profile)) return by_sso();
  // To look elsewhere would sign as the machine that the user has logged in on.
  // https://docs.aws.amazon.com/sdkref/latest/guide/feature-login-credentials.html
  if (has(profile, "login_session")) {
    return core::unsupported(
        fmt::format("profile {} has its keys from `aws login`, which cloudkit cannot renew", in_quotes(name)),
        fmt::format("let the AWS CLI hand them on: credential_process = aws configure export-credentials --profile {} "
                    "--format process, in a profile of its own",
                    core::shell_word(name)));
  }
  return PlanLookup{{}, fmt::format("profile {} has no keys, role, SSO login or credential_process", in_quotes(name))};
}

// Whose credentials assume the profile's role: the profile itself, or another one.
Result<std::string> source_of(std::string_view name, const Properties& profile) {
  std::string source = property_of(profile, "source_profile");
  const bool has_place = has(profile, "credential_source");
  if (!source.empty() && has_place) return bad_profile(name, "has both source_profile and credential_source");
  if (source.empty() && !has_place) {
    return bad_profile(name, "has role_arn, but neither source_profile nor credential_source",
                       "add source_profile, the profile whose credentials may assume the role");
  }
  return has_place ? std::string(name) : std::move(source);
}

class Planner {
 public:
  Planner(std::string_view selected, const ProfileSet& files) : selected_(selected), files_(files) {}

  Result<PlanLookup> plan() {
    std::string name(selected_);
    while (true) {
      const auto found = files_.profiles.find(name);
      if (found == files_.profiles.end()) return not_found(name);
      const Properties& profile = found->second;
      // The keys beside a role are what it is assumed with by others, not by the profile's own users.
      const bool is_source = !visited_.empty();
      if (std::find(visited_.begin(), visited_.end(), name) != visited_.end()) return circle(name);
      visited_.push_back(name);
      if (is_source && has(profile, "aws_access_key_id") && has(profile, "aws_secret_access_key")) {
        return finish(planned(name, **keys_of(name, profile)));
      }
      // A web identity needs nobody's credentials.
      if (!has(profile, "role_arn") || has(profile, "web_identity_token_file")) {
        return finish(first_of_profile(name, profile, files_));
      }
      auto source = source_of(name, profile);
      if (!source) return std::move(source).error();
      auto role = role_of(name, profile);
      if (!role) return std::move(role).error();
      roles_.push_back(*std::move(role));
      if (*source == name) return finish(first_of_profile(name, profile, files_));
      name = *std::move(source);
    }
  }

 private:
  Result<PlanLookup> finish(Result<PlanLookup> first) {
    if (!first || roles_.empty()) return first;
    if (!first->plan) {
      return core::fail(ErrorCode::unauthenticated, fmt::format("the role of profile {} needs credentials, but {}",
                                                                in_quotes(roles_.back().profile), first->reason));
    }
    first->plan->roles.assign(std::make_move_iterator(roles_.rbegin()), std::make_move_iterator(roles_.rend()));
    return first;
  }

  Result<PlanLookup> not_found(std::string_view name) const {
    if (visited_.empty()) return PlanLookup{{}, fmt::format("there is no profile {}", in_quotes(name))};
    if (const LeftOut* const left_out = files_.find_left_out(name)) {
      return bad_profile(
          visited_.back(),
          fmt::format("has the source_profile {}, which is left out at {}", in_quotes(name), left_out->place),
          left_out->remedy);
    }
    return bad_profile(visited_.back(), fmt::format("has the source_profile {}, which does not exist", in_quotes(name)),
                       "list the profiles there are with `aws configure list-profiles`");
  }

  // From the profile that comes again, in as many words as a person reads.
  Error circle(std::string_view name) const {
    constexpr std::ptrdiff_t kMostShown = 8;
    auto from = std::find(visited_.begin(), visited_.end(), name);
    std::string way;
    for (const auto end = visited_.end() - from > kMostShown ? from + kMostShown : visited_.end(); from != end;
         ++from) {
      way += in_quotes(*from) + " > ";
    }
    if (from != visited_.end()) way += "... > ";
    return core::fail(ErrorCode::unauthenticated,
                      fmt::format("source_profile goes in a circle: {}{}", way, in_quotes(name)));
  }

  const std::string_view selected_;
  const ProfileSet& files_;
  std::vector<std::string> visited_;
  std::vector<RoleToAssume> roles_;  // The last one is assumed first.
};

}  // namespace

std::string_view to_string(NamedSource source) noexcept {
  switch (source) {
    case NamedSource::environment: return "Environment";
    case NamedSource::container: return "EcsContainer";
    case NamedSource::instance_metadata: break;
  }
  return "Ec2InstanceMetadata";
}

Result<PlanLookup> plan_credentials(std::string_view profile, const ProfileSet& files) {
  return Planner(profile, files).plan();
}

}  // namespace cloudkit::inline v0::aws
