#include "deploy.h"
#include "dockerfile.h"
#include "ecr.h"
#include "engine.h"

#include <cloudkit/open.h>

#include <iostream>
#include <optional>

namespace {

using cloudkit::ErrorCode;
using cloudkit::Result;
using cloudkit::Status;

// What the machine runs, and where: a machine with another value is behind.
constexpr const char* kDeployed = "deploy-container-image";
// The one whose packages have docker, and which has the AWS CLI.
constexpr const char* kSystem = "al2023";

bool uses_ecr(const Options& options) { return options.registry == "ecr"; }
std::string firewall_name(const Options& options) { return options.name + "-http"; }
std::string deployed(const std::string& image, int port) { return image + " on " + std::to_string(port); }

// The same for the first boot, as user data, and for later, by a command.
Result<std::string> machine_script(const Options& options, const Recipe& recipe, const std::string& image) {
  cloudkit::ContainerStep container;
  container.name = options.name;
  container.image = image;
  container.ports = {{.machine = options.port, .container = recipe.port == 0 ? options.port : recipe.port}};
  container.restart = cloudkit::RestartPolicy::always;
  container.ecr_login = uses_ecr(options);
  return cloudkit::CloudInit().package("docker").service({.name = "docker"}).container(container).script();
}

Result<std::string> repository(const Options& options, const std::optional<Ecr>& ecr) {
  return ecr ? ecr->ensure_repository(options.name) : Result<std::string>(options.registry);
}

Status push(const Engine& engine, const std::optional<Ecr>& ecr, const std::string& id, const std::string& image) {
  if (ecr) {
    const auto login = ecr->login();
    if (!login) return login.error();
    if (auto in = engine.login(login->server, login->user, login->password); !in) return in;
  }
  if (auto tagged = engine.tag(id, image); !tagged) return tagged;
  auto pushed = engine.push(image);
  if (pushed) std::cout << "pushed " << image << '\n';
  return pushed;
}

Result<cloudkit::Firewall> ensure_firewall(const cloudkit::Compute& compute, const Options& options) {
  auto found = compute.get_firewall(firewall_name(options), {interrupted});
  if (found && found->tags.count(kTag) == 0) {
    return cloudkit::Error(ErrorCode::conflict, "the firewall " + found->name + " is not of deploy_container",
                           "take another --name");
  }
  if (!found && found.error().code != ErrorCode::not_found) return found;
  cloudkit::FirewallSpec firewall;
  firewall.name = firewall_name(options);
  firewall.description = "http to " + options.name;
  firewall.rules = {{.from = options.port, .to = options.port, .cidrs = {"0.0.0.0/0"}}};
  firewall.tags = {{kTag, options.name}};
  return compute.ensure_firewall(firewall, {interrupted});
}

Result<cloudkit::Instance> launch(const cloudkit::Compute& compute, const Options& options, const std::string& system,
                                  const std::string& script) {
  const auto firewall = ensure_firewall(compute, options);
  if (!firewall) return firewall.error();
  std::cout << "firewall " << firewall->name << " (" << firewall->id << ") lets tcp " << options.port << " in\n";
  cloudkit::InstanceSpec spec;
  spec.image = system;
  spec.identity = options.identity;
  spec.firewalls = {firewall->id};
  spec.user_data = script;
  return make_machine(compute, spec, options);
}

// The machine that is there gets the new image by a command; the old container serves until the new one has started.
Status update(const cloudkit::Compute& compute, const Options& options, const cloudkit::Instance& machine,
              const std::string& script) {
  if (const auto firewall = ensure_firewall(compute, options); !firewall) return firewall.error();
  const auto report = apply(compute, machine.id, script, options);
  if (!report) return report.error();
  std::cout << "updated " << options.name << " (" << machine.id << ")\n";
  return {};
}

int deploy(const cloudkit::Compute& compute, const Options& options, const Recipe& recipe) {
  const auto engine = Engine::find();
  if (!engine) return fail(engine.error());
  std::optional<Ecr> ecr;
  if (uses_ecr(options)) {
    auto opened = Ecr::open(options.url);
    if (!opened) return fail(opened.error());
    ecr = *std::move(opened);
  }
  auto machine = find_machine(compute, options);
  if (!machine && machine.error().code != ErrorCode::not_found) return fail(machine.error());
  const auto system = compute.resolve_image(kSystem, {interrupted});
  if (!system) return fail(system.error());
  const auto id = engine->build(options.directory, system->architecture == "arm64" ? "linux/arm64" : "linux/amd64");
  if (!id) return fail(id.error());
  const auto place = repository(options, ecr);
  if (!place) return fail(place.error());
  // Another image has another tag: what a machine runs can be told from what it should run.
  const std::string image = *place + ":" + id->substr(0, 12);
  std::cout << engine->program() << " built " << image << '\n';

  if (machine) {
    machine = ensure_running(compute, *machine, options);
    if (!machine) return give_up(machine.error());
  }
  if (machine && machine->tags[kDeployed] == deployed(image, options.port)) {
    std::cout << options.name << " (" << machine->id << ") is there already, with this image\n";
    return wait_for_page(compute, machine->id, options.port, options);
  }
  const auto script = machine_script(options, recipe, image);
  if (!script) return fail(script.error());
  if (const auto pushed = push(*engine, ecr, *id, image); !pushed) return give_up(pushed.error());
  if (machine) {
    if (const auto ok = update(compute, options, *machine, *script); !ok) return give_up(ok.error());
  } else {
    machine = launch(compute, options, system->id, *script);
    if (!machine) return give_up(machine.error());
  }
  if (const int code = wait_for_page(compute, machine->id, options.port, options); code != 0) return code;
  // Not before: what has failed at its first boot is to be tried again.
  const auto noted = compute.set_tags(machine->id, {{kDeployed, deployed(image, options.port)}}, {interrupted});
  return noted ? 0 : give_up(noted.error());
}

}  // namespace

int deploy_aws(const Options& options) {
  if (options.port == 0) return refuse("--port 0 is for local:///DIR", "name the port that is to be published", 2);
  const auto recipe = read_recipe(options.directory);
  if (!recipe) return fail(recipe.error());
  if (options.dry_run) {
    const auto url = cloudkit::Url::parse(options.url);
    if (!url) return fail(url.error());
    const std::string region = url->host.empty() ? "us-east-1" : url->host;
    const std::string place =
        uses_ecr(options) ? "123456789012.dkr.ecr." + region + ".amazonaws.com/" + options.name : options.registry;
    const auto script = machine_script(options, *recipe, place + ":latest");
    if (!script) return fail(script.error());
    std::cout << *script;
    std::cerr << "account and tag of the image are known when it is built; nothing has been made\n";
    return 0;
  }
  if (uses_ecr(options) && options.identity.empty()) {
    return refuse(
        "a machine pulls from ECR as its role: --identity PROFILE",
        "an instance profile whose role has AmazonEC2ContainerRegistryReadOnly, and AmazonSSMManagedInstanceCore "
        "for updates",
        2);
  }
  const auto compute = cloudkit::open_compute(options.url);
  return compute ? deploy(*compute, options, *recipe) : fail(compute.error());
}

int remove_aws(const cloudkit::Compute& compute, const Options& options) {
  if (const int code = remove_machine(compute, options); code != 0) return code;
  const auto firewall = compute.get_firewall(firewall_name(options), {interrupted});
  if (!firewall && firewall.error().code != ErrorCode::not_found) return fail(firewall.error());
  if (firewall && firewall->tags.count(kTag) != 0) {
    cloudkit::WaitInstanceOptions waiting;
    waiting.context = interrupted;
    if (const auto ok = compute.destroy_firewall(firewall->id, waiting); !ok) return fail(ok.error());
    std::cout << "removed the firewall " << firewall->name << '\n';
  }
  if (!uses_ecr(options)) return 0;
  const auto ecr = Ecr::open(options.url);
  if (!ecr) return fail(ecr.error());
  const auto removed = ecr->remove_repository(options.name);
  if (!removed.has_value()) return fail(removed.error());
  if (*removed) std::cout << "removed the repository " << options.name << " with its images\n";
  return 0;
}
