#include "ssh/command_line.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace cloudkit;
using Arguments = std::vector<std::string>;

namespace {

ssh::InventoryHost host(const std::string& address, const std::string& user = "", int port = 0) {
  ssh::InventoryHost made;
  made.name = address;
  made.address = address;
  made.user = user;
  made.port = port;
  return made;
}

bool has(const Arguments& arguments, const std::string& one) {
  return std::find(arguments.begin(), arguments.end(), one) != arguments.end();
}

}  // namespace

TEST_CASE("ssh asks nothing, checks host keys, and shares its connection, whatever its configuration says") {
  const auto arguments = ssh::ssh_arguments(host("web1"), {}, "/tmp/d/1", "true");
  CHECK(arguments.front() == "ssh");
  for (const char* option :
       {"-oBatchMode=yes", "-oStrictHostKeyChecking=yes", "-oConnectTimeout=10", "-oControlMaster=auto",
        "-oControlPath=\"/tmp/d/1\"", "-oControlPersist=60", "-oRemoteCommand=none", "-oVerifyHostKeyDNS=no",
        "-oNoHostAuthenticationForLocalhost=no", "-oTunnel=no", "-oStdinNull=no", "-oSessionType=default",
        "-oForkAfterAuthentication=no"}) {
    CHECK_MESSAGE(has(arguments, option), option);
  }
  CHECK_FALSE(has(arguments, "-oKnownHostsCommand=none"));
  CHECK_FALSE(has(ssh::ssh_arguments(host("web1"), {}, "/s", "true", {"stdinnull"}), "-oStdinNull=no"));
  CHECK_FALSE(has(arguments, "-F"));
  CHECK_FALSE(has(arguments, "-oIdentitiesOnly=yes"));
  CHECK(Arguments(arguments.end() - 3, arguments.end()) == Arguments{"--", "web1", "true"});
}

TEST_CASE("what is given becomes an option, and the host stands behind all options") {
  ssh::ConnectionOptions options;
  options.key = "/keys/a b";
  options.known_hosts = "/known hosts";
  options.config = "none";
  const auto arguments = ssh::ssh_arguments(host("web1", "deploy", 2222), options, "/s", "true");
  CHECK(has(arguments, "-oUserKnownHostsFile=\"/known hosts\""));
  CHECK(has(arguments, "-oGlobalKnownHostsFile=none"));
  CHECK(has(arguments, "-oKnownHostsCommand=none"));
  CHECK(Arguments(arguments.end() - 9, arguments.end()) == Arguments{"-oIdentitiesOnly=yes",
                                                                     "-oIdentityFile=\"/keys/a b\"", "-p", "2222", "-l",
                                                                     "deploy", "--", "web1", "true"});
  auto own = host("web1");
  own.key = "/keys/own";
  CHECK(has(ssh::ssh_arguments(own, options, "/s", "true"), "-oIdentityFile=\"/keys/own\""));
  CHECK_FALSE(has(ssh::ssh_arguments(own, options, "/s", "true"), "-oIdentityFile=\"/keys/a b\""));
}

TEST_CASE("a login is written as people write it") {
  CHECK(ssh::login_of(host("web1")) == "web1");
  CHECK(ssh::login_of(host("web1", "deploy", 22)) == "deploy@web1:22");
  CHECK(ssh::login_of(host("2001:db8::1", "a", 2222)) == "a@[2001:db8::1]:2222");
}

TEST_CASE("hosts, users and files that ssh could take for an option or a command are refused") {
  for (const char* bad :
       {"", "-oProxyCommand=touch /x", "-v", "a b", "a;b", "$(id)", "`id`", "a|b", "a\nb", "a'b", "a/b", "[::1]"}) {
    CHECK_MESSAGE(ssh::check_host(host(bad)).error().code == ErrorCode::invalid_argument, bad);
    CHECK_MESSAGE((*bad == '\0' || !ssh::check_host(host("web1", bad))), bad);
  }
  for (const char* good : {"web1", "web-1.example_x", "192.0.2.1", "2001:db8::1"}) CHECK(ssh::check_host(host(good)));
  CHECK(ssh::check_host(host("web1", "first.last+x@corp")));
  for (const char* bad : {"-F", "%h", "$HOME/key", "a\"b", "a\\b", "a\nb"}) {
    for (std::string ssh::ConnectionOptions::* member :
         {&ssh::ConnectionOptions::key, &ssh::ConnectionOptions::known_hosts, &ssh::ConnectionOptions::config}) {
      ssh::ConnectionOptions options;
      options.*member = bad;
      CHECK_MESSAGE(ssh::check_options(options).error().code == ErrorCode::invalid_argument, bad);
    }
  }
}
