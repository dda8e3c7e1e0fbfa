#include "specs.h"
#include "stack/declaration.h"

#include <cloudkit/stack.h>
#include <doctest/doctest.h>

using namespace cloudkit;
using ::test::stacks::firewall_spec;
using ::test::stacks::machine_spec;

namespace {

std::string problem(const Stack& stack) {
  const auto checked = stack.check();
  return checked ? "" : checked.error().to_string();
}

}  // namespace

TEST_CASE("a resource has the name of its spec, or one of its own") {
  Stack stack("web");
  CHECK(stack.firewall(firewall_spec("ssh")).ref("id") == "{{firewall.ssh.id}}");
  CHECK(stack.firewall(firewall_spec("ssh"), {"allow_ssh"}).address() == "firewall.allow_ssh");
  CHECK(stack.endpoint("{{function.hello.name}}", {}).address() == "endpoint.hello");
  CHECK(stack.schedule("hello", {"nightly"}).address() == "schedule.nightly");
  CHECK(stack.resources().size() == 4);
  CHECK(stack.resources()[1].type() == "firewall");
}

TEST_CASE("names that are none, or are taken") {
  CHECK(problem(Stack("Web")) ==
        "invalid_argument: \"Web\" is no name of a stack: 1 to 63 lower-case letters, digits "
        "and '-', a letter first, no '-' last");
  CHECK(problem(Stack("")) != "");
  CHECK(problem(Stack("a")).empty());
  Stack twice("web");
  twice.firewall(firewall_spec("ssh"));
  twice.firewall(firewall_spec("ssh"));
  CHECK(problem(twice) ==
        "invalid_argument: there are two resources firewall.ssh\n  hint: StackResourceOptions::name tells them apart");
  Stack unnamed("web");
  unnamed.bucket({"my.bucket"});
  CHECK(problem(unnamed) ==
        "invalid_argument: \"my.bucket\" is no name of a bucket in a stack: 1 to 63 letters, digits, "
        "'-' and '_', a letter first\n  hint: StackResourceOptions::name gives it one");
  Stack outputs("web");
  outputs.output("ip", "1").output("ip", "2");
  CHECK(problem(outputs) == "invalid_argument: there are two outputs \"ip\"");
}

TEST_CASE("references to nothing say what there is") {
  Stack stack("web");
  stack.firewall(firewall_spec("ssh"));
  stack.instance(machine_spec("one", "{{firewall.shh.id}}"));
  CHECK(problem(stack) ==
        "invalid_argument: instance.one: user_data: {{firewall.shh.id}}: there is no firewall.shh\n"
        "  hint: the stack has firewall.ssh");
  Stack output("web");
  output.firewall(firewall_spec("ssh"));
  output.output("x", "{{firewall.ssh.ip}}");
  CHECK(problem(output) ==
        "invalid_argument: output x: {{firewall.ssh.ip}}: a firewall has no output \"ip\"\n  hint: it has id, name");
  Stack type("web");
  type.instance(machine_spec("one", "{{fire.ssh.id}}"));
  CHECK(
      problem(type) ==
      "invalid_argument: instance.one: user_data: {{fire.ssh.id}}: there are no resources of a type \"fire\"\n"
      "  hint: types are firewall, key, instance, function, endpoint, schedule, bucket; stack_literal() is for a text "
      "that is no reference");
  Stack none("web");
  none.instance(machine_spec("one", "{{key.k.name}}"));
  CHECK(problem(none).find("hint: the stack has no key") != std::string::npos);
  Stack depends("web");
  depends.instance(machine_spec("one"), {"one", false, {"bucket.logs"}});
  CHECK(problem(depends) ==
        "invalid_argument: instance.one: depends_on: there is no \"bucket.logs\"\n  hint: the stack has instance.one");
}

TEST_CASE("a cycle is named along its way, also that of one") {
  Stack stack("web");
  stack.instance(machine_spec("a", "{{instance.b.id}}"));
  stack.instance(machine_spec("b", "{{instance.c.id}}"));
  stack.instance(machine_spec("c"), {"c", false, {"instance.a"}});
  CHECK(problem(stack) ==
        "invalid_argument: resources need each other: instance.a -> instance.b -> instance.c -> "
        "instance.a\n  hint: one of these must do without the other's outputs");
  Stack self("web");
  self.instance(machine_spec("a", "{{instance.a.id}}"));
  CHECK(problem(self).find("instance.a -> instance.a") != std::string::npos);
}

TEST_CASE("what is the stack's own is nobody else's") {
  Stack token("web");
  InstanceSpec spec = machine_spec("a");
  spec.token = "mine";
  token.instance(spec);
  CHECK(problem(token) ==
        "invalid_argument: instance.a: its token is the stack's own\n  hint: leave InstanceSpec::token empty");
  Stack tag("web");
  FirewallSpec tagged = firewall_spec("a");
  tagged.tags = {{"CloudKit-stack", "x"}};
  tag.firewall(tagged);
  CHECK(problem(tag) ==
        "invalid_argument: firewall.a: tags: \"CloudKit-stack\" is not yours to set: cloudkit… is taken");
}

TEST_CASE("what outputs tell, or a thing is found by, is no secret") {
  const auto refused = [](const StackResource::Spec& spec, const std::string& attribute) {
    Stack stack("web");
    stack.add({spec, {"a", false, {}, {"tags", attribute}}});
    return problem(stack);
  };
  CHECK(refused(machine_spec("a"), "image") ==
        "invalid_argument: instance.a: secrets: \"image\" cannot be kept secret\n  hint: outputs tell it as it is, or "
        "the thing is found by it: leave it out of StackResourceOptions::secrets");
  const std::vector<std::pair<StackResource::Spec, std::vector<std::string>>> all = {
      {firewall_spec("a"), {"name", "network"}},
      {KeySpec{"a", "k"}, {"name"}},
      {machine_spec("a"), {"name", "zone", "public_ip"}},
      {FunctionSpec(), {"name"}},
      {StackEndpoint{"f", {}}, {"function", "method", "path", "stage", "kind"}},
      {StackSchedule{"f", {}}, {"function", "name"}},
      {BucketSpec{"a"}, {"name", "force_destroy"}},
  };
  for (const auto& [spec, attributes] : all) {
    for (const std::string& attribute : attributes) {
      CAPTURE(attribute);
      CHECK(refused(spec, attribute).find("cannot be kept secret") != std::string::npos);
    }
  }
  CHECK(refused(firewall_spec("a"), "description").empty());
  CHECK(refused(machine_spec("a"), "tags.note").empty());
  CHECK(refused(StackEndpoint{"f", {}}, "is_public").empty());
}
