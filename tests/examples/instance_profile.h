#pragma once

#include <cloudkit/aws_service_client.h>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace examples {

/// An instance profile whose machines may be told what to run by Systems Manager.
inline void make_instance_profile(const cloudkit::aws::ServiceOptions& options, const std::string& name) {
  const cloudkit::aws::ServiceClient iam("iam", options);
  const std::string trust =
      R"({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
          "Action": "sts:AssumeRole"}]})";
  const auto call = [&](const char* action, std::vector<std::pair<std::string, std::string>> parameters) {
    const auto done = iam.call({.action = action, .parameters = std::move(parameters)});
    REQUIRE_MESSAGE(done, done.error());
  };
  call("CreateRole", {{"RoleName", name}, {"AssumeRolePolicyDocument", trust}});
  call("AttachRolePolicy", {{"RoleName", name}, {"PolicyArn", "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"}});
  call("CreateInstanceProfile", {{"InstanceProfileName", name}});
  call("AddRoleToInstanceProfile", {{"InstanceProfileName", name}, {"RoleName", name}});
}

}  // namespace examples
