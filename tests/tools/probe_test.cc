#include "tools/doctor.h"

#include <filesystem>

using namespace test;

namespace {

struct ProbesHome : DoctorsHome {
  ProbesHome() { std::filesystem::create_directory(path("bucket")); }

  nlohmann::json report = {};

  Outcome probe(const std::string& where, const Words& more = {}) {
    Words words{"probe", where, "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const auto outcome = run(words);
    CHECK_FALSE(contains(outcome.out + outcome.err, kSecret));
    report = outcome.out.empty() ? nlohmann::json::object() : nlohmann::json::parse(outcome.out);
    return outcome;
  }

  std::string answer(const std::string& name) const {
    for (const auto& behaviour : report.at("behaviours")) {
      if (behaviour["name"] == name) return behaviour["answer"].get<std::string>();
    }
    return {};
  }
};

}  // namespace

TEST_CASE_FIXTURE(ProbesHome, "files: what they honour, in columns and as JSON, and nothing is left") {
  write("bucket/mine", "mine");
  auto outcome = run({"probe", url("bucket")});
  CHECK(outcome.err == "");
  CHECK(outcome.out.rfind("honoured      put if absent\nhonoured      put if match\n", 0) == 0);
  CHECK(contains(outcome.out, "\nrefused       tags                          unsupported: "));
  CHECK(contains(outcome.out, "\nall that cloudkit relies on here is honoured\n"));
  CHECK(outcome.exit_code == 0);

  CHECK(probe(url("bucket")).exit_code == 0);
  CHECK(report["keeps_promises"] == true);
  CHECK(answer("put if absent") == "honoured");
  CHECK(answer("keys with //") == "refused");
  CHECK(run({"probe", path("bucket")}).exit_code == 0);
  CHECK(tree("bucket") == "mine\n");
  CHECK(read("bucket/mine") == "mine");
}

TEST_CASE_FIXTURE(ProbesHome, "below a prefix") {
  keys();
  s3.always(object_reply("x"));
  probe(bucket().replace(5, 7, "reports/some/where"));
  for (const std::string& request : s3.requests()) {
    CAPTURE(request);
    const bool inside = contains(request, "/reports/some/where/cloudkit-probe-") ||
                        contains(request, "prefix=some%2Fwhere%2Fcloudkit-probe-") ||
                        contains(request, "<Key>some/where/cloudkit-probe-");
    CHECK(inside);
  }
}

TEST_CASE_FIXTURE(ProbesHome, "a server that takes everything and heeds nothing: which promises are broken") {
  keys();
  s3.always(object_reply("x"));
  auto outcome = probe(bucket());
  CHECK(outcome.exit_code == 1);
  CHECK(report["keeps_promises"] == false);
  CHECK(answer("put if absent") == "not honoured");
  CHECK(answer("remove if match") == "not honoured");
  CHECK(answer("ranges") != "honoured");
  outcome = run({"probe", bucket()});
  CHECK(
      contains(outcome.out,
               "not honoured  put if absent                 the condition was ignored\n"
               "                                            hint: build no locks on this store; say ?server= if it is "
               "a known one\n"));
  CHECK(contains(outcome.out, "\ncloudkit relies on what is not honoured here: put if absent, put if match, "));
  CHECK(outcome.exit_code == 1);
}

TEST_CASE_FIXTURE(ProbesHome, "where nothing may be written, or nobody is") {
  keys();
  s3.always(error_reply(403, "AccessDenied", "Access Denied"));
  auto outcome = probe(bucket());
  CHECK(contains(outcome.err, "AccessDenied"));
  CHECK(contains(outcome.err, "\"operation\":\"probe\""));
  CHECK(outcome.exit_code == 4);
  CHECK(run({"probe", "mem://nothing"}).exit_code == 3);
  outcome = run({"probe", url("nothing")});
  CHECK(contains(outcome.err, url("nothing") + " is no directory\n  hint: make it: cloudkit mb"));
  CHECK(outcome.exit_code == 3);
  CHECK(run({"probe", "s3://reports?endpoint=http://127.0.0.1:1"}).exit_code == 5);
}

TEST_CASE_FIXTURE(ProbesHome, "time that is up, and words that are wrong") {
  keys();
  s3.always({faults::stall()});
  const auto outcome = probe(bucket(), {"--timeout", "1s"});
  CHECK(contains(outcome.err, "\"code\":\"timeout\""));
  CHECK(outcome.exit_code == 5);
  CHECK(contains(run({"probe", url("bucket"), "--timeout", "0"}).err, "--timeout 0 is too short"));
  CHECK(run({"probe", url("bucket"), "--timeout", "soon"}).exit_code == 2);
  CHECK(run({"probe"}).exit_code == 2);
  CHECK(run({"probe", "s3://"}).exit_code == 2);
  CHECK(run({"probe", "s3://reports?regio=x"}).exit_code == 2);
}

TEST_CASE_FIXTURE(ProbesHome, "what is refused though it is promised, and what could not be told, are named") {
  keys();
  s3.answer([](const std::string& head) -> std::optional<faults::Script> {
    if (contains(head, "if-none-match: *")) return faults::Script(error_reply(501, "NotImplemented", "not here"));
    if (contains(head, "tagging")) return faults::Script(error_reply(403, "AccessDenied", "Access Denied"));
    return std::nullopt;
  });
  s3.always(object_reply("x"));
  const auto outcome = run({"probe", bucket()});
  CHECK(outcome.out.starts_with("refused       put if absent "));
  const std::size_t untold = outcome.out.find("\ncould not be told: ");
  REQUIRE(untold != std::string::npos);
  CHECK(contains(outcome.out.substr(untold + 1, outcome.out.find('\n', untold + 1) - untold), ", tags, "));
  CHECK(contains(outcome.out, "\ncloudkit relies on what is not honoured here: put if absent, "));
  CHECK(outcome.exit_code == 1);
}
