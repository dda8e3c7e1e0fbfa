// launch_instance --name NAME --on URL: launches a machine behind a firewall that lets ssh in and everything out, waits
// until it runs, and prints how to log in. Said again it finds what is there, and starts it. With --destroy it takes
// machine and firewall away. What it made has a tag; what has none is another's, and left alone.
#include "run_program.h"

#include <cloudkit/compute.h>

#include <CLI/CLI.hpp>

#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace {

struct Options {
  std::string url;
  std::string source = "0.0.0.0/0";
  cloudkit::InstanceSpec spec;
  int patience = 600;
  bool ready = false;
  bool destroy = false;
  bool for_new_ones = false;  // --image, --type or --key was given

  std::string firewall() const { return spec.name + "-ssh"; }
};

const std::map<std::string, std::string> kOurs = {{"made-by", "launch_instance"}};
// What the image was called when the machine was made.
constexpr const char* kImage = "launch-instance-image";

// How the image's publisher calls the user that may log in.
std::string login_of(const cloudkit::Instance& machine) {
  const auto tag = machine.tags.find(kImage);
  const std::string image = tag == machine.tags.end() ? "" : tag->second;
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
  if (!address.empty()) std::cout << "run: ssh " << login_of(machine) << '@' << address << '\n';
  if (machine.public_ip.empty()) std::cout << "it has no public address: ssh works from inside of its network\n";
  if (machine.key.empty()) std::cout << "it has no key: without --key nobody can log in\n";
}

// `thing`, a machine or a firewall, when it is ours.
template <class Thing>
cloudkit::Result<Thing> ours(cloudkit::Result<Thing> thing) {
  if (!thing) return thing;
  const auto tag = thing->tags.find(kOurs.begin()->first);
  if (tag != thing->tags.end() && tag->second == kOurs.begin()->second) return thing;
  return cloudkit::Error(cloudkit::ErrorCode::conflict,
                         thing->name + " (" + thing->id + ") is there, and launch_instance did not make it",
                         "choose another --name, or take it away by `cloudkit vm` or the service's own tools");
}

// All of ours that have the name: two runs at once may each have made one.
cloudkit::Result<std::vector<cloudkit::Instance>> machines(const cloudkit::Compute& compute, const Options& options) {
  cloudkit::InstanceFilter filter;
  filter.name = options.spec.name;
  filter.tags = kOurs;
  auto found = compute.list(filter, {interrupted});
  if (!found) return found;
  std::erase_if(*found, [](const cloudkit::Instance& machine) {
    return machine.state == cloudkit::InstanceState::terminating ||
           machine.state == cloudkit::InstanceState::terminated;
  });
  return found;
}

// Looked for again when one was made: neither of two runs at once has seen the other's.
cloudkit::Status is_only_one(const cloudkit::Compute& compute, const Options& options) {
  const auto found = machines(compute, options);
  if (!found) return found.error();
  if (found->size() < 2) return {};
  std::string ids;
  for (const cloudkit::Instance& machine : *found) ids += (ids.empty() ? "" : ", ") + machine.id;
  return cloudkit::Error(cloudkit::ErrorCode::conflict, "another run has made " + options.spec.name + ", too: " + ids,
                         "all of them cost: --destroy takes them away, or `cloudkit vm rm` one by its id");
}

cloudkit::Result<cloudkit::Firewall> ensure_firewall(const cloudkit::Compute& compute, const Options& options) {
  auto known = ours(compute.get_firewall(options.firewall(), {interrupted}));
  if (!known && known.error().code != cloudkit::ErrorCode::not_found) return known;
  cloudkit::FirewallSpec firewall;
  firewall.name = options.firewall();
  firewall.description = "ssh to " + options.spec.name;
  firewall.rules = {{.protocol = cloudkit::Protocol::tcp, .from = 22, .to = 22, .cidrs = {options.source}}};
  firewall.tags = kOurs;
  auto ensured = compute.ensure_firewall(firewall, {interrupted});
  if (ensured) {
    std::cout << "firewall " << ensured->name << " (" << ensured->id << ") lets tcp 22 in from " << options.source
              << ", and everything out\n";
  }
  return ensured;
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
    spec.firewalls = {firewall->id};
  }
  spec.tags = kOurs;
  spec.tags[kImage] = options.spec.image;
  auto made = compute.create(spec, {interrupted});
  if (!made) {
    if (!spec.firewalls.empty()) std::cerr << "the firewall stays; --destroy takes it away\n";
    return made;
  }
  std::cout << "launched " << spec.name << " (" << made->id << ")\n";
  if (auto only = is_only_one(compute, options); !only) return only.error();
  return made;
}

// What was launched before: behind the firewall as it is to be now, and started where it was stopped.
cloudkit::Result<cloudkit::Instance> resume(const cloudkit::Compute& compute, const cloudkit::Instance& machine,
                                            const Options& options, const cloudkit::WaitInstanceOptions& waiting) {
  std::cout << machine.name << " is there already\n";
  if (options.for_new_ones) std::cout << "it stays as it is: --image, --type and --key are for new ones\n";
  if (compute.capabilities().firewalls) {
    const auto firewall = ensure_firewall(compute, options);
    if (!firewall) return firewall.error();
  }
  if (machine.state != cloudkit::InstanceState::stopped && machine.state != cloudkit::InstanceState::stopping) {
    return machine;
  }
  auto stopped = compute.wait_until(machine.id, cloudkit::InstanceState::stopped, waiting);
  if (!stopped) return stopped;
  const auto started = compute.start(machine.id, {interrupted});
  if (!started) return started.error();
  std::cout << "started " << machine.name << " (" << machine.id << ")\n";
  return stopped;
}

int launch(const cloudkit::Compute& compute, const Options& options) {
  cloudkit::WaitInstanceOptions waiting;
  waiting.wait_limit = std::chrono::seconds(options.patience);
  waiting.context = interrupted;
  if (auto only = is_only_one(compute, options); !only) return fail(only.error());
  auto machine = ours(compute.find(options.spec.name, {interrupted}));
  if (machine) {
    machine = resume(compute, *machine, options, waiting);
  } else if (machine.error().code == cloudkit::ErrorCode::not_found) {
    machine = create(compute, options);
  }
  if (!machine) return fail(machine.error());

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
  const auto found = machines(compute, options);
  if (!found) return fail(found.error());
  for (const cloudkit::Instance& machine : *found) {
    const auto destroyed = compute.destroy(machine.id, {.wait = true, .context = interrupted});
    if (!destroyed) return fail(destroyed.error());
    std::cout << "destroyed " << machine.name << " (" << machine.id << ")\n";
  }
  if (found->empty()) {
    const auto others = ours(compute.find(options.spec.name, {interrupted}));
    if (!others && others.error().code != cloudkit::ErrorCode::not_found) return fail(others.error());
    std::cout << "there is no machine " << options.spec.name << '\n';
  }
  if (!compute.capabilities().firewalls) return 0;
  cloudkit::WaitInstanceOptions waiting;
  waiting.context = interrupted;
  const auto firewall = ours(compute.get_firewall(options.firewall(), {interrupted}));
  if (!firewall && firewall.error().code != cloudkit::ErrorCode::not_found) return fail(firewall.error());
  if (firewall) {
    const auto removed = compute.destroy_firewall(firewall->id, waiting);
    if (!removed) return fail(removed.error());
  }
  std::cout << "the firewall " << options.firewall() << " is gone\n";
  return 0;
}

int run(int argc, char** argv) {
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
    options.for_new_ones = app.count("--image") + app.count("--type") + app.count("--key") > 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto compute = cloudkit::open_compute(options.url);
  if (!compute) return fail(compute.error());
  return options.destroy ? destroy(*compute, options) : launch(*compute, options);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program([&] { return run(argc, argv); });
}
