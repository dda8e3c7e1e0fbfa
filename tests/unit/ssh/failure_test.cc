#include "ssh/failure.h"

#include <doctest/doctest.h>

#include <string>

using namespace cloudkit;

namespace {

ssh::InventoryHost web1() {
  ssh::InventoryHost host;
  host.address = "web1";
  host.user = "deploy";
  return host;
}

Error failure(const std::string& complaint, const ssh::ConnectionOptions& options = {}) {
  return ssh::ssh_failure(complaint, web1(), options);
}

}  // namespace

TEST_CASE("the network's failures are unavailable") {
  for (const char* words :
       {"ssh: connect to host web1 port 22: Connection timed out",
        "ssh: connect to host web1 port 22: No route to host",
        "ssh: connect to host web1 port 22: Network is unreachable", "ssh: Could not resolve hostname web1: Try again",
        "kex_exchange_identification: Connection closed by remote host", "Connection reset by 192.0.2.1 port 22",
        "Timeout, server web1 not responding.", "ssh: connect to host web1 port 22: Operation timed out"}) {
    CHECK_MESSAGE(failure(std::string(words) + "\r\n").code == ErrorCode::unavailable, words);
  }
  CHECK(failure("ssh: connect to host web1 port 22: Connection refused\r\n").message ==
        "deploy@web1: connect to host web1 port 22: Connection refused");
  CHECK(failure("kex_exchange_identification: Connection closed by remote host").retryable);
  CHECK_FALSE(failure("ssh: connect to host web1 port 22: Connection refused").retryable);
}

TEST_CASE("a host that is not who it should be is no matter of trying again") {
  const Error changed = failure(
      "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n"
      "The fingerprint for the RSA key sent by the remote host is\r\nSHA256:abc.\r\n"
      "Offending RSA key in /home/me/.ssh/known_hosts:17\r\nHost key verification failed.\r\n");
  CHECK(changed.code == ErrorCode::permission_denied);
  CHECK(changed.message == "the key of deploy@web1 is not the one that is known: it has SHA256:abc.");
  CHECK(changed.hint ==
        "somebody may be in between. If the host was made anew: ssh-keygen -R 'web1' -f '/home/me/.ssh/known_hosts' "
        "removes the old key at /home/me/.ssh/known_hosts:17");
  const Error unknown = failure("No ED25519 host key is known for web1 and you have requested strict checking.\r\n");
  CHECK(unknown.code == ErrorCode::permission_denied);
  CHECK(unknown.hint.starts_with("ssh-keyscan web1 >> ~/.ssh/known_hosts adds it"));
}

TEST_CASE("keys that the host refuses are unauthenticated, and named") {
  CHECK(failure("deploy@web1: Permission denied (publickey,gssapi-keyex).\r\n").message ==
        "deploy@web1 lets nobody in: Permission denied (publickey,gssapi-keyex); tried keys: those of the agent and of "
        "~/.ssh");
  CHECK(failure("deploy@web1: Permission denied (publickey).").hint == "name a key: ?key=FILE");
  ssh::ConnectionOptions options;
  options.key = "/k";
  CHECK(failure("Load key \"/k\": invalid format\r\ndeploy@web1: Permission denied (publickey).\r\n", options).hint ==
        "/k holds no private key");
  CHECK(failure("Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures").code ==
        ErrorCode::unauthenticated);
}

TEST_CASE("what else may keep ssh from the host's shell") {
  CHECK(failure("Unable to negotiate with 192.0.2.1 port 22: no matching host key type found. Their offer: ssh-rsa")
            .code == ErrorCode::unsupported);
  CHECK(failure("Bad owner or permissions on /home/me/.ssh/config").code == ErrorCode::invalid_argument);
  const Error mute = failure("");
  CHECK(mute.code == ErrorCode::unavailable);
  CHECK(mute.hint == "can its user run commands there? ssh deploy@web1 true");
  const Error odd = failure("a line\nThis account is currently not available.\n\x1b[0m");
  CHECK(odd.code == ErrorCode::unknown);
  CHECK(odd.message.find('\x1b') == std::string::npos);
}

TEST_CASE("an option that ssh was called with and does not know is told from one of a file") {
  CHECK(ssh::unknown_option("command-line: line 0: Bad configuration option: stdinnull\r\n") == "stdinnull");
  CHECK(ssh::unknown_option("/home/me/.ssh/config: line 0: Bad configuration option: stdinnull\r\n").empty());
  CHECK(ssh::unknown_option("Connection refused").empty());
}

TEST_CASE("a connection that ends before the host has finished may have done anything") {
  const Error lost = ssh::lost_connection("client_loop: send disconnect: Broken pipe\r\n", web1());
  CHECK(lost.code == ErrorCode::unavailable);
  CHECK(lost.may_have_happened);
  CHECK(lost.message == "deploy@web1: the connection ended before the host had finished: Broken pipe");
  for (const char* printed :
       {"+ PASSWORD=cktest-ssh-lost-1\n", "Timeout, server cktest-ssh-lost-1 not responding.\n"}) {
    CHECK(ssh::lost_connection(printed, web1()).to_string().find("cktest-") == std::string::npos);
  }
}
