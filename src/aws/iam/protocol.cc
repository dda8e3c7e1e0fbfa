#include "aws/iam/protocol.h"

#include "aws/service/reply.h"
#include "codec/json.h"
#include "core/encode.h"
#include "core/time.h"

#include <fmt/format.h>

#include <utility>

namespace cloudkit::inline v0::aws::iam {
namespace {

using codec::JsonValue;
using service::Call;
using service::Form;
using service::text_of;

Form form_of(std::string_view action, std::string_view role) {
  Form form(action, "2010-05-08");
  form.add("RoleName", role);
  return form;
}

Call repeatable(Form form) { return service::repeatable(service::form_call(std::move(form))); }
Call question(Form form) { return service::question(service::form_call(std::move(form))); }

bool holds(const JsonValue& one_or_many, std::string_view text) {
  if (one_or_many.as_string() == text) return true;
  for (const JsonValue& item : one_or_many.items()) {
    if (item.as_string() == text) return true;
  }
  return false;
}

bool allows(const JsonValue& statement, std::string_view service_principal) {
  return statement.find("Effect").as_string() == "Allow" && holds(statement.find("Action"), "sts:AssumeRole") &&
         holds(statement.find("Principal").find("Service"), service_principal) && !statement.contains("Condition");
}

// The members of ACTIONResponse > ACTIONResult > `list`, each as `read` sees it.
template <class Read>
Result<std::vector<std::string>> read_list(const http::Response& response, std::string_view action,
                                           std::string_view list, const Read& read) {
  const auto document = service::read_xml(response, fmt::format("{}Response", action));
  if (!document) return document.error();
  std::vector<std::string> all;
  codec::XmlNode member = document->root().child(fmt::format("{}Result", action)).child(list).first_child();
  for (; member; member = member.next()) all.push_back(read(member));
  return all;
}

}  // namespace

std::string trust_policy(std::string_view service_principal) {
  return fmt::format(
      R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{}"}},"Action":"sts:AssumeRole"}}]}})",
      service_principal);
}

bool trusts(std::string_view document, std::string_view service_principal) {
  const auto policy = JsonValue::parse(document);
  if (!policy) return false;
  const JsonValue& statements = policy->find("Statement");
  if (allows(statements, service_principal)) return true;
  for (const JsonValue& statement : statements.items()) {
    if (allows(statement, service_principal)) return true;
  }
  return false;
}

std::string allow_policy(std::string_view action, const std::vector<std::string>& resources) {
  codec::JsonWriter json;
  json.begin_object().name("Version").string("2012-10-17").name("Statement").begin_array().begin_object();
  json.name("Effect").string("Allow").name("Action").string(action).name("Resource").begin_array();
  for (const std::string& resource : resources) json.string(resource);
  return json.end_array().end_object().end_array().end_object().finish().value_or("");
}

Call get_role(std::string_view name) { return question(form_of("GetRole", name)); }

Call create_role(std::string_view name, std::string_view trust, std::string_view description, const Tags& tags) {
  Form form = form_of("CreateRole", name);
  form.add("AssumeRolePolicyDocument", trust).add_unless_empty("Description", description);
  int number = 0;
  for (const auto& [key, value] : tags) {
    ++number;
    form.add(fmt::format("Tags.member.{}.Key", number), key).add(fmt::format("Tags.member.{}.Value", number), value);
  }
  return service::form_call(std::move(form));
}

Call update_assume_role_policy(std::string_view name, std::string_view trust) {
  Form form = form_of("UpdateAssumeRolePolicy", name);
  form.add("PolicyDocument", trust);
  return repeatable(std::move(form));
}

Call delete_role(std::string_view name) { return repeatable(form_of("DeleteRole", name)); }

Call list_attached_role_policies(std::string_view name) { return question(form_of("ListAttachedRolePolicies", name)); }

Call attach_role_policy(std::string_view name, std::string_view policy_arn) {
  Form form = form_of("AttachRolePolicy", name);
  form.add("PolicyArn", policy_arn);
  return repeatable(std::move(form));
}

Call detach_role_policy(std::string_view name, std::string_view policy_arn) {
  Form form = form_of("DetachRolePolicy", name);
  form.add("PolicyArn", policy_arn);
  return repeatable(std::move(form));
}

Call list_role_policies(std::string_view name) { return question(form_of("ListRolePolicies", name)); }

Call get_role_policy(std::string_view name, std::string_view policy) {
  Form form = form_of("GetRolePolicy", name);
  form.add("PolicyName", policy);
  return question(std::move(form));
}

Call put_role_policy(std::string_view name, std::string_view policy, std::string_view document) {
  Form form = form_of("PutRolePolicy", name);
  form.add("PolicyName", policy).add("PolicyDocument", document);
  return repeatable(std::move(form));
}

Call delete_role_policy(std::string_view name, std::string_view policy) {
  Form form = form_of("DeleteRolePolicy", name);
  form.add("PolicyName", policy);
  return repeatable(std::move(form));
}

Result<Role> read_role(const http::Response& response, std::string_view action) {
  const auto document = service::read_xml(response, fmt::format("{}Response", action));
  if (!document) return document.error();
  const codec::XmlNode node = document->root().child(fmt::format("{}Result", action)).child("Role");
  Role role;
  role.arn = text_of(node.child("Arn"));
  if (role.arn.empty()) return service::unexpected_reply("it has no Arn", response);
  // Documents come back encoded as in URLs.
  role.trust = core::percent_decode(text_of(node.child("AssumeRolePolicyDocument"))).value_or("");
  role.created = core::parse_rfc3339(text_of(node.child("CreateDate"))).value_or(core::TimePoint{});
  for (codec::XmlNode tag = node.child("Tags").first_child(); tag; tag = tag.next()) {
    role.tags.emplace(text_of(tag.child("Key")), text_of(tag.child("Value")));
  }
  return role;
}

Result<std::vector<std::string>> read_attached_policies(const http::Response& response) {
  return read_list(response, "ListAttachedRolePolicies", "AttachedPolicies",
                   [](codec::XmlNode member) { return text_of(member.child("PolicyArn")); });
}

Result<std::vector<std::string>> read_policy_names(const http::Response& response) {
  return read_list(response, "ListRolePolicies", "PolicyNames", text_of);
}

Result<std::string> read_role_policy(const http::Response& response) {
  const auto document = service::read_xml(response, "GetRolePolicyResponse");
  if (!document) return document.error();
  const codec::XmlNode result = document->root().child("GetRolePolicyResult");
  return core::percent_decode(text_of(result.child("PolicyDocument"))).value_or("");
}

}  // namespace cloudkit::inline v0::aws::iam
