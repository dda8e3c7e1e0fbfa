// deploy_container DIR --name NAME --on aws://REGION: builds the image of a directory with a Dockerfile, pushes it,
// launches a machine that runs it whatever happens, lets its port in, waits until it answers, and prints the URL. On
// local:///DIR the same application runs as a process, without an engine. Said again it finds what is there; --remove
// takes away what it made.
#include "deploy.h"

#include <CLI/CLI.hpp>

#include <csignal>
#include <iostream>

namespace {

int deploy_or_remove(const Options& options) {
  const bool local = options.url.starts_with("local:");
  if (!local && !options.url.starts_with("aws:")) {
    return refuse("--on is where machines are made", "aws://REGION or local:///DIR", 2);
  }
  if (options.port < 0 || options.port > 65535) {
    return refuse("--port is a number from 1 to 65535", "0 for a free one on local:///DIR", 2);
  }
  if (!options.remove) return local ? deploy_local(options) : deploy_aws(options);
  const auto compute = cloudkit::open_compute(options.url);
  if (!compute) return fail(compute.error());
  return local ? remove_machine(*compute, options) : remove_aws(*compute, options);
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Deploys the container of a directory to a machine, and waits until it answers.");
  auto* directory = app.add_option("DIR", options.directory, "a directory with a Dockerfile");
  app.add_option("--name", options.name, "of the machine, its container and its repository")->required();
  app.add_option("--on", options.url, "where: aws://REGION, local:///DIR")->required();
  app.add_option("--registry", options.registry, "ecr, or HOST/NAME, which machines must be able to pull from");
  app.add_option("--port", options.port, "where the machine serves it; on local:///DIR 0 is a free one");
  app.add_option("--type", options.type, "the service's name for the machine's size");
  app.add_option("--identity", options.identity, "an instance profile whose role may pull from ECR");
  app.add_option("--patience", options.patience, "seconds that it may take until it answers");
  app.add_flag("--dry-run", options.dry_run, "print what the machine would be given, and make nothing");
  app.add_flag("--remove", options.remove, "take away what was made for this name");
  try {
    app.parse(argc, argv);
    if (directory->empty() && !options.remove) throw CLI::RequiredError("DIR");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  std::signal(SIGPIPE, SIG_IGN);  // An engine that reads no password is an error like another.
  std::cout << std::unitbuf;      // In order with what the engine says.
  return deploy_or_remove(options);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program([&] { return run(argc, argv); });
}
