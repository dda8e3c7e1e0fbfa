#include "testing/functions/suite.h"

#include <filesystem>

/// What is left when a function is gone, and what code is the same.
namespace cloudkit::inline v0::testing::functions {
namespace {

// A list of what belongs to a function that is gone: empty, or the function is not found.
template <class T>
void expect_none(const FunctionCase& c, const Result<std::vector<T>>& listed, std::string_view what) {
  if (listed) {
    c.expect(listed->empty(), std::string(what) + " should be gone with the function");
  } else {
    c.expect_error(listed, ErrorCode::not_found, what);
  }
}

void remove_cascade_leaves_nothing(const FunctionCase& c) {
  const std::string neighbour = c.deploy_behaviour("behaviour.echo", "neighbour");
  const std::string name = c.deploy_behaviour("behaviour.echo");
  c.call(name, "1");
  const FunctionRuntime& runtime = c.runtime();
  if (c.can().endpoints) {
    c.expect_ok(runtime.expose(name, {.method = "GET", .path = "/hello", .stage = "dev", .is_public = true}),
                "exposing");
  }
  if (c.can().schedules) c.expect_ok(runtime.schedule(name, {.name = "daily", .cron = "0 1 * * *"}), "scheduling");
  if (c.can().versions) {
    c.expect_ok(runtime.set_alias(name, "live", c.expect_ok(runtime.publish(name), "publishing")), "making an alias");
  }
  c.expect_ok(runtime.remove(name, {.cascade = true}), "removing a function and all it has");
  c.expect(c.soon([&] { return !runtime.get(name); }), "a removed function should be gone");
  c.expect_error(runtime.get(name), ErrorCode::not_found, "getting a removed function");
  if (c.can().endpoints) expect_none(c, runtime.endpoints(name), "its endpoints");
  if (c.can().schedules) expect_none(c, runtime.schedules(name), "its schedules");
  if (c.can().logs) c.expect_equal(c.log(name), std::vector<std::string>(), "its log");
  if (c.harness().leftovers) {
    c.expect_equal(c.expect_ok(c.harness().leftovers(name), "leftovers"), std::vector<std::string>(),
                   "what is left of a removed function");
  }
  c.expect_equal(c.call(neighbour, "1"), "1", "what its neighbour answers");
}

void zip_reproducible_and_mode_0755(const FunctionCase& c) {
  namespace fs = std::filesystem;
  FunctionSpec spec = c.spec("behaviour.echo");
  if (spec.code.kind() != FunctionCode::Kind::directory) c.skip("the harness's code is no directory");
  const fs::path original = spec.code.location();
  const Function first = c.deploy(spec);
  c.expect(!first.code_digest.empty(), "code from a directory should have a digest");

  // The same files, written at another time to another place.
  const ScratchDirectory scratch;
  const fs::path copy = scratch.file("copy");
  fs::copy(original, copy, fs::copy_options::recursive);
  for (const auto& entry : fs::recursive_directory_iterator(copy)) {
    fs::last_write_time(entry, fs::last_write_time(entry) - std::chrono::hours(1000));
  }
  spec.code = FunctionCode::directory(copy.string());
  const Function same = c.deploy(spec);
  c.expect_equal(same.code_digest, first.code_digest, "the digest of the same files");
  c.expect(same.modified == first.modified, "deploying the same files should modify nothing");
  // An equal digest sends nothing; a function made anew has what was sent.
  c.expect_ok(c.runtime().remove(spec.name), "removing the function");
  c.expect(c.soon([&] { return !c.runtime().get(spec.name); }), "a removed function should be gone");
  const Function second = c.deploy(spec);
  c.expect_equal(second.code_digest, first.code_digest, "the digest of the same files, sent again");
  c.expect_equal(second.revision, first.revision, "the revision of the same files, sent again");
  c.expect_equal(c.call(spec.name, "1"), "1", "what the copy answers");

  // Whether a file may be run is part of the code.
  const fs::path extra = copy / "extra.sh";
  write_file(c, extra.string(), "#!/bin/sh\n");
  fs::permissions(extra, fs::perms::owner_read | fs::perms::owner_write);
  const Function plain = c.deploy(spec);
  c.expect(plain.code_digest != first.code_digest, "another file should be other code");
  fs::permissions(extra, fs::perms::owner_all);
  c.expect(c.deploy(spec).code_digest != plain.code_digest, "a file that became a program should be other code");
}

constexpr FunctionCaseEntry kEndCases[] = {
    {"remove_cascade_leaves_nothing", remove_cascade_leaves_nothing},
    {"zip_reproducible_and_mode_0755", zip_reproducible_and_mode_0755},
};

}  // namespace

FunctionCaseList end_cases() { return kEndCases; }

}  // namespace cloudkit::inline v0::testing::functions
