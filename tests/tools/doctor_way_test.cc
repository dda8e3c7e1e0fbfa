#include "faults/certificates.h"
#include "support/stopwatch.h"
#include "tools/doctor.h"

#include <chrono>

using namespace test;

// The way to the service: network, certificates, proxy, clock; and whether its promises hold.

TEST_CASE_FIXTURE(DoctorsHome, "a clock 20 minutes off") {
  keys();
  const std::string date = "Date: " + http_date(20 * 60 + 5) + "\r\n";
  s3.then(faults::reply(403, {}, date));
  s3.then(faults::reply(403, {}, date));
  s3.then(faults::reply(403, {}, date));  // HEAD of the bucket, signed by our own clock
  s3.always(faults::reply(200, {}, date));
  CHECK(examine(bucket()).exit_code == 0);
  CHECK(contains(of("clock"), "warn 20 min "));
  CHECK(contains(of("clock"),
                 " behind the service's; cloudkit signs with the service's time\n"
                 "set this machine's clock, other programs are refused: timedatectl set-ntp true"));
  CHECK(contains(of("access"), "ok the bucket \"reports\" is there"));
}

TEST_CASE_FIXTURE(DoctorsHome, "a clock that is a little ahead, and a service without one") {
  keys();
  s3.always(faults::reply(200, {}, "Date: " + http_date(-100) + "\r\n"));
  examine(bucket());
  CHECK(contains(of("clock"), "ok 10"));
  CHECK(contains(of("clock"), " s ahead of the service's"));
  s3.always(faults::reply(200));
  examine(bucket());
  CHECK(of("clock") == "unknown the service's replies have no date");
}

TEST_CASE_FIXTURE(DoctorsHome, "nobody listens") {
  keys();
  CHECK(examine("s3://reports?endpoint=http://127.0.0.1:1").exit_code == 1);
  CHECK(of("connection") ==
        "fail unavailable: cannot connect to 127.0.0.1:1: Connection refused\nis a server listening on 127.0.0.1:1?");
  CHECK(of("access") == "unknown not tried, as it needs what failed");
}

TEST_CASE_FIXTURE(DoctorsHome, "a server that never answers: the time that was given is enough") {
  keys();
  s3.always({faults::stall()});
  const auto begun = std::chrono::steady_clock::now();
  CHECK(examine(bucket(), {"--timeout", "1s"}).exit_code == 1);
  CHECK(contains(of("connection"), "fail timeout: "));
  CHECK(std::chrono::steady_clock::now() - begun < ::test::kSoon);
}

TEST_CASE_FIXTURE(DoctorsHome, "a file of certificates that is not there") {
  keys();
  set("AWS_CA_BUNDLE=" + path("nothing.pem"));
  CHECK(examine("s3://reports?endpoint=https://127.0.0.1:1").exit_code == 1);
  CHECK(contains(of("certificates"), "fail invalid_argument: the CA bundle \"" + path("nothing.pem") +
                                         "\" named by AWS_CA_BUNDLE cannot be read: No such file or directory"));
  CHECK(contains(of("connection"), "fail "));
}

TEST_CASE_FIXTURE(DoctorsHome, "a server that nobody vouches for, and one that somebody does") {
  keys();
  const faults::TestAuthority authority;
  faults::ScriptedServer server({.tls = authority.issue({})});
  server.always(faults::reply(200, {}, "Date: " + http_date() + "\r\n"));
  const std::string there = "s3://reports?endpoint=https://" + server.host();
  CHECK(examine(there).exit_code == 1);
  CHECK(contains(of("connection"), "fail unavailable: "));
  CHECK(contains(of("connection"), "certificate"));
  CHECK(server.requests().empty());

  set("AWS_CA_BUNDLE=" + authority.ca_file());
  CHECK(examine(there).exit_code == 0);
  CHECK(of("certificates") == "ok trusts " + authority.ca_file());
  CHECK(contains(of("connection"), "ok answers in "));
}

TEST_CASE_FIXTURE(DoctorsHome, "a proxy: what it is, what named it, and not its password") {
  keys();
  set("HTTPS_PROXY=http://ada:cktest-proxy-secret-31c8@127.0.0.1:1");
  const auto outcome = examine("s3://reports?region=eu-west-1");
  CHECK(of("proxy") == "ok http://127.0.0.1:1, named by HTTPS_PROXY");
  CHECK(contains(of("connection"), "127.0.0.1:1"));
  CHECK_FALSE(contains(outcome.out, "cktest-proxy-secret"));
  CHECK(outcome.exit_code == 1);
}

TEST_CASE_FIXTURE(DoctorsHome, "with --write promises are tried") {
  write("bucket/a", "");
  auto outcome = examine(url("bucket"), {"--write"});
  CHECK(of("write") == "ok an object was put");
  for (const char* topic : {"put if absent", "put if match", "conditional get", "remove if match"}) {
    CAPTURE(topic);
    CHECK(of(topic) == "ok tried, and kept");
  }
  CHECK(outcome.exit_code == 0);
  CHECK(tree("bucket") == "a\n");

  // A server that takes everything, and heeds nothing.
  keys();
  s3.always(object_reply("x"));
  outcome = examine(bucket(), {"--write"});
  CHECK(of("put if absent") ==
        "fail tried, and the condition was ignored\n"
        "build no locks on this store; say ?server= if it is a known one");
  CHECK(contains(of("put if match"), "fail tried, and the condition was ignored\n"));
  CHECK(of("conditional get") == "ok tried, and kept");  // By us, who compare the ETag that comes.
  CHECK(contains(s3.requests().back(), "DELETE /reports/cloudkit-doctor-"));
  CHECK(outcome.exit_code == 1);
}

TEST_CASE_FIXTURE(DoctorsHome, "with --write where nothing may be written") {
  keys();
  for (int i = 0; i < 4; ++i) s3.then(faults::reply(200));
  s3.always(error_reply(403, "AccessDenied", "Access Denied"));
  CHECK(examine(bucket(), {"--write"}).exit_code == 1);
  CHECK(contains(of("write"), "fail put s3://reports/cloudkit-doctor-"));
  CHECK(contains(of("write"), ": AccessDenied (403)"));
  CHECK(contains(of("write"), "may lack s3:PutObject on this bucket, or its policy denies it"));
}
