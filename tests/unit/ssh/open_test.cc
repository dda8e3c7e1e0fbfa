#include "ssh/open.h"

#include "support/temporary_directory.h"

#include <cloudkit/log.h>
#include <cloudkit/open_compute.h>
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace cloudkit;

namespace {

Error open_error(const std::string& url) {
  const auto opened = open_compute(url);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ErrorCode::invalid_argument);
  return opened.error();
}

}  // namespace

TEST_CASE("a host or an inventory is opened by its URL, without asking either") {
  CHECK(open_compute("ssh://deploy@web1:2222?key=/k&known_hosts=/h&config=none").value().url() ==
        "ssh://deploy@web1:2222");
  CHECK(open_compute("ssh://[2001:db8::1]/").value().url() == "ssh://[2001:db8::1]");
  CHECK(open_compute("ssh:///no/such/hosts?group=web").value().url() == "ssh:///no/such/hosts");
  const auto capabilities = open_compute("ssh://web1").value().capabilities();
  CHECK(capabilities.commands);
  CHECK(capabilities.files);
  CHECK(capabilities.agent);
  CHECK_FALSE(capabilities.create);
  CHECK_FALSE(capabilities.power);
}

TEST_CASE("a URL that leads to no host is refused, with the forms") {
  const char* forms = "write ssh://USER@HOST, or ssh:///INVENTORY with three slashes";
  CHECK(open_error("ssh://").hint == forms);
  CHECK(open_error("ssh:///").hint == forms);
  CHECK(open_error("ssh://web1/hosts").message == "a host has no path, but this one has \"/hosts\"");
  CHECK(open_error("ssh://web1?keys=/k").message == "unknown query key \"keys\" for ssh://");
  CHECK(open_error("ssh://web1?group=web").hint == "known are: key, known_hosts, config");
  CHECK(open_error("ssh://-oProxyCommand=x").message == "\"-oProxyCommand=x\" cannot be the name or address of a host");
  CHECK(open_error("ssh://-l@web1").message == "\"-l\" cannot be a user");
  CHECK(open_error("ssh://web1?key=%25h").hint.starts_with("use a name without '%'"));
}

TEST_CASE("an inventory that is not there, or has no such group, is named at the first call") {
  const ::test::TemporaryDirectory directory;
  ssh::InventoryOptions options;
  options.file = directory.file("hosts");
  const auto driver = ssh::make_driver(options).value();
  CHECK(driver->list_page({}, "", {}).error().code == ErrorCode::not_found);
  std::ofstream(directory.file("hosts")) << "[web]\nweb[1:3]\n[db]\ndb1\n";
  CHECK(driver->list_page({}, "", {}).value().instances.size() == 4);

  std::vector<std::string> warnings;
  set_log_sink([&](const LogRecord& record) { warnings.emplace_back(record.message); }, LogLevel::warn);
  std::filesystem::create_directory(directory.file("group_vars"));
  CHECK(ssh::make_driver(options).value()->list_page({}, "", {}));
  set_log_sink({});
  CHECK(warnings == std::vector<std::string>{"variables beside an inventory are not read"});

  options.group = "wbe";
  const auto wrong = ssh::make_driver(options).value()->list_page({}, "", {}).error();
  CHECK(wrong.message == directory.file("hosts") + " has no group \"wbe\"");
  CHECK(wrong.hint == "known are: all, db, ungrouped, web");
  options.group = "db";
  const auto some = ssh::make_driver(options).value();
  CHECK(some->list_page({}, "", {}).value().instances.size() == 1);
  CHECK(some->get("web1", {}).error().hint == "known are: db1");
}
