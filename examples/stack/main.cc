// stack plan|apply|destroy --on URL --state URL: what main.tf.json beside it declares, in C++: a machine behind a
// firewall that lets ssh in and everything out.
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

int run(const std::string& what, const cloudkit::StackDeployment& deployment) {
  const auto plan = deployment.plan({.destroy = what == "destroy"}).value();
  std::cout << plan.to_text();
  if (what == "plan") return 0;
  const auto report = deployment.apply(plan).value();
  for (const auto& [name, value] : report.outputs) std::cout << name << " = " << value << '\n';
  if (const auto status = report.status(); !status) throw cloudkit::Exception(status.error());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string what, on, state, image = "ubuntu-24.04";
  CLI::App app("A machine behind a firewall, as a stack");
  app.add_option("what", what, "plan, apply or destroy")
      ->required()
      ->check(CLI::IsMember({"plan", "apply", "destroy"}));
  app.add_option("--on", on, "aws://REGION, local:///DIR")->required();
  app.add_option("--state", state, "the bucket that keeps its state: s3://BUCKET, file:///DIR")->required();
  app.add_option("--image", image, "an alias, or an image's id in that region")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    const cloudkit::StackProviders providers{.compute = cloudkit::open_compute(on).value()};
    const auto bucket = cloudkit::open_bucket(state, {.create = true}).value();
    return run(what, cloudkit::StackDeployment(declare(image), providers, {bucket}));
  } catch (const cloudkit::Exception& problem) {
    std::cerr << problem.error() << '\n';
    return cloudkit::exit_code(problem.error().code);
  }
}
