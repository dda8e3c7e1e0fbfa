#include "specs.h"
#include "support/forwarding_bucket.h"
#include "support/quiet_log.h"
#include "support/stack_cases.h"

#include <cloudkit/open.h>
#include <doctest/doctest.h>

using namespace cloudkit;
using namespace ::test::stacks;
using ::test::contains;
using ::test::MemoryCloud;
using ::test::StackCloud;

namespace {

InstanceSpec debian_machine(const std::string& name) {
  InstanceSpec spec;
  spec.name = name;
  spec.image = "debian-12";
  spec.type = "t3.micro";
  return spec;
}

Stack small_stack() {
  Stack stack("small");
  const auto ssh = stack.firewall(firewall_spec("ssh"));
  InstanceSpec web = debian_machine("web");
  web.firewalls = {ssh.ref("id")};
  stack.instance(web);
  return stack;
}

// As Cloud Storage and Azure: uploads in parts, and no list of them.
struct WithoutListOfUploads final : ForwardingBucket {
  using ForwardingBucket::ForwardingBucket;
  Capabilities capabilities() const override {
    Capabilities can = inner_->capabilities();
    can.list_uploads = false;
    return can;
  }
  Result<UploadPage> list_uploads_page(std::string_view, std::string_view, const Context&) override {
    return Error(ErrorCode::unsupported, "no list of uploads");
  }
};

struct StoreWithoutLists final : ObjectStoreDriver {
  std::string url() const override { return inner->url(); }
  Result<std::shared_ptr<BucketDriver>> bucket(std::string_view name) override {
    return inner->bucket(name).map([](std::shared_ptr<BucketDriver> found) -> std::shared_ptr<BucketDriver> {
      return std::make_shared<WithoutListOfUploads>(std::move(found));
    });
  }
  Status create_bucket(std::string_view name, const CreateBucketOptions& options) override {
    return inner->create_bucket(name, options);
  }
  Status delete_bucket(std::string_view name, const BucketOptions& options) override {
    return inner->delete_bucket(name, options);
  }
  Result<bool> bucket_exists(std::string_view name, const BucketOptions& options) override {
    return inner->bucket_exists(name, options);
  }
  Result<BucketPage> list_buckets_page(std::string_view token, const BucketOptions& options) override {
    return inner->list_buckets_page(token, options);
  }
  const std::shared_ptr<ObjectStoreDriver> inner = Registry::global().object_store("mem://").value();
};

}  // namespace

TEST_CASE("what a service would refuse is said before anything is made") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  Stack stack = small_stack();
  InstanceSpec nameless = debian_machine("other");
  nameless.image = {};
  stack.instance(nameless);
  const auto report = cloud.deployment(stack).apply();
  REQUIRE_FALSE(report.has_value());
  CHECK(contains(text_of(report), "invalid_argument: instance.other: the spec has no image"));
  CHECK(cloud.leftovers().empty());
}

TEST_CASE("a provider that is missing, or another one than the state's") {
  const MemoryCloud memory;
  StackCloud cloud = memory.cloud();
  cloud.providers.compute.reset();
  CHECK(contains(text_of(cloud.deployment(small_stack()).plan()),
                 "invalid_argument: firewall.ssh: the stack needs machines, and none were given\n"
                 "  hint: set StackProviders::compute"));
  REQUIRE(applied(memory.cloud(), small_stack()).empty());
  memory::MemoryComputeOptions options;
  options.name = "elsewhere";
  const memory::MemoryCompute elsewhere(options);
  cloud.providers.compute = elsewhere.compute();
  CHECK(contains(text_of(cloud.deployment(small_stack()).plan()),
                 "firewall.ssh is at mem://compute, by the state, and what is given is mem://elsewhere"));
  CHECK(destroyed(memory.cloud(), small_stack()).empty());
}

TEST_CASE("things of others are not taken over") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  cloud.providers.compute->ensure_firewall(firewall_spec("ssh")).value();
  const auto report = cloud.deployment(small_stack()).apply();
  REQUIRE(report.has_value());
  CHECK(contains(text_of(*report),
                 "already_exists: firewall.ssh: there is a firewall \"ssh\", and it does not belong to this stack\n"
                 "  hint: choose another name; or take it over: import firewall.ssh "));
  REQUIRE(report->steps.size() == 2);
  CHECK(report->steps[1].phase == StackPhase::skipped);
  CHECK(cloud.machines().empty());
  CHECK(cloud.deployment(small_stack()).entries().value().empty());
}

TEST_CASE("a stack of the same name with another state has its own things") {
  const MemoryCloud memory;
  Stack stack("twin");
  stack.instance(debian_machine("web"));
  StackCloud one = memory.cloud();
  const StackDeployment other(stack, one.providers, {one.state, "other.json"}, one.hooks);
  REQUIRE(applied(one, stack).empty());
  CHECK(text_of(other.apply()) == "success");
  CHECK(one.machines().size() == 2);
  CHECK(text_of(other.destroy()) == "success");
  CHECK(one.machines().size() == 1);
  const StackDeployment mixed(small_stack(), one.providers, {one.state, "stacks/twin.json"}, one.hooks);
  CHECK(contains(text_of(mixed.plan()), "stacks/twin.json is of another stack, \"twin\""));
}

TEST_CASE("a failure does not stop what does not need it, and the state says what there is") {
  MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  Stack stack = small_stack();
  stack.key({"ada", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDaKmkcZgrnEdVSG6KQ2Q5NrMK1Zkbuxu7JkXnbpTYgk ada"});
  memory::ComputeFaults full;
  full.capacity = 0;
  memory.compute().set_faults(full);
  const auto report = cloud.deployment(stack).apply();
  REQUIRE(report.has_value());
  CHECK(report->count(StackAction::create) == 2);
  CHECK(report->count(StackAction::create, StackPhase::failed) == 1);
  CHECK(report->status().error().code == ErrorCode::unavailable);
  const auto entries = cloud.deployment(stack).entries().value();
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].address == "firewall.ssh");
  CHECK(entries[1].address == "key.ada");
  memory.compute().set_faults({});
  CHECK(applied(cloud, stack).empty());
  CHECK(destroyed(cloud, stack).empty());
}

TEST_CASE("what is declared no more is removed; what is protected is not") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  Stack stack("small");
  stack.firewall(firewall_spec("ssh"), {"ssh", true});
  REQUIRE(applied(cloud, stack).empty());
  const Stack empty("small");
  CHECK(contains(
      text_of(cloud.deployment(empty).plan()),
      "conflict: firewall.ssh is protected, and would be removed: it is declared no more\n"
      "  hint: declare it without protection first: prevent_destroy in a file, StackResourceOptions::protect in C++"));
  CHECK(contains(text_of(cloud.deployment(stack).destroy()), "firewall.ssh is protected, and would be removed"));
  Stack other("small");
  FirewallSpec changed = firewall_spec("ssh");
  changed.description = "another one";
  other.firewall(changed, {"ssh", true});
  CHECK(contains(text_of(cloud.deployment(other).plan()),
                 "firewall.ssh is protected, and would be replaced: description changes"));
  Stack free("small");
  free.firewall(firewall_spec("ssh"));
  REQUIRE(applied(cloud, free).empty());
  const auto plan = cloud.deployment(empty).plan().value();
  CHECK(plan.steps.at(0).action == StackAction::remove);
  CHECK(plan.steps.at(0).reason == "it is declared no more");
  CHECK(applied(cloud, empty).empty());
  CHECK(cloud.providers.compute->get_firewall("ssh").error().code == ErrorCode::not_found);
}

TEST_CASE("a plan that was kept is carried out when nothing has moved") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const StackDeployment site = cloud.deployment(small_stack());
  const auto keep = [](const StackPlan& plan) { return StackPlan::from_json(plan.to_json().value()).value(); };
  const StackPlan plan = keep(site.plan().value());
  const auto report = site.apply(plan);
  REQUIRE(report.has_value());
  CHECK(report->count(StackAction::create) == 2);

  CHECK(contains(text_of(site.apply(plan)),
                 "precondition_failed: the state has changed since this was planned\n  hint: plan again"));
  const StackPlan again = keep(site.plan().value());
  Stack other = changed(small_stack(), [](StackResource& resource) {
    if (auto* web = std::get_if<InstanceSpec>(&resource.spec)) web->tags["a"] = "b";
  });
  CHECK(contains(text_of(cloud.deployment(other).apply(again)), "the declaration, or a function's code, has changed"));
  cloud.providers.compute->set_rules("ssh", {}).value();
  CHECK(contains(text_of(site.apply(again)), "what there is has changed since this was planned"));
  StackPlanOptions end;
  end.destroy = true;
  CHECK(text_of(site.apply(keep(site.plan(end).value()))) == "success");
  CHECK(cloud.leftovers().empty());
}

TEST_CASE("tags change in place, also those of a firewall; what is taken back goes") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const auto tagged = [](const std::map<std::string, std::string>& tags) {
    return changed(small_stack(), [&](StackResource& resource) {
      if (auto* spec = std::get_if<InstanceSpec>(&resource.spec)) spec->tags = tags;
      if (auto* spec = std::get_if<FirewallSpec>(&resource.spec)) spec->tags = tags;
    });
  };
  REQUIRE(applied(cloud, tagged({{"a", "1"}, {"b", "2"}})).empty());
  const std::string id = cloud.machines().at(0).id;
  REQUIRE(applied(cloud, tagged({{"a", "3"}})).empty());
  CHECK(cloud.machines().at(0).id == id);
  for (const auto& tags : {cloud.machines().at(0).tags, cloud.providers.compute->get_firewall("ssh").value().tags}) {
    CHECK(tags.at("a") == "3");
    CHECK_FALSE(tags.contains("b"));
    CHECK(tags.at("cloudkit-stack").starts_with("small-"));
  }
  CHECK(cloud.machines().at(0).tags.at("cloudkit-resource") == "instance.web");
  CHECK(destroyed(cloud, small_stack()).empty());
}

TEST_CASE("new code, and only that, is deployed") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const Stack stack = cloud.whole_stack();
  REQUIRE(applied(cloud, stack).empty());
  cloud.write_code("def handler(event, context):\n    return 2\n");
  const auto plan = cloud.deployment(stack).plan().value();
  CHECK(plan.count(StackAction::update) == 1);
  REQUIRE(step_of(plan, "function.hello").changes.size() == 1);
  CHECK(step_of(plan, "function.hello").changes[0].attribute == "code");
  REQUIRE(applied(cloud, stack).empty());
  CHECK(destroyed(cloud, stack).empty());
}

TEST_CASE("a key that is rotated, or gone, takes no machine with it that was made with the one before") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  const auto stack_of = [](const std::string& public_key) {
    Stack stack("small");
    const auto key = stack.key({"ada", public_key});
    InstanceSpec web = debian_machine("web");
    web.key = key.ref("name");
    stack.instance(web);
    return stack;
  };
  const std::string body = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDaKmkcZgrnEdVSG6KQ2Q5NrMK1Zkbuxu7JkXnbpTYg";
  REQUIRE(applied(cloud, stack_of(body + "k")).empty());
  const std::string machine = cloud.machines().at(0).id;
  const Stack rotated = stack_of(body + "l");
  const StackPlan plan = cloud.deployment(rotated).plan().value();
  CHECK(step_of(plan, "key.ada").action == StackAction::replace);
  CHECK(step_of(plan, "instance.web").action == StackAction::unchanged);
  CHECK(applied(cloud, rotated) == "");
  REQUIRE(cloud.providers.compute->destroy_key("ada"));
  CHECK(applied(cloud, rotated) == "");
  CHECK(cloud.machines().at(0).id == machine);
  // Another name is another making.
  const Stack renamed = changed(rotated, [](StackResource& resource) {
    if (auto* key = std::get_if<KeySpec>(&resource.spec)) key->name = "bob";
  });
  CHECK(step_of(cloud.deployment(renamed).plan().value(), "instance.web").action == StackAction::replace);
  CHECK(destroyed(cloud, rotated) == "");
}

TEST_CASE("a bucket with objects stays, unless it was said that they go with it") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  Stack stack("small");
  stack.bucket({cloud.bucket}, {"logs"});
  REQUIRE(applied(cloud, stack).empty());
  cloud.providers.objects->bucket(cloud.bucket).value().put("k", "v").value();
  const auto report = cloud.deployment(stack).destroy();
  REQUIRE(report.has_value());
  CHECK(report->status().error().code == ErrorCode::conflict);
  CHECK(contains(
      text_of(*report),
      "hint: empty it first; or declare it with force_destroy, BucketSpec::force_destroy in C++, and apply that"));
  CHECK(cloud.deployment(stack).entries().value().size() == 1);
  Stack forced("small");
  forced.bucket({cloud.bucket, false, true}, {"logs"});
  REQUIRE(applied(cloud, forced).empty());
  CHECK(destroyed(cloud, forced).empty());
}

TEST_CASE("a bucket whose uploads cannot be listed could not be emptied, and so not be destroyed") {
  const MemoryCloud memory;
  StackCloud cloud = memory.cloud();
  cloud.providers.objects = ObjectStore(std::make_shared<StoreWithoutLists>());
  Stack stack("small");
  stack.bucket({cloud.bucket, false, true}, {"logs"});
  REQUIRE(applied(cloud, stack).empty());
  cloud.providers.objects->bucket(cloud.bucket).value().put("k", "v").value();
  const auto report = cloud.deployment(stack).destroy();
  REQUIRE(report.has_value());
  CHECK_MESSAGE(report->status(), text_of(*report));
  CHECK_FALSE(cloud.providers.objects->bucket_exists(cloud.bucket).value());
}

TEST_CASE("a cancelled run leaves a true state, and no lock") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  StackApplyOptions options;
  options.context = Context::cancellable();
  options.workers = 1;
  options.progress = [&](const StackEvent& event) {
    if (event.phase == StackPhase::done) options.context.cancel();
  };
  (void)cloud.deployment(small_stack()).apply(options);
  CHECK(cloud.state_text("stacks/small.json.lock").empty());
  CHECK(cloud.deployment(small_stack()).entries().value().size() == 1);
  CHECK(applied(cloud, small_stack()).empty());
  CHECK(destroyed(cloud, small_stack()).empty());
}

TEST_CASE("outputs are kept, and are gone with the stack") {
  const MemoryCloud memory;
  const StackCloud& cloud = memory.cloud();
  Stack stack = small_stack();
  stack.output("url", "http://{{instance.web.private_ip}}/");
  const StackDeployment site = cloud.deployment(stack);
  CHECK(site.plan().value().outputs.at("url") == "http://(known after apply)/");
  REQUIRE(applied(cloud, stack).empty());
  CHECK(site.outputs().value().at("url") == "http://" + cloud.machines().at(0).private_ip + "/");
  REQUIRE(destroyed(cloud, stack).empty());
  CHECK(site.outputs().value().empty());
}

TEST_CASE("options that cannot be meant") {
  const MemoryCloud memory;
  StackApplyOptions options;
  options.workers = 0;
  CHECK(contains(text_of(memory.cloud().deployment(small_stack()).apply(options)), "workers is from 1"));
  options.workers = 1;
  options.lock_expiry = std::chrono::milliseconds(1);
  CHECK(contains(text_of(memory.cloud().deployment(small_stack()).apply(options)), "lock_expiry is from 100 ms"));
}
