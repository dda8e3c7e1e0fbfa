#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace cloudkit::inline v0::aws::service {

/// Of the bodies of AWS's query protocols.
inline constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

/// A call of the query protocol, and of EC2's: a form of "Action=…&Version=…" and parameters. Lists are numbered from
/// 1: "Tags.member.1.Key", with EC2 "Tag.1.Key". https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
class Form {
 public:
  Form(std::string_view action, std::string_view version);

  Form& add(std::string_view name, std::string_view value);
  Form& add_unless_empty(std::string_view name, std::string_view value);

  const std::string& text() const& noexcept { return text_; }
  std::string text() && noexcept { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace cloudkit::inline v0::aws::service
