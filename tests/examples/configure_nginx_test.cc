#include "fetch_page.h"
#include "files_and_ports.h"
#include "nginx_below.h"
#include "nginx_steps.h"
#include "program.h"
#include "support/contains.h"
#include "support/sshd.h"
#include "support/temporary_directory.h"

#include <cloudkit/compute.h>

#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace {

using examples::free_port;
using examples::has_nginx;
using examples::nginx_below;
using examples::Prefix;
using examples::read_file;
using examples::write;
using test::contains;

struct Fixture {
  std::unique_ptr<test::Sshd> sshd = has_nginx() ? test::Sshd::find() : nullptr;
  test::TemporaryDirectory home;
  Prefix prefix;
  std::string port = free_port();
  std::string patience = "10";

  explicit operator bool() const { return sshd != nullptr; }

  std::string inventory(const std::string& more = "") const {
    write(home.file("hosts"), "[web]\nweb1 ansible_host=127.0.0.1 ansible_port=" + std::to_string(sshd->port()) +
                                  " ansible_user=" + sshd->user() +
                                  "\n[web:vars]\nansible_ssh_private_key_file=" + sshd->key + "\n" + more);
    return "--inventory " + home.file("hosts") + " --ssh-config none --known-hosts " + sshd->file("known_hosts") + " ";
  }
  examples::Outcome configure(const std::string& where, const std::string& more) const {
    return examples::run(home.path(), "", CONFIGURE_NGINX_PROGRAM " " + where + " --patience " + patience + " " + more);
  }
  examples::Outcome configure(const std::string& more = "") const {
    return configure(inventory(), "--prefix " + prefix.path() + " --port " + port + " " + more);
  }
  std::string page_line(const std::string& what) const {
    return "web1: http://127.0.0.1:" + port + "/ answers 200 with " + what + "\n";
  }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "hosts of an inventory serve the page; a second run changes nothing and says so") {
  if (!*this) return;
  const auto first = configure();
  CHECK_MESSAGE(first.exit_code == 0, first.output);
  CHECK(first.output.starts_with("web1: changed directory /run, "));
  CHECK(contains(first.output, "file /etc/nginx/nginx.conf, command restart nginx\n" + page_line("the page")));
  const std::string master = prefix.master();
  CHECK_FALSE(master.empty());

  const auto second = configure();
  CHECK(second.exit_code == 0);
  CHECK(second.output == "web1: nothing changed, 9 steps ok\n" + page_line("the page"));
  CHECK(prefix.master() == master);

  write(home.file("page"), "<p>another page\n");
  const auto page = configure("--page " + home.file("page"));
  CHECK(page.exit_code == 0);
  CHECK(page.output == "web1: changed file /var/www/cloudkit/index.html\n" + page_line("the page"));
  CHECK(prefix.master() == master);  // A page is no reason to restart.
}

TEST_CASE_FIXTURE(Fixture, "a configuration that changed restarts nginx, and the old one is kept beside it") {
  if (!*this) return;
  REQUIRE(configure().exit_code == 0);
  const std::string master = prefix.master();
  port = free_port();
  const auto moved = configure();
  CHECK_MESSAGE(moved.exit_code == 0, moved.output);
  CHECK(moved.output == "web1: changed file /etc/nginx/nginx.conf, command restart nginx\n" + page_line("the page"));
  CHECK(prefix.master() != master);
  int backups = 0;
  for (const auto& entry : std::filesystem::directory_iterator(prefix.file("etc/nginx"))) {
    if (entry.path().extension() == ".bak") ++backups;
  }
  CHECK(backups == 1);
}

TEST_CASE_FIXTURE(Fixture, "a broken configuration is refused in nginx's own words, and the old one keeps serving") {
  if (!*this) return;
  REQUIRE(configure().exit_code == 0);
  const std::string before = read_file(prefix.file("etc/nginx/nginx.conf"));
  const std::string master = prefix.master();
  write(home.file("broken.conf"), "events {}\nhttp { server { listen " + port + "; nonsense; } }\n");
  const auto refused = configure("--config " + home.file("broken.conf"));
  CHECK(refused.exit_code == 1);
  CHECK(refused.output.starts_with("web1: failed file /etc/nginx/nginx.conf: "));
  CHECK(contains(refused.output, "unknown directive \"nonsense\""));
  CHECK(refused.output.ends_with(page_line("the page")));
  CHECK(read_file(prefix.file("etc/nginx/nginx.conf")) == before);
  CHECK(prefix.master() == master);
}

TEST_CASE_FIXTURE(Fixture, "a port that is another's is told, and the page of before is served again") {
  if (!*this) return;
  REQUIRE(configure().exit_code == 0);
  const std::string before = read_file(prefix.file("etc/nginx/nginx.conf"));
  const std::string free = std::exchange(port, std::to_string(sshd->port()));
  patience = "1";
  const auto taken = configure();
  CHECK(taken.exit_code == 1);
  CHECK_MESSAGE(
      taken.output.starts_with("web1: changed file /etc/nginx/nginx.conf\nweb1: failed command restart nginx: "),
      taken.output);
  CHECK(contains(taken.output, ":" + port + " failed (98: "));
  CHECK(read_file(prefix.file("etc/nginx/nginx.conf")) == before);
  port = free;
  const auto again = configure();
  CHECK(again.exit_code == 0);
  CHECK(again.output == "web1: nothing changed, 9 steps ok\n" + page_line("the page"));
}

TEST_CASE_FIXTURE(Fixture, "what was there before the first run is put back when nginx does not start with the new") {
  if (!*this) return;
  const std::string own = "pid run/nginx.pid;\nerror_log var/log/nginx/error.log;\nevents {}\n";
  std::filesystem::create_directories(prefix.file("etc/nginx"));
  write(prefix.file("etc/nginx/nginx.conf"), own);
  port = std::to_string(sshd->port());
  patience = "1";
  const auto taken = configure();
  CHECK(taken.exit_code == 1);
  CHECK_MESSAGE(contains(taken.output, ":" + port + " failed (98: "), taken.output);
  CHECK(read_file(prefix.file("etc/nginx/nginx.conf")) == own);
  CHECK_FALSE(nginx_below(prefix.path()).empty());
}

TEST_CASE("a page that is a directory is refused, as one that is not there") {
  const test::TemporaryDirectory home;
  for (const std::string& page : {home.path(), home.file("nothing")}) {
    const auto refused = examples::run(home.path(), "", CONFIGURE_NGINX_PROGRAM " --on ssh://nobody --page " + page);
    CHECK(refused.exit_code == 3);
    CHECK(refused.output ==
          "configure_nginx: " + page + " cannot be read\n  hint: --page names a file of this machine\n");
  }
}

TEST_CASE("a host's own nginx.conf and its sites stay as they are") {
  if (!has_nginx()) return;
  if (::geteuid() != 0) {
    MESSAGE("skipped: nginx without a prefix needs root");
    return;
  }
  // The steps of a machine, below a directory whose nginx and systemctl stand for the machine's.
  const Prefix host;
  for (const char* directory : {"etc/nginx/conf.d", "run", "usr/bin", "usr/sbin"}) {
    std::filesystem::create_directories(host.file(directory));
  }
  const auto program = [&](const std::string& name, const std::string& text) {
    write(host.file(name), text);
    std::filesystem::permissions(host.file(name), std::filesystem::perms::owner_all);
  };
  program("usr/sbin/nginx", "#!/bin/sh\nd=" + host.path() +
                                "\ncase \" $* \" in *' -c '*) ;; *) set -- \"$@\" -c $d/etc/nginx/nginx.conf ;; esac\n"
                                "PATH=/usr/sbin:/usr/local/sbin:/usr/bin:/bin\n"
                                "exec nginx \"$@\" -g \"user root; pid $d/run/nginx.pid; error_log $d/error.log;\"\n");
  Site site;
  const cloudkit::CloudInit below_prefix = steps_below_prefix(site);
  for (const auto& step : below_prefix.steps()) {
    const auto* file = std::get_if<cloudkit::FileStep>(&step);
    if (file != nullptr && file->path == "/usr/bin/systemctl") program("usr/bin/systemctl", file->content);
  }
  const std::string port = free_port();
  const std::string own = "events {}\nhttp {\n  access_log off;\n  include " + host.path() +
                          "/etc/nginx/conf.d/*.conf;\n  server { listen " + port +
                          " default_server; server_name localhost; return 204; }\n}\n";
  write(host.file("etc/nginx/nginx.conf"), own);
  site.port = std::stoi(port);
  const auto configure = [&] {
    cloudkit::ScriptOptions options;
    options.prefix = host.path();
    write(host.file("script"), steps_for_machine(site).script(options).value());
    return test::run_program("", "sh " + host.file("script"));
  };
  const auto status = [&](const char* name) {
    const auto page = fetch_page(name, std::stoi(port), std::chrono::seconds(10), {});
    return page ? page->status : 0;
  };
  const auto first = configure();
  CHECK_MESSAGE(first.exit_code == 0, first.output);
  CHECK(read_file(host.file("etc/nginx/nginx.conf")) == own);
  CHECK(status("localhost") == 204);
  CHECK(status("127.0.0.1") == 404);  // The site's, whose page is below this directory only here.
  CHECK(contains(configure().output, " ok, 0 changed, 1 skipped, 0 failed"));

  site.config_file = host.file("twice.conf");
  write(site.config_file, "server { listen " + port + " default_server; }\n");
  const auto refused = configure();  // Nothing is wrong with it but beside the other.
  CHECK(refused.exit_code == 1);
  CHECK(contains(refused.output, "failed command restart nginx: "));
  CHECK(contains(refused.output, "a duplicate default server"));
  CHECK(status("127.0.0.1") == 404);
}

TEST_CASE_FIXTURE(Fixture, "a host that cannot be reached is told beside those that can") {
  if (!*this) return;
  const auto outcome =
      configure(inventory("[dead]\nweb2 ansible_host=127.0.0.1 ansible_port=1 ansible_user=u\n"
                          "web3 ansible_host=127.0.0.1 ansible_user=nobody-at-all ansible_port=" +
                          std::to_string(sshd->port()) + " ansible_ssh_private_key_file=" + sshd->key + "\n"),
                "--prefix " + prefix.path() + " --port " + port);
  CHECK(outcome.exit_code == 5);
  CHECK(contains(outcome.output, page_line("the page")));
  CHECK(contains(outcome.output, "web2: run "));
  CHECK(contains(outcome.output, "connect to host 127.0.0.1 port 1: Connection refused"));
  CHECK(contains(outcome.output, "nobody-at-all@127.0.0.1:" + std::to_string(sshd->port()) + " lets nobody in"));
}

TEST_CASE("a machine of this computer serves the page too, and takes nginx along when it goes") {
  if (!has_nginx()) return;
  const test::TemporaryDirectory home;
  const std::string machines = "local://" + home.file("machines");
  const std::string port = free_port();
  const auto configure = [&](const std::string& more) {
    return examples::run(
        home.path(), "",
        CONFIGURE_NGINX_PROGRAM " --on " + machines + " --host web --port " + port + " --patience 10 " + more);
  };
  const std::string served = "web: http://127.0.0.1:" + port + "/ answers 200 with the page\n";
  const auto first = configure("");
  CHECK_MESSAGE(first.exit_code == 0, first.output);
  CHECK(first.output.ends_with("file /etc/nginx/nginx.conf, command restart nginx\n" + served));
  const auto second = configure("");
  CHECK(second.exit_code == 0);
  CHECK(second.output == "web: nothing changed, 9 steps ok\n" + served);
  write(home.file("broken.conf"), "nonsense;\n");
  const auto refused = configure("--config " + home.file("broken.conf"));
  CHECK(refused.exit_code == 1);
  CHECK(contains(refused.output, "unknown directive \"nonsense\""));
  CHECK(refused.output.ends_with(served));

  const auto compute = cloudkit::open_compute(machines).value();
  const auto machine = compute.find("web").value();
  CHECK(compute.stop(machine.id));
  CHECK(compute.wait_until(machine.id, cloudkit::InstanceState::stopped));
  const auto resumed = configure("");
  CHECK_MESSAGE(resumed.exit_code == 0, resumed.output);
  CHECK(contains(resumed.output, served));
  CHECK(compute.destroy(machine.id, {.wait = true}));
  CHECK(nginx_below(home.path()).empty());
  CHECK(configure("").exit_code == 0);  // From nothing again.
  CHECK(compute.destroy(compute.find("web").value().id, {.wait = true}));
  CHECK(nginx_below(home.path()).empty());
  CHECK(examples::run(home.path(), "", CONFIGURE_NGINX_PROGRAM " --on " + machines).exit_code == 2);
}

TEST_CASE("what cannot be right is refused before any host is asked") {
  const test::TemporaryDirectory home;
  const auto run = [&](const std::string& arguments) {
    return examples::run(home.path(), "", CONFIGURE_NGINX_PROGRAM " " + arguments);
  };
  CHECK(run("").exit_code == 2);
  CHECK(run("--inventory a --on ssh://b").exit_code == 2);
  CHECK(run("--inventory a --port 65536").exit_code == 2);
  const auto missing = run("--inventory " + home.file("hosts"));
  CHECK(missing.exit_code == 3);
  CHECK(contains(missing.output, "there is no inventory " + home.file("hosts")));
  write(home.file("hosts"), "[web]\nweb1 ansible_password=cktest-nginx-1\n");
  const auto bad = run("--inventory " + home.file("hosts"));
  CHECK(bad.exit_code == 2);
  CHECK(contains(bad.output, home.file("hosts") + ":2: ansible_password is not supported\n  hint: "));
  CHECK_FALSE(contains(bad.output, "cktest-"));
  write(home.file("hosts"), "[web]\n");
  CHECK(run("--inventory " + home.file("hosts")).exit_code == 3);
  write(home.file("hosts"), "web1\n");
  const auto page = run("--inventory " + home.file("hosts") + " --page " + home.file("none"));
  CHECK(page.exit_code == 3);
  const auto config = run("--inventory " + home.file("hosts") + " --config " + home.file("none"));
  CHECK(config.exit_code == 1);
  CHECK(contains(config.output, home.file("none")));
}
