// configure_nginx --inventory HOSTS: installs nginx on every host, gives it a page and a configuration, has nginx
// itself check that, restarts it only if something changed, and fetches the page. Run again it changes nothing, and
// says so.
#include "fetch_page.h"
#include "nginx_steps.h"
#include "run_program.h"

#include <cloudkit/compute.h>
#include <cloudkit/ssh.h>

#include <CLI/CLI.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

namespace {

struct Options {
  std::string url;
  cloudkit::ssh::InventoryOptions inventory;
  std::vector<std::string> hosts;
  std::string page_file;
  std::string prefix;
  Site site;
  int patience = 60;
};

int refuse(const std::string& what, const std::string& hint, int code) {
  std::cerr << "configure_nginx: " << what << "\n  hint: " << hint << '\n';
  return code;
}

cloudkit::Result<cloudkit::Compute> open(const Options& options) {
  if (options.url.empty()) return cloudkit::ssh::make_compute(options.inventory);
  return cloudkit::open_compute(options.url);
}

// A machine of this computer is made when it is not there yet, and started: it costs nothing.
cloudkit::Result<cloudkit::Instance> find_or_make(const cloudkit::Compute& compute, const std::string& name) {
  cloudkit::WaitInstanceOptions waiting;
  waiting.context = interrupted;
  const bool is_local = compute.url().starts_with("local:");
  auto found = compute.find(name, {interrupted});
  if (found && is_local && found->state == cloudkit::InstanceState::stopped) {
    if (auto started = compute.start(found->id, {interrupted}); !started) return std::move(started).error();
    return compute.wait_until(found->id, cloudkit::InstanceState::running, waiting);
  }
  if (found || found.error().code != cloudkit::ErrorCode::not_found) return found;
  if (!is_local) return compute.get(name, {interrupted});  // Perhaps an id.
  cloudkit::InstanceSpec spec;
  spec.name = name;
  spec.image = "host";
  spec.type = "local";
  auto made = compute.create(spec, {interrupted});
  if (!made) return made;
  return compute.wait_until(made->id, cloudkit::InstanceState::running, waiting);
}

cloudkit::Result<std::vector<cloudkit::Instance>> choose_hosts(const cloudkit::Compute& compute,
                                                               const Options& options) {
  if (!options.hosts.empty()) {
    std::vector<cloudkit::Instance> chosen;
    for (const std::string& name : options.hosts) {
      auto found = find_or_make(compute, name);
      if (!found) return std::move(found).error();
      chosen.push_back(*std::move(found));
    }
    return chosen;
  }
  if (!options.url.empty() && !options.url.starts_with("ssh:")) {
    return cloudkit::Error(cloudkit::ErrorCode::invalid_argument, "name the machines: --host NAME",
                           "only an inventory is configured as a whole");
  }
  return compute.list({}, {interrupted});
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// What became of a host; 0 when all is as it should be.
int report(const std::string& name, const cloudkit::HostResult& host) {
  if (host.error) {
    std::cout << name << ": " << *host.error << '\n';
    return cloudkit::exit_code(*host.error);
  }
  const cloudkit::CommandResult& result = host.steps.back().result;
  const auto done = cloudkit::parse_report(result.out);
  if (!done) {
    std::cout << name << ": " << done.error() << '\n' << result.err;
    return cloudkit::exit_code(done.error());
  }
  if (!done->changed.empty()) std::cout << name << ": changed " << listed(done->changed) << '\n';
  for (const cloudkit::StepProblem& problem : done->failed) {
    std::cout << name << ": failed " << problem.step << ": " << problem.message << '\n';
  }
  if (!done->succeeded()) return 1;
  if (done->changed.empty()) std::cout << name << ": nothing changed, " << done->ok.size() << " steps ok\n";
  return 0;
}

std::string address_of(const cloudkit::Instance& instance) {
  for (const std::string* address : {&instance.public_ip, &instance.dns_name, &instance.private_ip}) {
    if (!address->empty()) return *address;
  }
  return {};
}

// Also where something failed: what was there before must still serve.
int show_page(const cloudkit::Instance& instance, const Options& options, bool is_ours) {
  const auto page =
      fetch_page(address_of(instance), options.site.port, std::chrono::seconds(options.patience), interrupted);
  if (!page) {
    std::cout << instance.name << ": " << page.error() << '\n';
    return cloudkit::exit_code(page.error());
  }
  const bool as_written = page->body == options.site.page;
  std::cout << instance.name << ": http://" << address_of(instance) << ':' << options.site.port << "/ answers "
            << page->status << (as_written ? " with the page\n" : " with another page\n");
  return is_ours && (page->status != 200 || (!as_written && options.site.config_file.empty())) ? 1 : 0;
}

int configure(const cloudkit::Compute& compute, const Options& options) {
  const auto hosts = choose_hosts(compute, options);
  if (!hosts) return fail(hosts.error());
  if (hosts->empty()) return refuse("there are no hosts", "name some in the inventory", 3);
  const cloudkit::CloudInit steps =
      options.prefix.empty() ? steps_for_machine(options.site) : steps_below_prefix(options.site);
  cloudkit::ScriptOptions script_options;
  script_options.prefix = options.prefix;
  const auto script = steps.script(script_options);
  if (!script) return fail(script.error());

  std::vector<std::string> ids;
  for (const cloudkit::Instance& host : *hosts) ids.push_back(host.id);
  cloudkit::RunAllOptions run_options;
  run_options.context = interrupted;
  const auto results = compute.run_all(ids, {{"configure nginx", *script}}, run_options);
  if (!results) return fail(results.error());

  int code = 0;
  for (std::size_t i = 0; i < results->size(); ++i) {
    const int configured = report((*hosts)[i].name, (*results)[i]);
    // Whoever cannot be reached need not be asked for a page.
    const int served = (*results)[i].error ? 0 : show_page((*hosts)[i], options, configured == 0);
    if (code == 0) code = configured != 0 ? configured : served;
  }
  return code;
}

// 0 when it could be read.
int read_page(Options& options) {
  if (options.page_file.empty()) return 0;
  std::ifstream in(options.page_file, std::ios::binary);
  std::error_code error;
  if (!in || std::filesystem::is_directory(options.page_file, error)) {
    return refuse(options.page_file + " cannot be read", "--page names a file of this machine", 3);
  }
  options.site.page.assign(std::istreambuf_iterator<char>(in), {});
  return 0;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Makes hosts serve a page by nginx: installs, configures, validates, restarts only if something changed.");
  auto* inventory =
      app.add_option("--inventory", options.inventory.file, "hosts in Ansible's INI form, reached by ssh");
  auto* url = app.add_option("--on", options.url, "instead: ssh://USER@HOST, aws://REGION, local:///DIR");
  app.add_option("--group", options.inventory.group, "only this group of the inventory");
  app.add_option("--user", options.inventory.user, "who logs in where the inventory names nobody");
  app.add_option("--key", options.inventory.connection.key, "the private key, where the inventory names none");
  app.add_option("--known-hosts", options.inventory.connection.known_hosts, "keys of hosts; else ~/.ssh/known_hosts");
  app.add_option("--ssh-config", options.inventory.connection.config, "instead of ~/.ssh/config; none: no file");
  app.add_option("--host", options.hosts, "only this one, by name or id; several times for several")
      ->allow_extra_args(false);
  app.add_option("--page", options.page_file, "the page, a file of this machine");
  app.add_option("--config", options.site.config_file,
                 "a file of this machine, for conf.d; with a prefix a whole nginx.conf; else one is made");
  app.add_option("--port", options.site.port, "where the page is served");
  app.add_option("--prefix", options.prefix,
                 "below this directory of the hosts, without root; on local:// the machine's own");
  app.add_option("--patience", options.patience, "seconds that the page may take to answer");
  try {
    app.parse(argc, argv);
    if (inventory->empty() && url->empty()) throw CLI::RequiredError("--inventory or --on");
    if (!inventory->empty() && !url->empty()) throw CLI::ExcludesError("--inventory", "--on");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (options.site.port < 1 || options.site.port > 65535) {
    return refuse("--port is a number from 1 to 65535", "nginx as an ordinary user takes one from 1024 on", 2);
  }
  if (options.prefix.empty() && options.url.starts_with("local:")) options.prefix = ".";
  if (const int code = read_page(options); code != 0) return code;
  const auto compute = open(options);
  if (!compute) return fail(compute.error());
  return configure(*compute, options);
}

}  // namespace

int main(int argc, char** argv) {
  return run_program([&] { return run(argc, argv); });
}
