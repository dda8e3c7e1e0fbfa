#pragma once

#include "aws/ec2/driver.h"

#include <cloudkit/aws_service_client.h>
#include <cloudkit/compute.h>
#include <cloudkit/testing/compute_conformance.h>

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What harnesses of machines on servers that speak as EC2 does have in common.
namespace test {

using namespace cloudkit;

/// Remembers which requests passed. Thread-safe.
class ActionLog final : public http::Transport {
 public:
  http::Exchange send(const http::Request& request, http::BodyReceiver* receiver, const Context& context) override {
    {
      const std::scoped_lock lock(mutex_);
      ++count_;
      const std::string_view body = request.body.view();
      const std::string_view action = body.substr(0, body.find('&'));
      for (const auto& [begin, word] : kRuleActions) {
        if (action.starts_with(begin)) rule_changes_.push_back(std::string(word) + ' ' + std::string(action));
      }
    }
    return inner_->send(request, receiver, context);
  }

  long count() const {
    const std::scoped_lock lock(mutex_);
    return count_;
  }
  std::vector<std::string> rule_changes() const {
    const std::scoped_lock lock(mutex_);
    return rule_changes_;
  }

 private:
  static constexpr std::pair<std::string_view, std::string_view> kRuleActions[] = {
      {"Action=AuthorizeSecurityGroup", "authorize"}, {"Action=RevokeSecurityGroup", "revoke"}};

  const std::shared_ptr<http::Transport> inner_ = http::make_curl_transport();
  mutable std::mutex mutex_;
  long count_ = 0;
  std::vector<std::string> rule_changes_;
};

/// The time that handles wait by: fifteen times as fast as it is, while somebody waits.
inline ComputeHooks hurried_time() {
  using Clock = Context::Clock;
  static constexpr int kFaster = 15;
  struct Gained {
    std::mutex mutex;
    Clock::duration time{};
  };
  const auto gained = std::make_shared<Gained>();
  ComputeHooks hooks;
  hooks.now = [gained] {
    const std::scoped_lock lock(gained->mutex);
    return Clock::now() + gained->time;
  };
  hooks.wait = [gained](const Context& context, Clock::duration duration) {
    const Status waited = context.wait_for(duration / kFaster);
    const std::scoped_lock lock(gained->mutex);
    gained->time += duration - duration / kFaster;
    return waited;
  };
  return hooks;
}

inline Compute machines_over(const aws::ServiceOptions& options, const std::shared_ptr<http::Transport>& transport,
                             int page_size) {
  aws::ClientParts parts;
  parts.transport = transport;
  return Compute(
      std::make_shared<aws::ec2::Ec2Driver>(std::make_shared<aws::service::Account>(options, parts), page_size),
      hurried_time());
}

/// A role by which a machine's agent may report, in a profile of this name.
inline void make_agent_profile(const aws::ServiceOptions& options, const std::string& name) {
  const aws::ServiceClient iam("iam", options);
  const auto call = [&](const std::string& action, aws::ServiceCall with) {
    with.action = action;
    const auto reply = iam.call(with);
    REQUIRE_MESSAGE(reply, (reply ? "" : reply.error().to_string()));
  };
  call("CreateRole", {.parameters = {{"RoleName", name},
                                     {"AssumeRolePolicyDocument",
                                      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)"
                                      R"({"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]})"}}});
  call("AttachRolePolicy",
       {.parameters = {{"RoleName", name}, {"PolicyArn", "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"}}});
  call("CreateInstanceProfile", {.parameters = {{"InstanceProfileName", name}}});
  call("AddRoleToInstanceProfile", {.parameters = {{"InstanceProfileName", name}, {"RoleName", name}}});
}

/// The id of another network than the default one: the strict fake has one, moto is told to make it.
inline std::string other_network(const aws::ServiceOptions& options) {
  const aws::ServiceClient ec2("ec2", options);
  auto reply = ec2.call(
      {.action = "DescribeVpcs", .parameters = {{"Filter.1.Name", "is-default"}, {"Filter.1.Value.1", "false"}}});
  if (reply && reply->body.find("vpc-") == std::string::npos) {
    reply = ec2.call({.action = "CreateVpc", .parameters = {{"CidrBlock", "10.77.0.0/16"}}});
  }
  REQUIRE_MESSAGE(reply, (reply ? "" : reply.error().to_string()));
  const auto begin = reply->body.find("vpc-");
  return reply->body.substr(begin, reply->body.find('<', begin) - begin);
}

inline Result<InstanceSpec> small_machine() {
  InstanceSpec spec;
  spec.image = "al2023";
  spec.type = "t2.micro";
  return spec;
}

}  // namespace test
