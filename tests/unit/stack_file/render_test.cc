#include "unit/stack_file/stack_file_parse.h"

#include "support/contains.h"

using namespace cloudkit;
using ::test::contains;

namespace {

std::string render_problem(const Stack& stack) {
  const auto text = stack.to_terraform_json();
  if (text) return "no error";
  return text.error().message + '\n' + text.error().hint;
}

FunctionSpec function_spec() {
  FunctionSpec spec;
  spec.name = "hello";
  spec.code = FunctionCode::zip(File{"/code/hello.zip"});
  spec.architecture = Architecture::arm64;
  return spec;
}

}  // namespace

TEST_CASE("a stack is written as people write it") {
  Stack stack("web");
  const auto key = stack.key({.name = "ada", .public_key = "ssh-ed25519 AAAA"});
  stack.output("key", "the key " + key.ref("name") + " costs 5 $, ${not} {{this}}");
  CHECK(stack.to_terraform_json("us-west-2").value() == R"({
  "terraform": {
    "required_providers": {
      "aws": {
        "source": "hashicorp/aws"
      }
    }
  },
  "provider": {
    "aws": {
      "region": "us-west-2"
    }
  },
  "resource": {
    "aws_key_pair": {
      "ada": {
        "key_name": "ada",
        "public_key": "ssh-ed25519 AAAA"
      }
    }
  },
  "output": {
    "key": {
      "value": "the key ${aws_key_pair.ada.key_name} costs 5 $, $${not} {{this}}"
    }
  }
}
)");
  CHECK(contains(Stack("empty").to_terraform_json().value(), "required_providers"));
}

TEST_CASE("what is written is read as the same") {
  Stack stack("web");
  FirewallSpec firewall;
  firewall.name = "web";
  firewall.network = "vpc-1";
  firewall.tags = {{"a", "${x} %{y} $ %"}};
  firewall.rules = {
      {.from = 80, .to = 443, .cidrs = {"10.0.0.0/8", "2001:db8::/32"}, .description = "web"},
      {.protocol = Protocol::icmp, .cidrs = {"0.0.0.0/0"}},
      {.protocol = Protocol::all, .peer_firewall = "sg-1"},
      {.direction = Direction::outbound, .protocol = Protocol::udp, .from = 53, .to = 53, .cidrs = {"10.0.0.2/32"}}};
  const auto web = stack.firewall(firewall, {.name = "web_1", .protect = true});
  const auto key = stack.key({.name = "ada", .public_key = "ssh-ed25519 AAAA"});
  InstanceSpec machine;
  machine.name = "web";
  machine.image = "ami-1";
  machine.type = "t3.micro";
  machine.firewalls = {web.ref("id")};
  machine.key = key.ref("name");
  machine.subnet = "subnet-1";
  machine.zone = "us-west-2a";
  machine.identity = "web";
  machine.user_data = stack_literal("#!/bin/sh\necho ${HOME} {{instance.web.id}}\n");
  machine.public_ip = false;
  machine.disk_gib = 20;
  machine.tags = {{"env", "dev"}};
  machine.metadata_v2_only = false;
  stack.bucket({.name = "logs-1", .force_destroy = true}, {.name = "logs"});
  const auto instance = stack.instance(machine, {.depends_on = {"bucket.logs"}});
  FunctionSpec function = function_spec();
  function.identity = "arn:aws:iam::1:role/x";
  function.runtime = "python3.12";
  function.handler = "app.handler";
  function.description = "says hello";
  function.environment = {{"BUCKET", "logs-1"}};
  function.tags = {{"t", "1"}};
  function.max_concurrency = 0;
  function.scratch_mib = 1024;
  const auto hello = stack.function(function);
  stack.endpoint(hello.ref("name"), {.is_public = true, .kind = EndpointKind::url});
  FunctionSpec image = function;
  image.name = "image";
  image.code = FunctionCode::image("1.dkr/x:1");
  image.runtime = "native";
  image.handler.clear();
  stack.function(image);
  FunctionSpec object = function;
  object.name = "object";
  object.runtime = "native";
  object.handler.clear();
  object.code = FunctionCode::object("s3://code/a%20b.zip?versionId=7");
  stack.function(object);
  stack.output("address", instance.ref("public_ip"));

  const std::string text = stack.to_terraform_json("us-west-2").value();
  const auto file = ::test::parse(text);
  CHECK(file.region == "us-west-2");
  CHECK(file.stack.outputs() == stack.outputs());
  REQUIRE(file.stack.resources().size() == stack.resources().size());
  for (const StackResource& one : stack.resources()) {
    CAPTURE(one.address());
    const auto& all = file.stack.resources();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& other) { return other.address() == one.address(); });
    REQUIRE(found != all.end());
    CHECK(found->options.protect == one.options.protect);
    CHECK(found->options.depends_on == one.options.depends_on);
    if (const auto* endpoint = std::get_if<StackEndpoint>(&one.spec)) {
      CHECK(std::get<StackEndpoint>(found->spec).function == endpoint->function);
      CHECK(std::get<StackEndpoint>(found->spec).spec.is_public);
    }
    if (const auto* spec = std::get_if<FirewallSpec>(&one.spec)) CHECK(std::get<FirewallSpec>(found->spec) == *spec);
    if (const auto* spec = std::get_if<InstanceSpec>(&one.spec)) CHECK(std::get<InstanceSpec>(found->spec) == *spec);
    if (const auto* spec = std::get_if<FunctionSpec>(&one.spec)) CHECK(std::get<FunctionSpec>(found->spec) == *spec);
    if (const auto* spec = std::get_if<KeySpec>(&one.spec)) CHECK(std::get<KeySpec>(found->spec) == *spec);
    if (const auto* spec = std::get_if<BucketSpec>(&one.spec)) CHECK(std::get<BucketSpec>(found->spec) == *spec);
  }
  CHECK(file.stack.to_terraform_json("us-west-2").value() == text);
}

TEST_CASE("a function without a role asks for one") {
  Stack stack("web");
  stack.function(function_spec());
  const std::string text = stack.to_terraform_json().value();
  CHECK(contains(text, R"("role": "${var.hello_role}")"));
  CHECK(contains(text, R"("description": "The ARN of the role that the function has")"));
  auto options = ::test::file_options();
  options.variables = {{"hello_role", "arn:aws:iam::1:role/x"}};
  CHECK(std::get<FunctionSpec>(::test::parse(text, options).stack.resources().at(0).spec).identity ==
        "arn:aws:iam::1:role/x");
}

TEST_CASE("what Terraform cannot say in one resource is named") {
  Stack stack("web");
  SUBCASE("a schedule") {
    stack.schedule("hello", {.name = "daily", .cron = "0 1 * * *"});
    CHECK(render_problem(stack).starts_with("schedule.daily: Terraform needs several resources for a schedule\n"));
  }
  SUBCASE("an API") {
    stack.endpoint("hello", {.method = "GET", .path = "/hello", .stage = "dev"});
    CHECK(render_problem(stack).starts_with("endpoint.hello: Terraform needs several resources for an API\n"));
  }
  SUBCASE("an image by an alias") {
    stack.instance({.name = "web", .image = "al2023", .type = "t3.micro"});
    CHECK(render_problem(stack).starts_with(
        "instance.web: Terraform knows no image al2023\ngive InstanceSpec::image the"));
  }
  SUBCASE("firewalls by names and by ids") {
    stack.instance({.name = "web", .image = "ami-1", .type = "t", .firewalls = {"web"}});
    CHECK(contains(stack.to_terraform_json().value(), "\"security_groups\": [\n          \"web\"\n"));
    stack.instance({.name = "b", .image = "ami-1", .type = "t", .firewalls = {"web", "sg-1"}});
    CHECK(
        render_problem(stack).starts_with("instance.b: Terraform takes firewalls by their ids or by their names, not"));
  }
  SUBCASE("a directory of code") {
    FunctionSpec spec = function_spec();
    spec.code = FunctionCode::directory("hello");
    stack.function(spec);
    CHECK(render_problem(stack).starts_with("function.hello: Terraform takes code as a zip, an object or an image\n"));
  }
  SUBCASE("this computer") {
    FunctionSpec spec = function_spec();
    spec.architecture = Architecture::host;
    stack.function(spec);
    CHECK(render_problem(stack).starts_with("function.hello: Terraform does not know this computer\n"));
  }
  SUBCASE("versions") {
    stack.bucket({.name = "logs-1", .versioned = true});
    CHECK(render_problem(stack).starts_with(
        "bucket.logs-1: Terraform needs two resources for a bucket that keeps versions\n"));
  }
  SUBCASE("a sign before a reference") {
    const auto key = stack.key({.name = "ada", .public_key = "ssh-ed25519 AAAA"});
    stack.output("o", "$" + key.ref("name"));
    CHECK(render_problem(stack).starts_with("outputs: Terraform cannot say a text with \"$\" before a reference"));
  }
  SUBCASE("what is wrong anyway") {
    stack.output("o", "{{key.none.name}}");
    CHECK(contains(render_problem(stack), "there is no key.none"));
  }
}
