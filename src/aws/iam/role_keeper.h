#pragma once

#include "aws/iam/protocol.h"
#include "aws/service/client.h"

#include <chrono>
#include <string>
#include <string_view>

namespace cloudkit::inline v0::aws::iam {

/// A role that cloudkit makes for one function.
struct OwnedRole {
  std::string name = {};
  std::string owner = {};      ///< What it is for, kept in a tag: see `role_owner`.
  std::string principal = {};  ///< The service that assumes it: "lambda.amazonaws.com".
  std::string description = {};
  std::string managed_policy = {};  ///< The ARN of one to attach, or empty.
  std::string inline_policy = {};   ///< A document of its own, or empty.
};

/// How long a role may be unknown to those who are to assume it.
inline constexpr std::chrono::seconds kRoleIsNew{60};

struct KeptRole {
  std::string arn = {};
  bool changed = false;  ///< Made or mended just now.
  std::chrono::system_clock::time_point created = {};

  /// Also one that another deployment, or an interrupted one, has made.
  bool is_new(std::chrono::system_clock::time_point now) const noexcept {
    return changed || now - created < kRoleIsNew;
  }
};

/// At most 64 characters, different for each function, region and purpose ("exec", "schedule"):
/// "cloudkit-hello-us-west-2-exec". https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
std::string role_name(std::string_view function, std::string_view region, std::string_view purpose);

/// "us-west-2/hello": a function may have the name of another region's, and roles are the whole account's.
std::string role_owner(std::string_view function, std::string_view region);

/// Found, mended or made. Errors: `conflict` for a role of the name that is not cloudkit's.
Result<KeptRole> keep_role(service::Client& iam, const OwnedRole& wanted, const Context& context);

/// With all its policies. One that is missing, or not cloudkit's, is success.
Status remove_role(service::Client& iam, std::string_view name, std::string_view owner, const Context& context);

}  // namespace cloudkit::inline v0::aws::iam
