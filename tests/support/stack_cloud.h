#pragma once

#include "support/stack_world.h"

#include <cloudkit/open.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

/// Where the cases of stacks are run: handles, a bucket for the state, and a clock.
namespace test {

struct StackCloud {
  std::string name = {};  ///< For messages.
  cloudkit::StackProviders providers = {};
  cloudkit::Bucket state;
  cloudkit::StackHooks hooks = {};
  std::function<void(std::chrono::seconds)> advance = {};  ///< Moves the clock of locks on.
  std::string image = "debian-12";
  std::string type = "t3.micro";
  std::string runtime = "python3.12";
  std::string bucket = "stack-logs";
  std::string code = {};  ///< A directory with app.py, which cases may change.

  cloudkit::StackDeployment deployment(const cloudkit::Stack& stack) const {
    return {stack, providers, {state, {}}, hooks};
  }
  /// Those that are not gone.
  std::vector<cloudkit::Instance> machines() const {
    auto all = providers.compute->list().value();
    std::erase_if(all, [](const cloudkit::Instance& each) {
      return each.state == cloudkit::InstanceState::terminated || each.state == cloudkit::InstanceState::terminating;
    });
    return all;
  }
  std::string state_text(const std::string& key) const {
    auto object = state.get(key);
    return object ? object->data : "";
  }
  void write_code(const std::string& text) const { std::ofstream(code + "/app.py") << text; }

  bool has_keys = true;

  /// Everything that a stack can have, each in need of another; without functions and objects only the machines.
  cloudkit::Stack whole_stack() const;
  /// Whatever a stack may have left.
  std::string leftovers() const;
};

inline cloudkit::Stack StackCloud::whole_stack() const {
  using namespace cloudkit;
  Stack stack("site");
  FirewallSpec ssh;
  ssh.name = "ssh";
  ssh.rules.resize(1);
  ssh.rules[0].from = ssh.rules[0].to = 22;
  ssh.rules[0].cidrs = {"10.0.0.0/8"};
  const auto firewall = stack.firewall(ssh);
  InstanceSpec web;
  if (has_keys) {
    const auto key =
        stack.key({"ada", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDaKmkcZgrnEdVSG6KQ2Q5NrMK1Zkbuxu7JkXnbpTYgk ada"});
    web.key = key.ref("name");
  }
  web.name = "web";
  web.image = image;
  web.type = type;
  web.firewalls = {firewall.ref("id")};
  web.user_data = "#!/bin/sh\n# cktest-stack-userdata-1\n";
  web.tags = {{"team", "blue"}};
  const auto machine = stack.instance(web);
  stack.output("machine", machine.ref("id"));
  if (!providers.functions || !providers.objects) return stack;
  const auto logs = stack.bucket({bucket, false, true}, {"logs"});
  FunctionSpec hello;
  hello.name = "hello";
  hello.code = FunctionCode::directory(code);
  hello.runtime = runtime;
  hello.handler = "app.handler";
  hello.environment = {
      {"MACHINE", machine.ref("id")}, {"BUCKET", logs.ref("name")}, {"PASSWORD", "cktest-stack-env-1"}};
  const auto function = stack.function(hello);
  EndpointSpec get;
  get.method = "GET";
  get.path = "/hello";
  get.stage = "dev";
  get.is_public = true;
  stack.endpoint(function.ref("name"), get);
  ScheduleSpec nightly;
  nightly.name = "nightly";
  nightly.cron = "0 1 * * *";
  nightly.input = R"({"token":"cktest-stack-input-1"})";
  stack.schedule(function.ref("name"), nightly);
  return stack;
}

inline std::string StackCloud::leftovers() const {
  using namespace cloudkit;
  std::string left;
  for (const auto& each : machines()) left += " machine " + each.id;
  for (const auto& each : providers.compute->list_firewalls().value()) {
    if (each.name != "default") left += " firewall " + each.name;
  }
  for (const auto& each : providers.compute->list_keys().value()) left += " key " + each.name;
  const auto functions = providers.functions ? providers.functions->list().value() : std::vector<Function>();
  for (const auto& each : functions) left += " function " + each.name;
  const auto buckets = providers.objects ? providers.objects->list_buckets().value() : std::vector<BucketEntry>();
  for (const auto& each : buckets) {
    if (each.name == bucket) left += " bucket " + each.name;
  }
  for (const auto& each : state.list()) {
    if (each && each->key.starts_with("stacks/")) left += " state " + each->key;
  }
  return left;
}

/// A cloud in memory, whose program may end at any call.
class MemoryCloud {
 public:
  MemoryCloud() : cloud_(make()) {
    std::ofstream(code_.file("app.py")) << "def handler(event, context):\n    return event\n";
    functions_.add_handler("app.handler",
                           [](const cloudkit::Invocation&) -> cloudkit::Result<std::string> { return "1"; });
  }

  Crash& crash() { return crash_; }
  cloudkit::memory::MemoryCompute& compute() { return compute_; }
  cloudkit::memory::MemoryFunctions& functions() { return functions_; }
  const StackCloud& cloud() const { return cloud_; }
  /// The same, looked at by a program that has not ended.
  StackCloud other_program() const {
    StackCloud other = cloud_;
    other.providers.compute = compute_.compute();
    other.providers.functions = functions_.runtime();
    other.providers.objects = cloudkit::ObjectStore(store_);
    other.state = cloudkit::Bucket(store_->bucket(bucket_).value());
    return other;
  }

 private:
  StackCloud make() {
    static std::atomic<int> count{0};
    const std::string number = std::to_string(++count);
    store_ = cloudkit::Registry::global().object_store("mem://").value();
    bucket_ = "stack-state-" + number;
    store_->create_bucket(bucket_, {}).value();
    StackCloud cloud{"stacks on mem://",
                     {},
                     cloudkit::Bucket(std::make_shared<CrashingBucket>(store_->bucket(bucket_).value(), crash_))};
    cloud.providers.compute =
        cloudkit::Compute(std::make_shared<CrashingCompute>(compute_.driver(), crash_), compute_.hooks());
    cloud.providers.functions =
        cloudkit::FunctionRuntime(std::make_shared<CrashingRuntime>(functions_.driver(), crash_), functions_.hooks());
    cloud.providers.objects = cloudkit::ObjectStore(std::make_shared<CrashingStore>(store_, crash_));
    cloud.hooks.now = [this] { return now_.load(); };
    cloud.hooks.wait = [this](const cloudkit::Context& context, cloudkit::Context::Clock::duration duration) {
      now_ = now_.load() + std::chrono::duration_cast<cloudkit::TimePoint::duration>(duration);
      return context.check();
    };
    cloud.advance = [this](std::chrono::seconds duration) { now_ = now_.load() + duration; };
    cloud.bucket += '-' + number;
    cloud.code = code_.path();
    return cloud;
  }

  Crash crash_;
  TemporaryDirectory code_;
  std::atomic<cloudkit::TimePoint> now_{cloudkit::TimePoint(std::chrono::seconds(1'800'000'000))};
  cloudkit::memory::MemoryCompute compute_;
  cloudkit::memory::MemoryFunctions functions_;
  std::shared_ptr<cloudkit::ObjectStoreDriver> store_;
  std::string bucket_;
  StackCloud cloud_;
};

}  // namespace test
