#include "unit/local/fixture.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace test;

namespace {

SetMetadataOptions owned_by(std::string owner) { return {.metadata = Metadata{{"owner", std::move(owner)}}}; }

}  // namespace

TEST_CASE_FIXTURE(FileBucket, "a file with other names keeps them as they were: they may be a snapshot's") {
  REQUIRE(put(*bucket, "d/k", "data"));
  REQUIRE(::link(path("d/k").c_str(), (root.path() + "/snapshot").c_str()) == 0);
  const auto old = bucket->head("d/k", {}).value();
  const auto info = bucket->set_metadata("d/k", owned_by("ada")).value();
  CHECK(info.metadata == Metadata{{"owner", "ada"}});
  CHECK(info.token == bucket->head("d/k", {}).value().token);
  CHECK(info.token != old.token);
  CHECK(get(*bucket, "d/k").value() == "data");
  struct stat linked{};
  struct stat now{};
  REQUIRE(::stat((root.path() + "/snapshot").c_str(), &linked) == 0);
  REQUIRE(::stat(path("d/k").c_str(), &now) == 0);
  CHECK(linked.st_ino != now.st_ino);
  CHECK(everything() == Keys{"d", "d/k"});
}

TEST_CASE_FIXTURE(FileBucket, "who may read the old file may read the new one, and nobody else") {
  REQUIRE(put(*bucket, "k", "data"));
  REQUIRE(::chmod(path("k").c_str(), 0600) == 0);
  REQUIRE(bucket->set_metadata("k", owned_by("ada")));
  struct stat state{};
  REQUIRE(::stat(path("k").c_str(), &state) == 0);
  CHECK((state.st_mode & 0777) == 0600);
}

TEST_CASE_FIXTURE(FileBucket, "a refusal leaves the object and nothing else") {
  REQUIRE(put(*bucket, "k", "data"));
  SetMetadataOptions options = owned_by("ada");
  options.condition = Condition::match("other");
  CHECK(code_of(bucket->set_metadata("k", options)) == ErrorCode::precondition_failed);
  CHECK(code_of(bucket->set_metadata("missing", options)) == ErrorCode::precondition_failed);
  CHECK(code_of(bucket->set_metadata("missing", owned_by("ada"))) == ErrorCode::not_found);
  const Context cancelled = Context::cancellable();
  cancelled.cancel();
  options = owned_by("ada");
  options.context = cancelled;
  CHECK(code_of(bucket->set_metadata("k", options)) == ErrorCode::cancelled);
  CHECK(bucket->head("k", {}).value().metadata.empty());
  CHECK(everything() == Keys{"k"});
}

TEST_CASE_FIXTURE(FileBucket, "what files cannot do is said") {
  CHECK(code_of(store.create_bucket("v", {.versioned = true})) == ErrorCode::unsupported);
  CHECK_FALSE(store.bucket_exists("v", {}).value());
  CHECK(code_of(bucket->get_tags("k", {})) == ErrorCode::unsupported);
  CHECK(code_of(bucket->list_versions_page({})) == ErrorCode::unsupported);
}
