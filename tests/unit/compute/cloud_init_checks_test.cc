#include <cloudkit/cloud_init.h>
#include <doctest/doctest.h>

#include "support/temporary_directory.h"

#include <fstream>

using namespace cloudkit;

namespace {

std::string refusal(const CloudInit& steps) {
  const auto config = steps.cloud_config();
  const auto script = steps.script();
  REQUIRE(!config);
  REQUIRE(!script);
  CHECK(config.error().code == ErrorCode::invalid_argument);
  CHECK(config.error().message == script.error().message);
  return config.error().message;
}

std::string refusal(MachineStep step) { return refusal(CloudInit({std::move(step)})); }
bool is_taken(MachineStep step) { return CloudInit({std::move(step)}).script().has_value(); }

}  // namespace

TEST_CASE("packages are named as package managers name them") {
  for (const char* name : {"nginx", "libstdc++6", "python3.12", "docker.io", "gtk+-3.0", "g++", "libc6:i386"}) {
    CHECK_MESSAGE(is_taken(PackageStep{name}), name);
  }
  CHECK(refusal(PackageStep{"-rf"}) == "step 1 (package -rf): \"-rf\" is no name of a package");
  for (const char* name : {"", "a b", "a;b", "$(x)", "a\n", "a/b", "\xC3\xA4", "bash-", "-"}) {
    CHECK_MESSAGE(!is_taken(PackageStep{name}), name);
  }
}

TEST_CASE("paths are absolute and in one spelling") {
  for (const char* path : {"/a", "/a b/c", "/etc/nginx/nginx.conf", "/\xC3\xA4", "/.hidden", "/a/..b"}) {
    CHECK_MESSAGE(is_taken(FileStep{.path = path}), path);
  }
  CHECK(refusal(FileStep{.path = "etc/a"}) ==
        "step 1 (file etc/a): the path \"etc/a\" is not absolute, in its shortest spelling");
  for (const char* path :
       {"", "/", "//", "/a/", "/a//b", "/a/../b", "/..", "/./a", "/a/.", "/a\nb", "/a\x7F", "/a: b", "/\xFF"}) {
    CHECK_MESSAGE(!is_taken(FileStep{.path = path}), path);
    CHECK_MESSAGE(!is_taken(DirectoryStep{.path = path}), path);
  }
  CHECK(!is_taken(FileStep{.path = std::string("/a\0b", 4)}));
  CHECK(!is_taken(FileStep{.path = "/" + std::string(225, 'a')}));
  CHECK(is_taken(FileStep{.path = "/" + std::string(224, 'a')}));
}

TEST_CASE("modes are octal, which is easily forgotten") {
  CHECK(refusal(FileStep{.path = "/a", .mode = 644}) == "step 1 (file /a): the mode 01204 makes no sense for a file");
  for (const int mode : {600, 640, 644, 700, 755, 777, 1777, -1, 010000, 0, 0200}) {
    CHECK_MESSAGE(!is_taken(FileStep{.path = "/a", .mode = mode}), mode);
  }
  for (const int mode : {700, 750, 755, 777, 0600, 0}) {
    CHECK_MESSAGE(!is_taken(DirectoryStep{.path = "/a", .mode = mode}), mode);
  }
  for (const int mode : {0400, 0440, 0600, 0644, 0755, 04755}) CHECK(is_taken(FileStep{.path = "/a", .mode = mode}));
  for (const int mode : {0700, 0755, 01777, 02770}) CHECK(is_taken(DirectoryStep{.path = "/a", .mode = mode}));
}

TEST_CASE("owners, validations, services and commands") {
  CHECK(refusal(FileStep{.path = "/a", .owner = "-x"}) == "step 1 (file /a): \"-x\" is no owner: a name or a number");
  CHECK(is_taken(FileStep{.path = "/a", .owner = "1000", .group = "www-data"}));
  CHECK(refusal(FileStep{.path = "/a", .validate = "nginx -t"}).find("does not say %s") != std::string::npos);
  CHECK(refusal(FileStep{.path = "/a", .validate = "nginx -t -c '%s'"}).find("stands in quotes") != std::string::npos);
  // A shell would see "$1" there, and validate nothing.
  for (const char* command : {"sh -c 'nginx -t -c %s'", "a \"b %s\"", "a \"'\" %s \"%s\"", "a \\' '%s'", "a %% '%s'"}) {
    CHECK(refusal(FileStep{.path = "/a", .validate = command}).find("stands in quotes") != std::string::npos);
  }
  for (const char* command : {"a '%%s'", "a %%s", "a %", "%d"}) {
    CHECK(refusal(FileStep{.path = "/a", .validate = command}).find("does not say %s") != std::string::npos);
  }
  for (const char* command : {"a 'b' %s", "a \"'\" %s", "a \\' %s", "a %%%s", "a '%%' %s %", "a 'b'%s"}) {
    CHECK_MESSAGE(is_taken(FileStep{.path = "/a", .validate = command}), command);
  }
  CHECK(is_taken(ServiceStep{.name = "getty@tty1.service"}));
  CHECK(refusal(ServiceStep{.name = "a/b"}) == "step 1 (service a/b): \"a/b\" is no name of a unit of systemd");
  CHECK(!is_taken(ServiceStep{.name = "--now"}));
  CHECK(refusal(CommandStep{}) == "step 1 (command): it has no command");
  CHECK(refusal(CommandStep{.command = std::string("a\0b", 3)}).find("control character") != std::string::npos);
  CHECK(!is_taken(CommandStep{.command = "true", .unless = "\x01"}));
  CHECK(!is_taken(CommandStep{.command = "true", .creates = "relative"}));
  CHECK(!is_taken(CommandStep{.command = "true", .name = "a: b"}));
  CHECK(refusal(CommandStep{.command = std::string(65537, 'a')}).find("65537 bytes, more than 65536") !=
        std::string::npos);
  CHECK(refusal(CommandStep{.command = "true", .notify = "x", .only_checks = true}).find("only checks") !=
        std::string::npos);
}

TEST_CASE("users: a private key is never taken for a public one, nor shown") {
  CHECK(
      is_taken(UserStep{.name = "deploy", .ssh_keys = {"ssh-ed25519 AAAAC3 me", "no-pty ecdsa-sha2-nistp256 AAAA x"}}));
  for (const char* name : {"", "Root", "1a", "-a", "a b", "a.b", "a:b", "\xC3\xA4"})
    CHECK(!is_taken(UserStep{.name = name}));
  CHECK(!is_taken(UserStep{.name = "a", .groups = {"x,y"}}));
  CHECK(!is_taken(UserStep{.name = "a", .shell = "bash"}));
  const auto with_key = [](std::string key) { return refusal(UserStep{.name = "a", .ssh_keys = {std::move(key)}}); };
  CHECK(with_key("-----BEGIN OPENSSH PRIVATE KEY-----\ncktest-private-1\n") ==
        "step 1 (user a): an ssh key is a private one");
  CHECK(with_key("cktest-private-2") == "step 1 (user a): an ssh key is no line of authorized_keys");
  CHECK(with_key("ssh-rsa AAAA a\nssh-rsa AAAA b") == "step 1 (user a): an ssh key is no line of authorized_keys");
}

TEST_CASE("containers") {
  const auto with = [](auto change) {
    ContainerStep step{.name = "web", .image = "docker.io/library/nginx:1.27"};
    change(step);
    return MachineStep(step);
  };
  CHECK(is_taken(with([](auto& step) {
    step.ports = {{.machine = 80, .container = 8080},
                  {.machine = 80, .container = 80, .udp = true},
                  {.machine = 443, .container = 443, .address = "::1"}};
    step.environment = {{"A", "it's $x"}, {"spring.profile", ""}};
    step.volumes = {{.source = "data", .target = "/data"}, {.source = "/srv", .target = "/srv", .read_only = true}};
    step.image = "a/b@sha256:0123";
    step.arguments = {"--flag", ""};
  })));
  CHECK(refusal(with([](auto& step) { step.name = "web.old"; })).find("the predecessor") != std::string::npos);
  for (const char* address : {"abc", "1.2.3", "1.2.3.4/8", "::g", "localhost"}) {
    CHECK(refusal(with([&](auto& step) { step.ports = {{80, 80, false, address}}; })).find("is no IP address") !=
          std::string::npos);
  }
  const auto both = [&](const char* one, const char* other) {
    return is_taken(with([&](auto& step) { step.ports = {{80, 80, false, one}, {80, 80, false, other}}; }));
  };
  CHECK(!both("", "0.0.0.0"));
  CHECK(!both("127.0.0.1", ""));
  CHECK(!both("127.0.0.1", "0.0.0.0"));
  CHECK(!both("::1", "::"));
  CHECK(both("0.0.0.0", "::"));
  CHECK(both("127.0.0.1", "::1"));
  CHECK(both("127.0.0.1", "127.0.0.2"));
  for (const char* name : {"", "a", "-ab", "a b", "a/b"}) CHECK(!is_taken(with([&](auto& step) { step.name = name; })));
  for (const char* image : {"", "-x", "a b", "a;b"}) CHECK(!is_taken(with([&](auto& step) { step.image = image; })));
  CHECK(refusal(with([](auto& step) { step.ports = {{.machine = 0, .container = 80}}; })) ==
        "step 1 (container web): ports are 1 to 65535, not 0 and 80");
  CHECK(refusal(with([](auto& step) {
          step.ports = {{.machine = 80, .container = 80}, {.machine = 80, .container = 81}};
        })) == "step 1 (container web): port 80 of the machine is published twice");
  const auto value = refusal(with([](auto& step) { step.environment = {{"TOKEN", "cktest-env-1\n"}}; }));
  CHECK(value == "step 1 (container web): the value of the variable TOKEN is not UTF-8 on one line");
  CHECK(!is_taken(with([](auto& step) { step.environment = {{"1A", "x"}}; })));
  CHECK(!is_taken(with([](auto& step) { step.volumes = {{.source = "../x", .target = "/x"}}; })));
  CHECK(!is_taken(with([](auto& step) { step.volumes = {{.source = "/x:y", .target = "/x"}}; })));
  CHECK(!is_taken(
      with([](auto& step) { step.volumes = {{.source = "a1", .target = "/x"}, {.source = "b1", .target = "/x"}}; })));
  CHECK(refusal(with([](auto& step) { step.ecr_login = true; })).find("is in no registry of Amazon ECR") !=
        std::string::npos);
  for (const char* image :
       {"123456789012.dkr.ecr.us-west-2.amazonaws.com/app:1", "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/a"}) {
    CHECK(is_taken(with([&](auto& step) { step.ecr_login = true, step.image = image; })));
  }
  for (const char* image :
       {"12345678901x.dkr.ecr.us-west-2.amazonaws.com/app", "123456789012.dkr.ecr.us-west-2.evil.com/app"}) {
    CHECK(!is_taken(with([&](auto& step) { step.ecr_login = true, step.image = image; })));
  }
}

TEST_CASE("what two steps say must agree") {
  const auto twice =
      CloudInit().package("a").package("a").file({.path = "/a", .content = "x"}).file({.path = "/a", .content = "x"});
  const auto report = twice.script().value();
  CHECK(report.find("total=2 ") != std::string::npos);
  CHECK(refusal(CloudInit().file({.path = "/a", .content = "x"}).file({.path = "/a", .content = "y"})) ==
        "step 2 (file /a): another step says otherwise");
  CHECK(refusal(CloudInit().file({.path = "/a"}).directory({.path = "/a"})) ==
        "step 2 (directory /a): /a cannot be there beside the file /a");
  CHECK(refusal(CloudInit().file({.path = "/a/b"}).file({.path = "/a"})) ==
        "step 2 (file /a): /a cannot be there beside the file /a/b");
  CHECK(refusal(CloudInit().file({.path = "/a"}).directory({.path = "/a/b/c"})) ==
        "step 2 (directory /a/b/c): /a/b/c cannot be there beside the file /a");
  CHECK(refusal(CloudInit().user({.name = "ada", .sudo = true}).file({.path = "/etc/sudoers.d/90-cloudkit-ada"})) ==
        "step 2 (file /etc/sudoers.d/90-cloudkit-ada): /etc/sudoers.d/90-cloudkit-ada cannot be there beside the file "
        "/etc/sudoers.d/90-cloudkit-ada");
  CHECK(CloudInit().directory({.path = "/a"}).file({.path = "/a/b"}).file({.path = "/ab"}).script());
  CHECK(refusal(CloudInit()
                    .container({.name = "aa", .image = "x", .ports = {{.machine = 80, .container = 1}}})
                    .container({.name = "bb", .image = "x", .ports = {{.machine = 80, .container = 2}}})) ==
        "step 2 (container bb): port 80 of the machine is published twice");
}

TEST_CASE("who notifies a service needs a later step that restarts it") {
  const FileStep file{.path = "/a", .notify = "nginx"};
  const std::string message = "(file /a): it notifies nginx, which no later step restarts";
  CHECK(refusal(CloudInit().file(file)) == "step 1 " + message);
  CHECK(refusal(CloudInit().service({.name = "nginx"}).file(file)) == "step 2 " + message);
  CHECK(refusal(CloudInit().file(file).service({.name = "nginx", .restarted_if_changed = false})) ==
        "step 1 " + message);
  CHECK(CloudInit().file(file).service({.name = "nginx"}).script());
  // Said again, it is restarted again; but not where nothing would notice.
  const auto twice = CloudInit().file(file).service({.name = "nginx"}).file({.path = "/b", .notify = "nginx"});
  CHECK(!twice.script());
  const auto again = CloudInit(twice).service({.name = "nginx"}).service({.name = "nginx"}).script().value();
  CHECK(again.find("begin 'service nginx #2'\n") != std::string::npos);
  CHECK(again.find("#3") == std::string::npos);
  CHECK(again.find("total=4 ") != std::string::npos);
}

TEST_CASE("commands may be the same, and keep a name each; arguments are not in it") {
  const auto script = CloudInit()
                          .run({.command = "curl -H 'Authorization: cktest-command-1' x"})
                          .run({.command = "curl -H 'Authorization: cktest-command-1' x"})
                          .run({.command = "TOKEN=cktest-command-2 app"})
                          .script()
                          .value();
  for (const char* line : {"begin 'command curl'\n", "begin 'command curl #2'\n", "begin 'command #1'\n"}) {
    CHECK(script.find(line) != std::string::npos);
  }
}

TEST_CASE("local files are read when the steps are rendered") {
  const ::test::TemporaryDirectory directory;
  std::ofstream(directory.file("page")) << "content of a file\n";
  const auto script = CloudInit().file({.path = "/page", .local_file = directory.file("page")}).script();
  REQUIRE(script);
  CHECK(script->find("content of a file\n") != std::string::npos);
  const auto missing = CloudInit().package("x").file({.path = "/page", .local_file = "/nonexistent/x"}).script();
  REQUIRE(!missing);
  CHECK(missing.error().code == ErrorCode::io);
  CHECK(missing.error().message == "step 2 (file /page): open /nonexistent/x: No such file or directory");
  CHECK(refusal(FileStep{.path = "/a", .content = "x", .local_file = "/y"}).find("both content and local_file") !=
        std::string::npos);
}

TEST_CASE("a prefix is a path, too") {
  CHECK(CloudInit().script({.prefix = "/tmp/x"}));
  CHECK(CloudInit().script({.prefix = "."}));
  for (const char* prefix : {"/", "x", "..", "/a/", "/a/../b"}) {
    const auto script = CloudInit().script({.prefix = prefix});
    REQUIRE(!script);
    CHECK(script.error().message.starts_with("the prefix: "));
  }
}
