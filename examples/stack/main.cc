// stack plan|apply|destroy --on URL --state URL: what main.tf.json beside it declares, in C++: a machine behind a
// firewall that lets ssh in and everything out.
#include "run_program.h"

#include <cloudkit/open.h>
#include <cloudkit/stack.h>

#include <CLI/CLI.hpp>

#include <iostream>
#include <string>

namespace {

cloudkit::Stack declare(const std::string& image) {
  cloudkit::Stack stack("example");
  const auto ssh = stack.firewall({.name = "example",
                                   .description = "ssh in, everything out",
                                   .rules = {{.from = 22, .to = 22, .cidrs = {"0.0.0.0/0"}}}});
  const auto machine =
      stack.instance({.name = "example-instance", .image = image, .type = "t2.micro", .firewalls = {ssh.ref("id")}},
                     {.name = "example"});
  stack.output("address", machine.ref("public_ip"));
  return stack;
}

int carry_out(const std::string& what, const cloudkit::StackDeployment& deployment) {
  const auto plan = deployment.plan({.destroy = what == "destroy", .context = interrupted}).value();
  std::cout << plan.to_text();
  if (what == "plan") return 0;
  const auto report = deployment.apply(plan, {.context = interrupted}).value();
  for (const auto& [name, value] : report.outputs) std::cout << name << " = " << value << '\n';
  const auto status = report.status();
  return status ? 0 : fail(status.error());
}

int run(int argc, char** argv) {
  std::string what, on, state, image = "ubuntu-24.04";
  CLI::App app("A machine behind a firewall, as a stack");
  app.add_option("what", what, "plan, apply or destroy")
      ->required()
      ->check(CLI::IsMember({"plan", "apply", "destroy"}));
  app.add_option("--on", on, "aws://REGION, local:///DIR")->required();
  app.add_option("--state", state, "the bucket that keeps its state: s3://BUCKET, file:///DIR")->required();
  app.add_option("--image", image, "an alias, or an image's id in that region")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const cloudkit::StackProviders providers{.compute = cloudkit::open_compute(on).value()};
  const auto bucket = cloudkit::open_bucket(state, {.create = true, .context = interrupted}).value();
  return carry_out(what, cloudkit::StackDeployment(declare(image), providers, {bucket}));
}

}  // namespace

int main(int argc, char** argv) {
  return run_program([&] { return run(argc, argv); });
}
