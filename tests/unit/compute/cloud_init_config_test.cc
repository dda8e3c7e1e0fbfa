#include <cloudkit/cloud_init.h>
#include <doctest/doctest.h>

#include "prefixed_machine.h"
#include "support/read_file.h"

#include <cstdio>
#include <nlohmann/json.hpp>

// The user data, read by cloud-init itself.

using namespace cloudkit;

namespace {

// Nothing, after saying so, where cloud-init is not installed; but CI must have it.
bool has_cloud_init() {
  if (::test::run_program("", "sh -c 'command -v cloud-init'").exit_code == 0) return true;
  std::printf("skipped: not installed: cloud-init (scripts/setup servers)\n");
  const char* const ci = std::getenv("CI");
  CHECK_MESSAGE((ci == nullptr || std::string_view(ci) != "true"), "CI must have cloud-init");
  return false;
}

class Reader {
 public:
  // Throws where cloud-init refuses it, or warns.
  explicit Reader(const std::string& user_data) {
    write("user-data", user_data);
    const auto decoded = ::test::run_program("", std::string("/usr/bin/python3 ") + CLOUDKIT_TEST_DATA +
                                                     "/../unit/compute/decode_cloud_config.py " + file("user-data") +
                                                     " " + directory_.path());
    if (decoded.exit_code != 0) throw std::runtime_error(decoded.output);
    if (user_data.starts_with("#cloud-config\n")) check_schema();
    config = nlohmann::json::parse(read("config"));
  }

  std::string read(const std::string& name) const { return ::test::read_file(file(name)); }
  nlohmann::json config;

 private:
  std::string file(const std::string& name) const { return directory_.file(name); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name), std::ios::binary) << text;
  }
  void check_schema() const {
    const auto schema = ::test::run_program("", "cloud-init schema --config-file " + file("user-data"));
    if (schema.exit_code != 0 || !schema.output.starts_with("Valid cloud-config"))
      throw std::runtime_error(schema.output);
  }

  ::test::TemporaryDirectory directory_;
};

CloudInit everything() {
  return CloudInit()
      .user({.name = "deploy", .ssh_keys = {"ssh-ed25519 AAAA it's: #\"me\""}, .groups = {"adm", "yes"}, .sudo = true})
      .user({.name = "app"})
      .package("nginx")
      .package("python3.11")
      .file({.path = "/etc/app/a #b", .content = "key: value\n", .owner = "app", .group = "adm", .mode = 0640})
      .file({.path = "/etc/nginx/nginx.conf",
             .content = "x",
             .backup = true,
             .validate = "nginx -t -c %s",
             .notify = "nginx"})
      .directory({.path = "/srv"})
      .run({.command = "echo 'one: two' | tee \"$HOME/x\"\n# three\n"})
      .service({.name = "nginx"})
      .container({.name = "web",
                  .image = "app:1",
                  .ports = {{.machine = 80, .container = 80}},
                  .environment = {{"A", "b c"}},
                  .volumes = {{.source = "/srv", .target = "/srv"}}});
}

}  // namespace

TEST_CASE("people can read the user data") {
  const auto steps =
      CloudInit()
          .user({.name = "deploy", .ssh_keys = {"ssh-ed25519 AAAA me"}, .groups = {"adm"}, .sudo = true})
          .package("nginx")
          .file({.path = "/var/www/html/index.html", .content = "<h1>hello</h1>\n\n  it's\n", .owner = "www-data"})
          .file({.path = "/etc/blob", .content = std::string("\0\1", 2), .mode = 0640});
  CHECK(steps.cloud_config().value() == R"(#cloud-config
users:
  - default
  - name: deploy
    shell: /bin/sh
    lock_passwd: true
    groups: [adm]
    sudo: "ALL=(ALL) NOPASSWD:ALL"
    ssh_authorized_keys:
      - "ssh-ed25519 AAAA me"
package_update: true
packages:
  - nginx
write_files:
  - path: /var/www/html/index.html
    permissions: "0644"
    owner: www-data
    defer: true
    content: |
      <h1>hello</h1>

        it's
  - path: /etc/blob
    permissions: "0640"
    defer: true
    encoding: b64
    content: "AAE="
)");
  CHECK(CloudInit().cloud_config().value() == "#cloud-config\n{}\n");
}

TEST_CASE("cloud-init's own modules get what keeps its order; the rest is the script") {
  const auto sections = [](const CloudInit& steps) {
    const std::string config = steps.cloud_config().value();
    std::string found;
    for (const char* name : {"\nusers:", "\npackages:", "\nwrite_files:", "\nruncmd:"}) {
      if (config.find(name) != std::string::npos) found += name;
    }
    return found;
  };
  const UserStep user{.name = "app"};
  const FileStep file{.path = "/a", .content = "x"};
  CHECK(sections(CloudInit().user(user).package("a").file(file)) == "\nusers:\npackages:\nwrite_files:");
  CHECK(sections(CloudInit().file(file)) == "\nwrite_files:");
  // A package whose source is that file; a user in a group that a package makes.
  CHECK(sections(CloudInit().file(file).package("a")) == "\nwrite_files:\nruncmd:");
  CHECK(sections(CloudInit().package("a").user(user).package("b")) == "\npackages:\nruncmd:");
  CHECK(sections(CloudInit().run({.command = "true"}).package("a").file(file)) == "\nruncmd:");
  CHECK(sections(CloudInit().file({.path = "/a", .backup = true})) == "\nruncmd:");
  CHECK(sections(CloudInit().file({.path = "/a", .validate = "test -f %s"})) == "\nruncmd:");
  // cloud-init gives a file its mode after its contents.
  CHECK(sections(CloudInit().file({.path = "/a", .mode = 0600})) == "\nruncmd:");
  // Nothing is there that it could have to wait for.
  CHECK(CloudInit().file(file).cloud_config().value().find("defer") == std::string::npos);
}

TEST_CASE("cloud-init takes everything that there is") {
  if (!has_cloud_init()) return;
  const Reader read(everything().cloud_config().value());
  CHECK(read.config["users"][0] == "default");
  CHECK(read.config["users"][1]["ssh_authorized_keys"][0] == "ssh-ed25519 AAAA it's: #\"me\"");
  CHECK(read.config["users"][1]["groups"] == nlohmann::json({"adm", "yes"}));
  CHECK(read.config["packages"] == nlohmann::json({"nginx", "python3.11"}));
  CHECK(read.config["write_files"][0]["owner"] == "app:adm");
  CHECK(read.config["write_files"][0]["permissions"] == "0640");
  CHECK(read.read("0") == "key: value\n");
  const std::string script = read.read("runcmd");
  CHECK(script.starts_with("#!/bin/sh\n"));
  CHECK(script.ends_with("\nmain\n\n"));
  CHECK(script.find("begin 'file /etc/nginx/nginx.conf'\n") != std::string::npos);
  CHECK(Reader(CloudInit().cloud_config().value()).config.empty());
}

TEST_CASE("cloud-init writes contents as they are, whatever they are") {
  if (!has_cloud_init()) return;
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte.push_back(static_cast<char>(i));
  const std::vector<std::string> contents = {"",
                                             "\n",
                                             "\n\n",
                                             "a",
                                             "a\n",
                                             "a\n\n\n",
                                             " a\n",
                                             "\n a\n",
                                             "\ta\n",
                                             "a\n  b\n\tc  \n",
                                             "# no comment\n",
                                             "---\na: b\n...\n",
                                             "- a\n",
                                             "key: 'value'\n",
                                             "\"quoted\"\n",
                                             "%TAG\n",
                                             "null",
                                             "1",
                                             "yes",
                                             "0644",
                                             "a\\n\n",
                                             "{{ jinja }}\n",
                                             "## template: jinja\n",
                                             "\xC3\xA4 \xE2\x98\x81 \xF0\x9F\x92\xBE\n",
                                             "\xC2\x85\n",
                                             "\xE2\x80\xA8\n",
                                             "\xEF\xBB\xBF"
                                             "bom\n",
                                             "\xEF\xBF\xBE\n",
                                             "\x7F\n",
                                             "\r\n",
                                             "a\r\nb\r\n",
                                             "\xFF\n",
                                             every_byte};
  CloudInit steps;
  for (std::size_t i = 0; i < contents.size(); ++i) {
    steps.file({.path = "/f" + std::to_string(i), .content = contents[i]});
  }
  const Reader read(steps.cloud_config().value());
  for (std::size_t i = 0; i < contents.size(); ++i) CHECK_MESSAGE(read.read(std::to_string(i)) == contents[i], i);
}

TEST_CASE("the script of the first boot is what runs, and restarts services whose files cloud-init has written") {
  if (!has_cloud_init()) return;
  const ::test::PrefixedMachine machine;
  const auto steps = CloudInit()
                         .file({.path = "/etc/app", .content = "x", .notify = "app"})
                         .run({.command = "printf '%s' \"a\\\\b  'c'\n\td\" >\"$CLOUDKIT_PREFIX/printed\""})
                         .service({.name = "app"});
  std::string script = Reader(steps.cloud_config().value()).read("runcmd");
  // It would be this machine's own: here it gets a prefix.
  REQUIRE(script.find("prefix=''\n") != std::string::npos);
  script.replace(script.find("prefix=''\n"), 9, "prefix=" + machine.path(""));
  machine.program("systemctl", R"sh(case $1 in
  is-active) echo active ;;
  is-enabled) echo enabled ;;
  *) echo "$1" >>"$log" ;;
esac)sh");
  // A module of cloud-init that fails does not end the boot: here the script does.
  const auto without = parse_report(machine.run_script(script).out).value();
  REQUIRE(without.failed.size() == 1);
  CHECK(without.failed[0].step == "file /etc/app");
  CHECK(without.failed[0].message.starts_with("cloud-init has not made it: "));
  CHECK(without.not_run == 2);
  machine.write("/etc/app", "other");
  CHECK(parse_report(machine.run_script(script).out).value().failed.size() == 1);
  machine.write("/etc/app", "x");
  const auto run = machine.run_script(script);
  const auto report = parse_report(run.out);
  REQUIRE_MESSAGE(report, run.out << run.err);
  CHECK(report->ok == std::vector<std::string>{"file /etc/app"});
  CHECK(report->changed == std::vector<std::string>{"command printf", "service app"});
  CHECK(machine.calls() == "show\nrestart\n");
  CHECK(machine.read("/printed") == "a\\b  'c'\n\td");
}

TEST_CASE("user data that is too large is compressed, and then refused with the way out") {
  const auto page = [](std::size_t size) {
    std::string text;
    while (text.size() < size) text += "line " + std::to_string(text.size()) + "\n";
    return CloudInit().file({.path = "/page", .content = text});
  };
  const auto small = page(1000);
  CHECK(small.user_data().value() == small.cloud_config().value());
  const auto large = page(60000);
  const std::string compressed = large.user_data().value();
  CHECK(compressed.size() <= 16384);
  CHECK(compressed.starts_with("\x1F\x8B"));
  CHECK(large.user_data().value() == compressed);
  CHECK(large.user_data(1 << 20).value() == large.cloud_config().value());
  if (has_cloud_init()) {
    const Reader read(compressed);
    CHECK(read.read("0").size() >= 60000);
    CHECK(read.config == Reader(large.cloud_config().value()).config);
  }

  const auto config = large.cloud_config().value();
  const auto refused = large.user_data(1000);
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().message == "the user data has " + std::to_string(config.size()) + " bytes, " +
                                       std::to_string(compressed.size()) + " as gzip: more than 1000");
  CHECK(refused.error().hint.find("presigned URL") != std::string::npos);
  // EC2's limit, to the byte.
  const auto line = [](std::size_t size) {
    return CloudInit().file({.path = "/a", .content = std::string(size, 'x')});
  };
  const std::size_t around = line(1).cloud_config().value().size() - 1;
  CHECK(line(16384 - around).cloud_config().value().size() == 16384);
  CHECK(line(16384 - around).user_data().value().starts_with("#cloud-config"));
  CHECK(line(16385 - around).user_data().value().starts_with("\x1F\x8B"));
  // Exactly as large as it may be.
  CHECK(small.user_data(small.cloud_config().value().size()).value().starts_with("#cloud-config"));
  CHECK(large.user_data(compressed.size()).value() == compressed);
}
