// launch_instance --name NAME --on URL: launches a machine behind a firewall that lets ssh in and everything out, waits
// until it runs, and prints how to log in. Said again it finds what is there. With --destroy it takes machine and
// firewall away.
#include <cloudkit/compute.h>

#include <CLI/CLI.hpp>

#include <csignal>
#include <iostream>
#include <string>

namespace {

const cloudkit::Context interrupted = cloudkit::Context::cancellable();

struct Options {
  std::string url;
  std::string source = "0.0.0.0/0";
  cloudkit::InstanceSpec spec;
  int patience = 600;
  bool ready = false;
  bool destroy = false;

  std::string firewall() const { return spec.name + "-ssh"; }
};

int fail(const cloudkit::Error& error) {
  std::cerr << error << '\n';
  return cloudkit::exit_code(error.code);
}

// How the image's publisher calls the user that may log in.
std::string login_of(const std::string& image) {
  if (image.starts_with("al20")) return "ec2-user";
  if (image.starts_with("debian")) return "admin";
  if (image.starts_with("ubuntu")) return "ubuntu";
  return "USER";
}

void show(const cloudkit::Instance& machine, const Options& options, const cloudkit::Compute& compute) {
  const std::string& address = machine.public_ip.empty() ? machine.private_ip : machine.public_ip;
  std::cout << machine.id << "  " << cloudkit::to_string(machine.state) << "  "
            << (address.empty() ? "without an address" : address) << '\n';
  if (!compute.capabilities().enforces_firewalls) {
    std::cout << "run: cloudkit vm run " << options.spec.name << " 'uname -a' --on '" << options.url << "'\n";
    return;
  }
  if (!address.empty()) std::cout << "run: ssh " << login_of(options.spec.image) << '@' << address << '\n';
  if (machine.public_ip.empty()) std::cout << "it has no public address: ssh works from inside of its network\n";
  if (machine.key.empty()) std::cout << "it has no key: without --key nobody can log in\n";
}

cloudkit::Result<cloudkit::Firewall> ensure_firewall(const cloudkit::Compute& compute, const Options& options) {
  cloudkit::FirewallSpec firewall;
  firewall.name = options.firewall();
  firewall.description = "ssh to " + options.spec.name;
  firewall.rules = {{.protocol = cloudkit::Protocol::tcp, .from = 22, .to = 22, .cidrs = {options.source}}};
  return compute.ensure_firewall(firewall, {interrupted});
}

// Images first: when there is none of that name nothing has been made yet.
cloudkit::Result<cloudkit::Instance> create(const cloudkit::Compute& compute, const Options& options) {
  cloudkit::InstanceSpec spec = options.spec;
  if (compute.capabilities().image_aliases) {
    const auto image = compute.resolve_image(spec.image, {interrupted});
    if (!image) return image.error();
    std::cout << "image " << spec.image << " is " << image->id << '\n';
    spec.image = image->id;
  }
  if (compute.capabilities().firewalls) {
    const auto firewall = ensure_firewall(compute, options);
    if (!firewall) return firewall.error();
    std::cout << "firewall " << firewall->name << " (" << firewall->id << ") lets tcp 22 in from " << options.source
              << ", and everything out\n";
    spec.firewalls = {firewall->id};
  }
  auto made = compute.create(spec, {interrupted});
  if (made) std::cout << "launched " << spec.name << " (" << made->id << ")\n";
  return made;
}

int launch(const cloudkit::Compute& compute, const Options& options) {
  auto machine = compute.find(options.spec.name, {interrupted});
  if (machine) {
    std::cout << options.spec.name << " is there already\n";
  } else if (machine.error().code == cloudkit::ErrorCode::not_found) {
    machine = create(compute, options);
  }
  if (!machine) return fail(machine.error());

  cloudkit::WaitInstanceOptions waiting;
  waiting.wait_limit = std::chrono::seconds(options.patience);
  waiting.context = interrupted;
  machine = compute.wait_until(machine->id, cloudkit::InstanceState::running, waiting);
  if (machine && options.ready) machine = compute.wait_ready(machine->id, {.tcp_port = 22}, waiting);
  if (!machine) {
    std::cerr << "what was made stays; --destroy takes it away\n";
    return fail(machine.error());
  }
  show(*machine, options, compute);
  return 0;
}

int destroy(const cloudkit::Compute& compute, const Options& options) {
  const auto machine = compute.find(options.spec.name, {interrupted});
  if (machine) {
    const auto destroyed = compute.destroy(machine->id, {.wait = true, .context = interrupted});
    if (!destroyed) return fail(destroyed.error());
    std::cout << "destroyed " << options.spec.name << " (" << machine->id << ")\n";
  } else if (machine.error().code == cloudkit::ErrorCode::not_found) {
    std::cout << "there is no machine " << options.spec.name << '\n';
  } else {
    return fail(machine.error());
  }
  if (!compute.capabilities().firewalls) return 0;
  cloudkit::WaitInstanceOptions waiting;
  waiting.context = interrupted;
  const auto removed = compute.destroy_firewall(options.firewall(), waiting);
  if (!removed) return fail(removed.error());
  std::cout << "the firewall " << options.firewall() << " is gone\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.spec.image = "al2023";
  options.spec.type = "t2.micro";
  CLI::App app("Launches a machine behind a firewall that lets ssh in, and says how to log in.");
  app.add_option("--name", options.spec.name, "the machine's name")->required();
  app.add_option("--on", options.url, "where: aws://REGION, local:///DIR")->required();
  app.add_option("--image", options.spec.image, "an alias (al2023, debian-12, ubuntu-24.04) or an id");
  app.add_option("--type", options.spec.type, "the service's name for its size");
  app.add_option("--key", options.spec.key, "the name of a key pair, to log in with");
  app.add_option("--from", options.source, "who may connect: a CIDR; else everybody");
  app.add_option("--patience", options.patience, "seconds that it may take until it runs");
  app.add_flag("--ready", options.ready, "wait until its ssh answers, too");
  app.add_flag("--destroy", options.destroy, "take the machine and its firewall away");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  std::signal(SIGINT, [](int) { interrupted.cancel(); });
  std::signal(SIGTERM, [](int) { interrupted.cancel(); });
  const auto compute = cloudkit::open_compute(options.url);
  if (!compute) return fail(compute.error());
  return options.destroy ? destroy(*compute, options) : launch(*compute, options);
}
