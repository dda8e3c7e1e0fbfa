#pragma once

#include "aws/service/call.h"

#include <cloudkit/driver/http.h>
#include <cloudkit/result.h>

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Roles. https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
namespace cloudkit::inline v0::aws::iam {

using Tags = std::map<std::string, std::string>;

struct Role {
  std::string arn = {};
  std::string trust = {};  ///< The policy document that says who may assume it, decoded.
  std::chrono::system_clock::time_point created = {};
  Tags tags = {};
};

/// A document that lets a service assume a role.
std::string trust_policy(std::string_view service_principal);
/// Whether a document does. No other statement is looked at.
bool trusts(std::string_view document, std::string_view service_principal);
/// A document that allows one action on resources.
std::string allow_policy(std::string_view action, const std::vector<std::string>& resources);

service::Call get_role(std::string_view name);
service::Call create_role(std::string_view name, std::string_view trust, std::string_view description,
                          const Tags& tags);
service::Call update_assume_role_policy(std::string_view name, std::string_view trust);
service::Call delete_role(std::string_view name);

service::Call list_attached_role_policies(std::string_view name);
service::Call attach_role_policy(std::string_view name, std::string_view policy_arn);
service::Call detach_role_policy(std::string_view name, std::string_view policy_arn);
service::Call list_role_policies(std::string_view name);
service::Call get_role_policy(std::string_view name, std::string_view policy);
service::Call put_role_policy(std::string_view name, std::string_view policy, std::string_view document);
service::Call delete_role_policy(std::string_view name, std::string_view policy);

/// Of GetRole and CreateRole (`action`). Errors: `unknown`.
Result<Role> read_role(const http::Response& response, std::string_view action);
/// ARNs. Errors: `unknown`.
Result<std::vector<std::string>> read_attached_policies(const http::Response& response);
/// Names. Errors: `unknown`.
Result<std::vector<std::string>> read_policy_names(const http::Response& response);
/// A document, decoded. Errors: `unknown`.
Result<std::string> read_role_policy(const http::Response& response);

}  // namespace cloudkit::inline v0::aws::iam
