#include "stack/terraform/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/check_text.h"
#include "core/encode.h"
#include "core/fail.h"
#include "stack/references.h"

namespace cloudkit::inline v0::terraform {
namespace {

struct TypeNames {
  std::string_view terraform;
  std::string_view stack;
};
constexpr TypeNames kTypes[] = {
    {"aws_instance", "instance"},        {"aws_key_pair", "key"},
    {"aws_lambda_function", "function"}, {"aws_lambda_function_url", "endpoint"},
    {"aws_s3_bucket", "bucket"},         {"aws_security_group", "firewall"},
};

// The first of several attributes for one output is the one that is written.
struct AttributeNames {
  std::string_view type;
  std::string_view attribute;
  std::string_view output;
};
constexpr AttributeNames kAttributes[] = {
    {"aws_instance", "id", "id"},
    {"aws_instance", "ami", "image"},
    {"aws_instance", "availability_zone", "zone"},
    {"aws_instance", "private_ip", "private_ip"},
    {"aws_instance", "public_dns", "dns_name"},
    {"aws_instance", "public_ip", "public_ip"},
    {"aws_key_pair", "key_name", "name"},
    {"aws_key_pair", "id", "name"},
    {"aws_key_pair", "fingerprint", "fingerprint"},
    {"aws_lambda_function", "function_name", "name"},
    {"aws_lambda_function", "id", "name"},
    {"aws_lambda_function", "arn", "id"},
    {"aws_lambda_function", "version", "version"},
    {"aws_lambda_function_url", "function_url", "url"},
    {"aws_s3_bucket", "bucket", "name"},
    {"aws_s3_bucket", "id", "name"},
    {"aws_security_group", "id", "id"},
    {"aws_security_group", "name", "name"},
};

}  // namespace

std::string_view stack_type(std::string_view terraform_type) noexcept {
  for (const TypeNames& names : kTypes) {
    if (names.terraform == terraform_type) return names.stack;
  }
  return {};
}

std::string_view terraform_type(std::string_view stack_type) noexcept {
  for (const TypeNames& names : kTypes) {
    if (names.stack == stack_type) return names.terraform;
  }
  return {};
}

std::string taken_types() {
  std::string list;
  for (const TypeNames& names : kTypes) core::append_listed(list, names.terraform);
  return list;
}

Result<std::string> stack_reference(const Piece& piece) {
  const std::string_view type = stack_type(piece.type);
  if (type.empty()) {
    return core::invalid_argument(fmt::format("the type {} is not taken", core::in_quotes(piece.type)),
                                  "taken are: " + taken_types());
  }
  std::string known;
  for (const AttributeNames& names : kAttributes) {
    if (names.type != piece.type) continue;
    if (names.attribute == piece.attribute) {
      return stack::Reference{std::string(type), piece.text, std::string(names.output)}.text();
    }
    core::append_listed(known, names.attribute);
  }
  return core::invalid_argument(
      fmt::format("of {} no {} can be referred to", core::in_quotes(piece.type), core::in_quotes(piece.attribute)),
      "it has: " + known);
}

std::string firewall_by_id(const std::string& text) {
  auto references = stack::references_in(text);
  if (references.size() != 1 || references[0].text() != text) return text;
  if (references[0].type == "firewall" && references[0].output == "name") references[0].output = "id";
  return references[0].text();
}

Result<std::string> terraform_reference(std::string_view type, std::string_view name, std::string_view output) {
  const std::string_view terraform = terraform_type(type);
  for (const AttributeNames& names : kAttributes) {
    if (names.type == terraform && names.output == output) {
      return fmt::format("{}.{}.{}", terraform, name, names.attribute);
    }
  }
  return core::unsupported(fmt::format("Terraform has no attribute for the output {} of a {}", output, type));
}

}  // namespace cloudkit::inline v0::terraform
