#include "files_and_ports.h"
#include "instance_profile.h"
#include "nginx_below.h"
#include "program.h"
#include "support/contains.h"
#include "support/fake_compute_account.h"

#include <cloudkit/aws_compute.h>
#include <cloudkit/aws_service_client.h>

// Through Systems Manager, on machines of the strict fake, which run what they are told.

using examples::free_port;
using examples::read_file;
using examples::write;
using test::contains;

namespace {

struct Strict {
  std::optional<test::FakeComputeAccount> account =
      examples::has_nginx() ? test::FakeComputeAccount::make() : std::nullopt;
  test::TemporaryDirectory home;
  examples::Prefix prefix;
  std::string port = free_port();

  // With the agent of Systems Manager, which an instance profile lets in.
  void launch(const std::string& name) const {
    const auto compute = cloudkit::aws::make_compute(account->options<cloudkit::aws::ComputeOptions>()).value();
    cloudkit::InstanceSpec spec;
    spec.name = name;
    spec.image = "al2023";
    spec.type = "t2.micro";
    spec.identity = "web";
    const auto made = compute.create(spec);
    REQUIRE_MESSAGE(made, made.error());
    REQUIRE(compute.wait_until(made->id, cloudkit::InstanceState::running));
  }
  examples::Outcome configure(const std::string& more = "") const {
    return examples::run(home.path(), account->variables(),
                         CONFIGURE_NGINX_PROGRAM " --on '" + account->compute_url() + "' --host web1 --prefix " +
                             prefix.path() + " --port " + port + " --patience 10 " + more);
  }
  std::string page_line() const { return "web1: http://127.0.0.1:" + port + "/ answers 200 with the page\n"; }
};

}  // namespace

TEST_CASE_FIXTURE(Strict,
                  "a machine on AWS serves the page; a second run changes nothing, and a broken one is refused") {
  if (!account) return;
  examples::make_instance_profile(account->options<cloudkit::aws::ServiceOptions>(), "web");
  launch("web1");
  const auto first = configure();
  CHECK_MESSAGE(first.exit_code == 0, first.output);
  CHECK(contains(first.output, "file /etc/nginx/nginx.conf, command restart nginx\n" + page_line()));
  const std::string master = prefix.master();
  CHECK_FALSE(master.empty());

  const auto second = configure();
  CHECK(second.exit_code == 0);
  CHECK(second.output == "web1: nothing changed, 9 steps ok\n" + page_line());
  CHECK(prefix.master() == master);

  const std::string before = read_file(prefix.file("etc/nginx/nginx.conf"));
  write(home.file("broken.conf"), "events {}\nhttp { server { listen " + port + "; nonsense; } }\n");
  const auto refused = configure("--config " + home.file("broken.conf"));
  CHECK(refused.exit_code == 1);
  CHECK(contains(refused.output, "unknown directive \"nonsense\""));
  CHECK(refused.output.ends_with(page_line()));
  CHECK(read_file(prefix.file("etc/nginx/nginx.conf")) == before);
  CHECK(prefix.master() == master);
}
