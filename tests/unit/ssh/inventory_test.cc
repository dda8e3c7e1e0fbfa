#include <cloudkit/ssh.h>
#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace cloudkit;
using Names = std::vector<std::string>;

namespace {

ssh::Inventory parse(std::string_view text) {
  auto inventory = ssh::parse_inventory(text, "hosts");
  REQUIRE_MESSAGE(inventory, inventory.error().to_string());
  return *std::move(inventory);
}

ssh::InventoryHost host_of(std::string_view text, std::string_view name) {
  for (const auto& host : parse(text).hosts) {
    if (host.name == name) return host;
  }
  FAIL("no such host");
  return {};
}

Names names_of(std::string_view text) {
  Names names;
  for (const auto& host : parse(text).hosts) names.push_back(host.name);
  return names;
}

Error error_of(std::string_view text) {
  const auto inventory = ssh::parse_inventory(text, "hosts");
  REQUIRE_FALSE(inventory);
  CHECK(inventory.error().code == ErrorCode::invalid_argument);
  return inventory.error();
}

std::string message_of(std::string_view text) { return error_of(text).message; }

}  // namespace

TEST_CASE("hosts have groups, addresses, ports, users, keys and variables") {
  const auto inventory = parse(
      "\xEF\xBB\xBF# machines of the shop\n"
      "mail ansible_host=192.0.2.7\n"
      "\n"
      "[web]\r\n"
      "  web1.example:2222 ansible_user=deploy color='dark blue' # the old one\n"
      "web2.example ansible_ssh_private_key_file=\"/keys/web 2\"\n"
      "; that was all\n"
      "[shop:children]\n"
      "web\n"
      "[all:vars]\n"
      "ansible_user = admin\n");
  REQUIRE(inventory.hosts.size() == 3);
  CHECK(inventory.groups == Names{"all", "shop", "ungrouped", "web"});
  const auto& mail = inventory.hosts[0];
  CHECK(mail.name == "mail");
  CHECK(mail.address == "192.0.2.7");
  CHECK(mail.user == "admin");
  CHECK(mail.port == 0);
  CHECK(mail.groups == Names{"ungrouped"});
  CHECK(mail.line == 2);
  const auto& first = inventory.hosts[1];
  CHECK(first.address == "web1.example");
  CHECK(first.port == 2222);
  CHECK(first.user == "deploy");
  CHECK(first.groups == Names{"shop", "web"});
  CHECK(first.variables.at("color") == "dark blue");
  CHECK(inventory.hosts[2].key == "/keys/web 2");
}

TEST_CASE("an empty inventory has no hosts") {
  CHECK(names_of("").empty());
  CHECK(names_of("\n# nothing\n[web]\n").empty());
}

TEST_CASE("ranges of hosts") {
  CHECK(names_of("web[08:10].example") == Names{"web08.example", "web09.example", "web10.example"});
  CHECK(names_of("db-[a:c]") == Names{"db-a", "db-b", "db-c"});
  CHECK(names_of("n[1:7:3]") == Names{"n1", "n4", "n7"});
  CHECK(names_of("r[1:2]n[x:y]") == Names{"r1nx", "r1ny", "r2nx", "r2ny"});
  CHECK(names_of("n[9:11]:22") == Names{"n9", "n10", "n11"});
  CHECK(names_of("n[:1]") == Names{"n0", "n1"});
  CHECK(names_of("n[18446744073709551614:18446744073709551615]").size() == 2);
  CHECK(host_of("n[1:2]:2222", "n2").port == 2222);

  CHECK(message_of("w[3:1]") == "hosts:1: the range \"[3:1]\" runs backwards");
  CHECK(message_of("w[01:100]") == "hosts:1: the range \"[01:100]\" has ends of different lengths");
  CHECK(message_of("w[1:b]") == "hosts:1: the range \"[1:b]\" does not have two ends of one kind");
  CHECK(message_of("w[1:2:0]") == "hosts:1: the range \"[1:2:0]\" has no step");
  CHECK(message_of("w[1]") == "hosts:1: the range \"[1]\" does not have two ends of one kind");
  CHECK(message_of("w[1:2") == "hosts:1: a bracket has no counterpart");
  CHECK(message_of("w[1:99999999]") == "hosts:1: these are more than 65536 hosts");
  CHECK(message_of("w[1:300]x[1:300]") == "hosts:1: these are more than 65536 hosts");
  CHECK(error_of("w[3:1]").hint == "a range looks like [1:10], [01:10], [1:10:2] or [a:f]");
}

TEST_CASE("a short file cannot take all memory, nor the stack") {
  const auto repeated = [](const char* text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  CHECK(message_of(repeated("[1:1]", 200000)) == "hosts:1: the name of a host is longer than 1024 bytes");
  CHECK(message_of("w[1:65536]" + std::string(1 << 20, 'x')) ==
        "hosts:1: the name of a host is longer than 1024 bytes");
  CHECK(message_of(repeated("[1:1]", 9)) == "hosts:1: the name of a host has more than 8 ranges");
  CHECK(names_of(repeated("[1:1]", 8)) == Names{"11111111"});
  const std::string large(1 << 20, 'x');
  CHECK(message_of("w[1:65536] a=" + large) == "hosts:1: what is said of all hosts takes more than 256 MiB");
  CHECK(message_of("w[1:65536]\n[all:vars]\na=" + large) ==
        "hosts:1: what is said of all hosts takes more than 256 MiB");
  CHECK(names_of("w[1:60] a=" + large + "\n[all:vars]\nb=" + large).size() == 60);
}

TEST_CASE("IPv6 addresses, with a port in brackets") {
  CHECK(host_of("2001:db8::1", "2001:db8::1").port == 0);
  CHECK(host_of("[2001:db8::1]:2222", "2001:db8::1").port == 2222);
  CHECK(message_of("h:0") == "hosts:1: what follows the ':' of a host is a port, from 1 to 65535");
  CHECK(message_of("h:") == "hosts:1: what follows the ':' of a host is a port, from 1 to 65535");
}

TEST_CASE("a host's own variables count most, then those of groups further down, then those later in the alphabet") {
  const char* text =
      "[site:children]\n"
      "b\n"
      "a\n"
      "[a]\n"
      "h\n"
      "own ansible_user=own\n"
      "[b]\n"
      "h\n"
      "[all:vars]\n"
      "ansible_user=everybody\n"
      "ansible_port=1\n"
      "x=all\n"
      "[site:vars]\n"
      "ansible_port=2\n"
      "x=site\n"
      "[b:vars]\n"
      "x=b\n"
      "[a:vars]\n"
      "ansible_user=a\n"
      "x=a\n";
  CHECK(host_of(text, "h").user == "a");
  CHECK(host_of(text, "h").port == 2);
  CHECK(host_of(text, "h").variables.at("x") == "b");
  CHECK(host_of(text, "own").user == "own");
  CHECK(host_of(std::string(text) + "ansible_group_priority=10\n", "h").variables.at("x") == "a");
}

TEST_CASE("of two names of a variable the longer one counts, and of two lines of a host the later one") {
  CHECK(host_of("h ansible_user=a ansible_ssh_user=b", "h").user == "b");
  CHECK(host_of("h ansible_private_key_file=/k", "h").key == "/k");
  CHECK(host_of("h ansible_user=a\n[g]\nh ansible_user=b\n", "h").user == "b");
  CHECK(host_of("h\n[g]\nh\n", "h").groups == Names{"g"});
  CHECK(host_of("[g]\nh\n[all]\nh\n", "h").groups == Names{"g"});
  CHECK(host_of("[all]\nh\n", "h").groups == Names{"ungrouped"});
}

TEST_CASE("values are read as Ansible reads them") {
  const auto variables = host_of(
                             "h a=\"b c\" d='e \"f\"' g=\"'h i'\" j=k\\ l m=n#o p=q\n"
                             "[all:vars]\n"
                             "r = 23 # a number\n"
                             "s = True # the truth\n"
                             "t = 'u v' # quoted\n"
                             "w = x # y\n"
                             "z = a=b\n",
                             "h")
                             .variables;
  CHECK(variables.at("a") == "b c");
  CHECK(variables.at("d") == "e \"f\"");
  CHECK(variables.at("g") == "h i");
  CHECK(variables.at("j") == "k l");
  CHECK(variables.at("m") == "n");
  CHECK(variables.count("p") == 0);
  CHECK(variables.at("r") == "23");
  CHECK(variables.at("s") == "True");
  CHECK(variables.at("t") == "u v");
  CHECK(variables.at("w") == "x # y");
  CHECK(variables.at("z") == "a=b");
}

TEST_CASE("what does not parse is refused with file and line, and what to do") {
  CHECK(message_of("ok\nweb1 ansible_user\n") == "hosts:2: word 2 is not NAME=VALUE");
  CHECK(message_of("web1 a='b\n") == "hosts:1: a quote has no end");
  CHECK(message_of("web1 a=b\\\n") == "hosts:1: nothing follows the last \\");
  CHECK(message_of("[web\n") == "hosts:1: the section has no ']'");
  CHECK(message_of("[my web]\n") == "hosts:1: \"[my web]\" is no section");
  CHECK(message_of("[web:hosts:x]\n") == "hosts:1: \":hosts:x\" is no kind of section");
  CHECK(message_of("[web:children]\na b\n") == "hosts:2: \"a b\" is no group");
  CHECK(message_of("[web]\n[web:vars]\nnothing\n") == "hosts:3: this is not NAME=VALUE");
  CHECK(message_of("[web:vars]\na=b\n") == "hosts:1: there is no group \"web\"");
  CHECK(message_of("[web:children]\nfront\n") == "hosts:2: there is no group \"front\"");
  CHECK(message_of("[a:children]\nb\n[b:children]\na\n") == "hosts:1: \"a\" is among its own children");
  CHECK(message_of("[a:children]\nall\n") == "hosts:2: the group \"all\" is above every other");
  CHECK(message_of("a\x01") == "hosts:1: the line holds a control character");
  CHECK(message_of("a\xFF") == "hosts:1: the line is not UTF-8");
  CHECK(message_of("---\nall:\n") == "hosts:1: this looks like YAML");
  CHECK(message_of("#!/usr/bin/python3\n") == "hosts:1: this is a program");
  CHECK(error_of("[web:children]\nfront\n").hint ==
        "[front] with its hosts, or [front:children] with its groups, declares it");
}

TEST_CASE("what would reach a host in another way is refused by name") {
  const Error password = error_of("h ansible_password=cktest-inventory-1");
  CHECK(password.message == "hosts:1: ansible_password is not supported");
  CHECK(password.hint == "ssh is let in by a key: ansible_ssh_private_key_file");
  CHECK(error_of("h a=b cktest-inventory-2").to_string().find("cktest-") == std::string::npos);
  CHECK(error_of("h\n[all:vars]\nansible_become=true\n").to_string() ==
        "invalid_argument: hosts:3: ansible_become is not supported\n"
        "  hint: commands run as ansible_user; write sudo into the script");
  CHECK(message_of("h ansible_connection=local") == "hosts:1: this ansible_connection is not supported");
  CHECK(error_of("h ansible_ssh_common_args='-o ProxyJump=b'").hint ==
        "write the options into an ssh configuration, and name it: ?config=FILE");
  CHECK(message_of("h ansible_host={{address}}") == "hosts:1: a template as ansible_host is not supported");
  CHECK(message_of("h ansible_ssh_executable=/bin/ssh") == "hosts:1: ansible_ssh_executable is not supported");
  // What changes nothing here.
  CHECK(names_of("h ansible_connection=ssh ansible_become=no ansible_python_interpreter=/usr/bin/python3").size() == 1);
}

TEST_CASE("no message shows what may be a secret, wherever it stands") {
  for (const char* text : {"ansible_password=cktest-inventory-3",
                           "[web]\nansible_password=cktest-inventory-3 ansible_host=h",
                           "[all:vars]\nansible_host=h\n[web]\nansible_password=cktest-inventory-3",
                           "'a=b cktest-inventory-3'",
                           "ansible_password: cktest-inventory-3",
                           "ansible_password:cktest-inventory-3",
                           "password-cktest-inventory-3;",
                           "[web:children]\nansible_password=cktest-inventory-3",
                           "[web:children]\nansible_password: cktest-inventory-3",
                           "[web:children]\npassword-cktest-inventory-3",
                           "[web:vars]\nansible_password: cktest-inventory-3",
                           "[web:vars]\nansible_password: cktest-inventory-3=a",
                           "[web:vars]\nansible_password:cktest-inventory-3=a",
                           "[web:vars]\ntoken cktest-inventory-3 x=1",
                           "[ansible_password=cktest-inventory-3]\n[a:children]\nb",
                           "[ansible_password: cktest-inventory-3]",
                           "[web:ansible_password=cktest-inventory-3]",
                           "[x=cktest-inventory-3:vars]\ny",
                           "h ansible_host='a password=cktest-inventory-3'",
                           "h ansible_user='a password=cktest-inventory-3'",
                           "h ansible_connection='ssh password=cktest-inventory-3'",
                           "h ansible_group_priority=cktest-inventory-3",
                           "h ansible_port=cktest-inventory-3",
                           "h ansible_ssh_private_key_file='%cktest-inventory-3'",
                           "w[token=cktest-inventory-3]",
                           "w[password-cktest-inventory-3:2]",
                           "'w[1: 2]x[cktest-inventory-3]'"}) {
    const std::string error = error_of(text).to_string();
    CHECK_MESSAGE(error.find("cktest-") == std::string::npos, error);
    CHECK_MESSAGE(error.find("hosts:") != std::string::npos, error);
  }
  const Error first = error_of("[web]\nansible_password=cktest-inventory-4\n");
  CHECK(first.message == "hosts:2: a host's line begins with its name, which word 1 cannot be");
  CHECK(first.hint == "variables of a group stand below [G:vars], those of all hosts below [all:vars]");
  CHECK(message_of("[web:children]\na=cktest-inventory-4") == "hosts:2: this is no group");
}

TEST_CASE("names that ssh or a shell would take for something else are refused") {
  CHECK(message_of("-oProxyCommand") == "hosts:1: \"-oProxyCommand\" cannot be the name or address of a host");
  for (const char* bad : {"-oProxyCommand=x", "'a;b'", "'$(id)'"}) {
    CHECK(message_of(std::string("h\nh ansible_host=") + bad) ==
          "hosts:2: ansible_host cannot be the name or address of a host");
  }
  for (const char* bad : {"-l", "'`id`'", "'a b'"}) {
    CHECK(message_of(std::string("h ansible_user=") + bad) == "hosts:1: ansible_user cannot be the name of a user");
  }
  CHECK(message_of("h ansible_port=70000") == "hosts:1: the port is not a number from 1 to 65535");
  CHECK(message_of("h ansible_private_key_file=%h") ==
        "hosts:1: ssh would not read this name of a key's file as it stands");
}
