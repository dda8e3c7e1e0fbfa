#include "fixture.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::testing;

// The service tells names of metadata apart by their case, which ObjectInfo folds.
namespace {

struct NamesFixture : Fixture {
  /// The body of the PATCH that replaces the metadata `now`, as JSON.
  std::string patch_of(std::string_view now, Metadata wanted) {
    std::string text;
    transport->then(reply(200, {}, resource("k", "5", fmt::format(",\"metadata\":{}", now))))
        .then(keeping(text, reply(200, {}, resource("k"))));
    SetMetadataOptions options;
    options.metadata = std::move(wanted);
    REQUIRE(bucket->set_metadata("k", options));
    return text.substr(text.find("\n\n") + 2);
  }

  /// The body of a copy whose source has these metadata.
  std::string copy_of(std::string_view now, const CopyOptions& options) {
    std::string text;
    transport->then(reply(200, {}, resource("k", "5", fmt::format(",\"metadata\":{}", now))))
        .then(keeping(text, reply(200, {}, fmt::format(R"({{"done":true,"resource":{}}})", resource("copy")))));
    REQUIRE(::test::copy(*bucket, "k", "copy", options));
    return text.substr(text.find("\n\n") + 2);
  }
};

}  // namespace

TEST_CASE_FIXTURE(NamesFixture, "metadata are taken away by the names that they are stored under") {
  CHECK(patch_of(R"({"firebaseStorageDownloadTokens":"T"})", {}) ==
        R"({"metadata":{"firebaseStorageDownloadTokens":null}})");
  CHECK(patch_of(R"({"Owner":"ada","team":"a"})", {{"owner", "bob"}, {"team", "b"}}) ==
        R"({"metadata":{"Owner":null,"owner":"bob","team":"b"}})");
  CHECK(patch_of(R"({"Owner":"ada","owner":"eve"})", {}) == R"({"metadata":{"Owner":null,"owner":null}})");
}

TEST_CASE_FIXTURE(NamesFixture, "a copy with other attributes keeps the names of the source's metadata") {
  CopyOptions colder;
  colder.storage_class = "NEARLINE";
  CHECK(copy_of(R"({"Owner":"ada"})", colder) == R"({"metadata":{"Owner":"ada"},"storageClass":"NEARLINE"})");
  CopyOptions retyped;
  retyped.content = ContentHeaders{.type = "text/plain"};
  CHECK(copy_of(R"({"Owner":"ada"})", retyped) == R"({"contentType":"text/plain","metadata":{"Owner":"ada"}})");
  CopyOptions renamed;
  renamed.metadata = Metadata{{"owner", "bob"}};
  CHECK(copy_of(R"({"Owner":"ada"})", renamed) == R"({"metadata":{"owner":"bob"}})");
}

TEST_CASE_FIXTURE(NamesFixture, "names of metadata are shown folded, as by every backend") {
  transport->then(reply(200, {}, resource("k", "5", R"(,"metadata":{"Owner":"ada"})")));
  CHECK(bucket->head("k", {})->metadata == Metadata{{"owner", "ada"}});
}
