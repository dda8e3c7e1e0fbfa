#include "flawed_buckets.h"
#include "flawed_extras.h"
#include "flawed_reads.h"
#include "flawed_uploads.h"
#include "flaws.h"

#include <cloudkit/open.h>
#include <cloudkit/testing/conformance.h>
#include <cloudkit/testing/test_bucket.h>

#include <doctest/doctest.h>

#include <algorithm>

using namespace cloudkit;
using testing::CaseResult;
using testing::ObjectStoreHarness;
using testing::Outcome;

namespace {

using Wrap = flaws::Wrap<BucketDriver>;

template <class Driver>
std::shared_ptr<BucketDriver> wrap(std::shared_ptr<BucketDriver> inner) {
  return std::make_shared<Driver>(std::move(inner));
}

// Buckets in memory, each behind what `wrapper` makes of it.
ObjectStoreHarness harness_with(Wrap wrapper) {
  ObjectStoreHarness harness;
  harness.name = "flawed";
  harness.make_bucket = [wrapper]() -> Result<Bucket> {
    static int next = 0;
    const std::string name = "flawed-" + std::to_string(next++);
    auto store = Registry::global().object_store("mem://");
    if (!store) return store.error();
    if (auto status = (*store)->create_bucket(name, {}); !status) return status.error();
    auto driver = (*store)->bucket(name);
    if (!driver) return driver.error();
    return Bucket(wrapper(*driver));
  };
  harness.make_store = [wrapper]() -> Result<ObjectStore> {
    auto store = Registry::global().object_store("mem://");
    if (!store) return store.error();
    return ObjectStore(std::make_shared<flawed::WrappedStore>(*store, wrapper));
  };
  harness.storage_class = "COLD";
  harness.request_count = [] { return flawed::requests.load(); };
  harness.cut_next_reply = [](std::uint64_t bytes) { flawed::cut_after = bytes; };
  return harness;
}

const flaws::Flaw<BucketDriver> kFlaws[] = {
    {"cuts objects at 64 KiB", wrap<flawed::CutsAt64KiB>, "put_get_roundtrip"},
    {"keeps half of a failed put", wrap<flawed::KeepsHalfOfAFailedPut>, "source_that_fails_leaves_nothing"},
    {"keeps half of a source that ended early", wrap<flawed::KeepsHalfOfAFailedPut>,
     "source_that_ends_early_leaves_nothing"},
    {"takes a short read for the end", wrap<flawed::TakesAShortReadForTheEnd>, "bandwidth_limit_is_kept"},
    {"writes in two steps", wrap<flawed::WritesInTwoSteps>, "put_overwrite_is_atomic"},
    {"lists temporary names", wrap<flawed::ShowsItsTemporaryName>, "put_in_progress_is_never_seen"},
    {"throws", wrap<flawed::Throws>, "put_get_roundtrip"},
    {"merges slashes", wrap<flawed::ChangesKeys<flawed::MergeSlashes>>, "keys_slashes"},
    {"resolves dot segments", wrap<flawed::ChangesKeys<flawed::ResolveDots>>, "keys_dot_segments"},
    {"folds case", wrap<flawed::ChangesKeys<flawed::FoldCase>>, "case_distinct"},
    {"takes + for a space", wrap<flawed::ChangesKeys<flawed::PlusIsSpace>>, "weird_keys_roundtrip"},
    {"takes + for a space in lists", wrap<flawed::ChangesKeys<flawed::PlusIsSpace>>, "list_of_weird_keys"},
    {"removes children", wrap<flawed::RemovesChildren>, "remove_prefix_does_not_remove_children"},
    {"fails to remove what is missing", wrap<flawed::FailsToRemoveWhatIsMissing>, "remove_missing_ok"},
    {"drops absent()", wrap<flawed::DropsPutConditions>, "absent_on_existing"},
    {"drops match() of a stale token", wrap<flawed::DropsPutConditions>, "match_stale"},
    {"drops match() of a missing object", wrap<flawed::DropsPutConditions>, "match_on_missing"},
    {"drops not_match() of get", wrap<flawed::DropsGetConditions>, "get_if_none_match_current"},
    {"drops not_match() of get_if_changed", wrap<flawed::DropsGetConditions>, "get_if_changed_tells"},
    {"drops match() of get", wrap<flawed::DropsGetConditions>, "get_if_match_stale"},
    {"drops match() of remove", wrap<flawed::DropsRemoveConditions>, "conditional_remove"},
    {"takes * for a wildcard", wrap<flawed::TakesStarForAWildcard>, "match_stale"},
    {"checks absent(), then acts", wrap<flawed::ChecksThenActs>, "race_32_absent_exactly_one_winner"},
    {"checks match(), then acts", wrap<flawed::ChecksThenActs>, "cas_counter_8x25_increments"},
    {"checks absent(), then copies", wrap<flawed::ChecksThenActs>, "race_of_copies_exactly_one_winner"},
    {"checks match(), then removes", wrap<flawed::ChecksThenActs>, "race_of_removals_exactly_one_winner"},
    {"returns a stale token", wrap<flawed::ReturnsAStaleToken>, "put_returns_token_equal_to_head"},
    {"makes tokens of sizes", wrap<flawed::MakesTokensOfSizes>, "token_changes_on_new_content"},
    {"sends a request too many", wrap<flawed::LooksBeforeEachGet>, "request_budget"},
    {"fetches pages ahead", wrap<flawed::FetchesPagesAhead>, "list_is_lazy"},
    {"leaves files open", wrap<flawed::LeavesFilesOpen>, "descriptor_count_returns"},
    {"reads ranges one byte too long", wrap<flawed::ChangesRanges<flawed::OneByteTooMany>>, "range_first_middle_last"},
    {"takes a suffix for an offset", wrap<flawed::ChangesRanges<flawed::SuffixIsOffset>>, "range_suffix"},
    {"takes any range", wrap<flawed::TakesAnyRange>, "range_start_past_end"},
    {"loses metadata", wrap<flawed::ChangesInfo<flawed::LoseMetadata>>, "metadata_roundtrip"},
    {"loses metadata without a value", wrap<flawed::ChangesInfo<flawed::LoseEmptyValues>>,
     "metadata_values_may_be_empty"},
    {"loses a header", wrap<flawed::ChangesInfo<flawed::LoseLanguage>>, "five_headers_roundtrip"},
    {"loses the content type", wrap<flawed::ChangesInfo<flawed::LoseType>>, "content_type_given_or_default"},
    {"merges metadata", wrap<flawed::MergesMetadata>, "metadata_is_replaced_by_put"},
    {"decodes gzip", wrap<flawed::DecodesGzip>, "gzip_encoding_bytes_untouched"},
    {"copies bytes only", wrap<flawed::CopiesBytesOnly>, "copy_bytes_and_metadata"},
    {"copies two headers only", wrap<flawed::CopiesTwoHeaders>, "copy_bytes_and_metadata"},
    {"copies two headers with other metadata", wrap<flawed::CopiesTwoHeaders>, "copy_replace_metadata"},
    {"copies two headers onto themselves", wrap<flawed::CopiesTwoHeaders>, "copy_onto_itself"},
    {"moves instead of copying", wrap<flawed::MovesInsteadOfCopying>, "copy_bytes_and_metadata"},
    {"takes local time for UTC", wrap<flawed::TakesLocalTimeForUtc>, "head_matches_get"},
    {"says unknown for missing", wrap<flawed::SaysUnknownForMissing>, "head_missing"},
    {"says unknown for missing in exists", wrap<flawed::SaysUnknownForMissing>, "exists_tells"},
    {"does not sort", wrap<flawed::ChangesPages<flawed::Unsorted>>, "list_order_utf8_bytes"},
    {"lists prefixes last", wrap<flawed::ChangesPages<flawed::PrefixesLast>>, "list_chars_before_delimiter"},
    {"skips a key between pages", wrap<flawed::ChangesPages<flawed::SkipsAKeyBetweenPages>>,
     "pagination_2500_keys_no_dup_no_gap"},
    {"repeats a key between pages", wrap<flawed::RepeatsAKeyBetweenPages>, "pagination_2500_keys_no_dup_no_gap"},
    {"ends after the first page", wrap<flawed::ChangesPages<flawed::EndsAfterTheFirstPage>>,
     "page_of_exactly_all_keys"},
    {"lists sizes of zero", wrap<flawed::ChangesPages<flawed::SizesAreZero>>, "list_info_equals_head"},
    {"lists the size of the first put", wrap<flawed::ListsTheFirstPut<flawed::KeepSize>>, "list_shows_the_last_put"},
    {"lists the token of the first put", wrap<flawed::ListsTheFirstPut<flawed::KeepToken>>, "list_shows_the_last_put"},
    {"lists the time of the first put", wrap<flawed::ListsTheFirstPut<flawed::KeepTime>>, "list_shows_the_last_put"},
    {"says the time of the first put by head", wrap<flawed::HeadKeepsTheFirstTime>, "list_shows_the_last_put"},
    {"takes a prefix for a path", wrap<flawed::ChangesPages<flawed::PrefixIsAPath>>, "list_prefix_is_bytes_not_path"},
    {"starts with what it should start after", wrap<flawed::StartAfterIsInclusive>, "list_start_after_is_exclusive"},
    {"groups within a page", wrap<flawed::GroupsWithinAPage>, "prefixes_come_once_across_pages"},
    {"forgets the last part", wrap<flawed::ForgetsTheLastPart>, "put_in_parts_roundtrip"},
    {"joins parts by the text of their numbers", wrap<flawed::JoinsPartsByTheirText>, "put_in_eleven_parts"},
    {"forgets what begin said", wrap<flawed::ForgetsWhatBeginSaid>, "put_in_parts_roundtrip"},
    {"keeps the type alone of an upload", wrap<flawed::KeepsTheTypeOfUploads>, "put_in_parts_roundtrip"},
    {"drops absent() of parts", wrap<flawed::DropsConditionsOfParts>, "condition_absent_with_parts"},
    {"drops match() of parts", wrap<flawed::DropsConditionsOfParts>, "condition_match_with_parts"},
    {"removes the object before its parts come", wrap<flawed::RemovesBeforeParts>,
     "put_in_parts_that_fails_keeps_the_old_object"},
    {"removes it when the upload is cancelled", wrap<flawed::RemovesBeforeParts>,
     "put_in_parts_that_is_cancelled_keeps_the_old_object"},
    {"lists its parts", wrap<flawed::ListsItsUploads>, "put_in_parts_roundtrip"},
    {"forgets uploads", wrap<flawed::ForgetsUploads>, "resume_from_journal_skips_done_parts"},
    {"has one token for all of a size", wrap<flawed::HasOneTokenForASize>, "resume_download_from_journal"},
    {"aborts nothing", wrap<flawed::AbortsNothing>, "abandoned_upload_is_listed_and_aborted"},
    {"looks before each part", wrap<flawed::LooksBeforeEachPart>, "parts_request_budget"},
    {"forgets the last part of a writer", wrap<flawed::ForgetsTheLastPart>, "writer_0_1_part_exact_boundaries"},
    {"forgets what a writer began with", wrap<flawed::ForgetsWhatBeginSaid>, "writer_unknown_length_many_parts"},
    {"keeps the type alone of a writer", wrap<flawed::KeepsTheTypeOfUploads>, "writer_unknown_length_many_parts"},
    {"keeps the parts of an abandoned writer", wrap<flawed::AbortsNothing>, "writer_abandon_leaves_nothing"},
    {"removes the object before a writer's parts come", wrap<flawed::RemovesBeforeParts>,
     "writer_cancel_keeps_old_object"},
    {"drops the condition of a writer", wrap<flawed::DropsConditionsOfParts>, "writer_conditions"},
    {"decides the condition of a writer when it begins", wrap<flawed::ChecksConditionsAtBegin>,
     "writer_condition_is_decided_at_the_end"},
    {"shares the uploads of a key", wrap<flawed::SharesUploadsOfAKey>, "two_writers_same_key_last_complete_wins"},
    {"reads blocks one byte too long", wrap<flawed::ChangesRanges<flawed::OneByteTooMany>>, "reader_reads_in_order"},
    {"reads blocks one byte early", wrap<flawed::ChangesRanges<flawed::OneByteEarly>>, "reader_seeks"},
    {"makes tokens of sizes, for readers too", wrap<flawed::HasOneTokenForASize>, "reader_detects_overwrite"},
    {"takes a cut for the end", wrap<flawed::TakesACutForTheEnd>, "reader_survives_cut_connection"},
    {"leaves files open after gets", wrap<flawed::LeavesFilesOpen>, "reader_early_close_no_leak"},
    {"cuts streams at 64 KiB", wrap<flawed::CutsAt64KiB>, "iostreams_roundtrip"},
    {"looks before each block", wrap<flawed::LooksBeforeEachGet>, "streams_request_budget"},
    {"looks before each part of a writer", wrap<flawed::LooksBeforeEachPart>, "streams_request_budget"},
    {"forgets the first of many", wrap<flawed::RemovesMany<flawed::ForgetTheFirst>>, "bulk_delete_1500_mixed_missing"},
    {"fails many for a missing one", wrap<flawed::RemovesMany<flawed::FailForMissing>>,
     "bulk_delete_1500_mixed_missing"},
    {"trims the keys of many", wrap<flawed::RemovesMany<flawed::TrimKeys>>, "bulk_delete_weird_keys"},
    {"removes of a prefix what is a path", wrap<flawed::ChangesPages<flawed::PrefixIsAPath>>, "remove_all_of_a_prefix"},
    {"merges in set_metadata", wrap<flawed::MergesOnSetMetadata>, "set_metadata_replaces"},
    {"forgets headers in set_metadata", wrap<flawed::ForgetsHeadersOnSetMetadata>, "set_metadata_replaces"},
    {"drops tags in set_metadata", wrap<flawed::DropsTagsOnSetMetadata>, "set_metadata_keeps_the_tags"},
    {"forgets the storage class", wrap<flawed::ForgetsTheStorageClass>, "set_metadata_keeps_the_storage_class"},
    {"copies to the usual storage class", wrap<flawed::CopiesToTheUsualClass>, "storage_class_kept_or_refused"},
    {"drops match() of set_metadata", wrap<flawed::DropsSetMetadataConditions>, "set_metadata_condition"},
    {"folds the names of tags", wrap<flawed::FoldsTagNames>, "tags_roundtrip"},
    {"drops the tags of a put", wrap<flawed::DropsTagsOfPuts>, "tags_of_a_put"},
    {"drops the tags of an upload", wrap<flawed::DropsTagsOfUploads>, "tags_of_a_put_in_parts"},
    {"cuts the values of tags", wrap<flawed::CutsTagValues>, "tags_at_their_limits"},
    {"reads the latest version whatever was asked for", wrap<flawed::ReadsTheLatestVersion>,
     "versions_list_get_delete_undelete"},
    {"lists delete markers last", wrap<flawed::ChangesVersionPages<flawed::MarkersLast>>,
     "versions_list_get_delete_undelete"},
    {"lists one version a page", wrap<flawed::ChangesVersionPages<flawed::OnlyOneOfAPage>>,
     "versions_come_once_across_pages"},
    {"takes neighbours' removals back", wrap<flawed::RemovesVersionsOfNeighbours>, "undelete_through_several_markers"},
    {"invents versions", wrap<flawed::ChangesVersionPages<flawed::NoNullVersion>>, "versions_of_an_unversioned_bucket"},
    {"removes many one by one, though it says otherwise", wrap<flawed::RemovesManyOneByOne>, "request_budget"},
};

}  // namespace

TEST_CASE("every flaw is caught by the case that is named for it") {
  flaws::check_each_is_caught(kFlaws, harness_with);
}

TEST_CASE("what has no flaw passes, and its requests are within the budget") {
  for (const std::string& name : testing::object_store_cases()) {
    const CaseResult result = testing::run(name, harness_with(wrap<flawed::Counts>));
    INFO(name, ": ", result.text);
    CHECK(result.outcome != Outcome::failed);
    if (name == "request_budget" || name == "list_is_lazy") CHECK(result.outcome == Outcome::passed);
  }
}

TEST_CASE("what removes none at once is asked for one by one") {
  const CaseResult result = testing::run("request_budget", harness_with(wrap<flawed::RemovesNoneAtOnce>));
  INFO(result.text);
  CHECK(result.outcome == Outcome::passed);
}

TEST_CASE("a file that something else in the program opens meanwhile is no leak of the backend") {
  const CaseResult result = testing::run("descriptor_count_returns", harness_with(wrap<flawed::OpensAFileOnce>));
  INFO(result.text);
  CHECK(result.outcome == Outcome::passed);
}

TEST_CASE("what resumes a cut connection passes") {
  CHECK(testing::run("reader_survives_cut_connection", harness_with(wrap<flawed::Cuts>)).outcome == Outcome::passed);
}

TEST_CASE("a failure says what was expected and what came instead") {
  const auto text = [](const char* name, Wrap wrapper) { return testing::run(name, harness_with(wrapper)).text; };
  CHECK(text("range_first_middle_last", wrap<flawed::ChangesRanges<flawed::OneByteTooMany>>) ==
        "the first byte: expected \"0\", got \"01\"");
  CHECK(text("absent_on_existing", wrap<flawed::DropsPutConditions>) ==
        "put with absent() over an object: expected precondition_failed, but it succeeded");
  CHECK(text("page_of_exactly_all_keys", wrap<flawed::ChangesPages<flawed::EndsAfterTheFirstPage>>) ==
        "six keys with three a page: expected [\"k00000\", \"k00001\", \"k00002\", \"k00003\", \"k00004\", \"k00005\"] "
        "(6), got [\"k00000\", \"k00001\", \"k00002\"] (3)");
  CHECK(text("pagination_2500_keys_no_dup_no_gap", wrap<flawed::ChangesPages<flawed::SkipsAKeyBetweenPages>>)
            .find("they differ from entry 1000 on: expected \"k01000\", got \"k01001\"") != std::string::npos);
  CHECK(text("put_get_roundtrip", wrap<flawed::Throws>) == "an exception was thrown: a driver that throws");
  CHECK(text("list_order_utf8_bytes", wrap<flawed::ChangesPages<flawed::Unsorted>>)
            .find("expected [\"A\", \"Z\", \"a-b\"") != std::string::npos);
}

TEST_CASE("a known deviation is skipped while it fails, and a failure once it is gone") {
  ObjectStoreHarness harness = harness_with(wrap<flawed::DropsPutConditions>);
  harness.known_deviations = {{"absent_on_existing", "version 1 ignores If-None-Match"}};
  CaseResult result = testing::run("absent_on_existing", harness);
  CHECK(result.outcome == Outcome::skipped);
  CHECK(result.text.find("known deviation: version 1 ignores If-None-Match") == 0);

  harness = harness_with(wrap<ForwardingBucket>);
  harness.known_deviations = {{"absent_on_existing", "version 1 ignores If-None-Match"},
                              {"presign_get", "version 1 ignores signatures"}};
  result = testing::run("absent_on_existing", harness);
  CHECK(result.outcome == Outcome::failed);
  CHECK(result.text.find("the deviation is gone: remove its line") == 0);
  CHECK(testing::run("presign_get", harness).text.find("the case is skipped anyway") == 0);
  CHECK(testing::run("list_empty", harness).outcome == Outcome::passed);

  // What fails by chance only may pass.
  harness.known_deviations = {};
  harness.occasional_deviations = {{"absent_on_existing", "version 1 loses races"}};
  CHECK(testing::run("absent_on_existing", harness).outcome == Outcome::passed);
  ObjectStoreHarness unlucky = harness_with(wrap<flawed::DropsPutConditions>);
  unlucky.occasional_deviations = harness.occasional_deviations;
  result = testing::run("absent_on_existing", unlucky);
  CHECK(result.outcome == Outcome::skipped);
  CHECK(result.text.find("known deviation: version 1 loses races") == 0);

  harness.known_deviations = {{"no_such_case", "a slip of the pen"}};
  CHECK(testing::run("list_empty", harness).text ==
        "known_deviations names a case that does not exist: \"no_such_case\"");
}

TEST_CASE("a harness that cannot work is a failure, not a crash") {
  CHECK(testing::run("no_such_case", harness_with(wrap<ForwardingBucket>)).text == "there is no case of this name");
  CHECK(testing::run("list_empty", {}).text == "the harness has no make_bucket");
  ObjectStoreHarness harness;
  harness.make_bucket = []() -> Result<Bucket> { return Error{ErrorCode::unavailable, "no server"}; };
  CHECK(testing::run("list_empty", harness).text == "make_bucket failed: unavailable (unavailable: no server)");
  harness.make_bucket = []() -> Result<Bucket> { throw 1; };
  CHECK(testing::run("list_empty", harness).outcome == Outcome::failed);
}

TEST_CASE("where uploads cannot be listed, the cases about them could not fail") {
  const auto outcome = [](const std::string& name, auto wrapper) {
    ObjectStoreHarness harness = harness_with(wrapper);
    harness.open_uploads = [] { return flawed::open_uploads.load(); };
    harness.sent_bytes = [] { return flawed::sent_bytes.load(); };
    return testing::run(name, harness).outcome;
  };
  for (const char* const name :
       {"resume_from_journal_skips_done_parts", "writer_abandon_leaves_nothing", "writer_cancel_keeps_old_object"}) {
    CAPTURE(name);
    CHECK(outcome(name, wrap<flawed::HidesItsUploads>) == Outcome::passed);
    CHECK(outcome(name, wrap<flawed::HidesAndAbortsNothing>) == Outcome::failed);
  }
  CHECK(outcome("resume_from_journal_skips_done_parts", wrap<flawed::HidesAndForgetsUploads>) == Outcome::failed);
  // Nobody would see it.
  CHECK(testing::run("resume_from_journal_skips_done_parts", harness_with(wrap<flawed::HidesItsUploads>)).outcome ==
        Outcome::skipped);
}

TEST_CASE("a case leaves nothing in its bucket") {
  ObjectStoreHarness harness = harness_with(wrap<ForwardingBucket>);
  const Bucket only = harness.make_bucket().value();
  harness.make_bucket = [&]() -> Result<Bucket> { return only; };
  for (const char* name : {"put_get_roundtrip", "keys_slashes", "pagination_2500_keys_no_dup_no_gap", "list_empty"}) {
    CHECK(testing::run(name, harness).outcome == Outcome::passed);
    CHECK(only.list_all().value().empty());
  }
}

TEST_CASE("an upload that a case could not end is ended after it") {
  ObjectStoreHarness harness = harness_with(wrap<ForwardingBucket>);
  const testing::TestBucket only(harness.make_bucket().value().driver());
  harness.make_bucket = [&]() -> Result<Bucket> { return only.bucket(); };
  only.fail({.call = testing::BucketCall::abort_upload, .code = ErrorCode::permission_denied});
  CHECK(testing::run("abandoned_upload_is_listed_and_aborted", harness).outcome == Outcome::failed);
  UploadListing left = only.bucket().list_uploads();
  CHECK(left.begin() == left.end());
}

TEST_CASE("a bucket that is not empty, perhaps a stranger's, is refused and left as it is") {
  ObjectStoreHarness harness = harness_with(wrap<ForwardingBucket>);
  const Bucket precious = harness.make_bucket().value();
  harness.make_bucket = [&]() -> Result<Bucket> { return precious; };
  const auto refused = [&](const std::string& what) {
    for (const std::string& name : testing::object_store_cases()) {
      const CaseResult result = testing::run(name, harness);
      INFO(name);
      CHECK(result.outcome == Outcome::failed);
      CHECK(result.text == "make_bucket's bucket is not empty: " + precious.url() + " holds " + what +
                               ", and nothing of it was removed; give the suite a bucket or a prefix of its own");
    }
  };
  REQUIRE(precious.put("photo", "1"));
  refused("\"photo\"");
  CHECK(precious.get("photo").value().data == "1");
  REQUIRE(precious.remove("photo"));
  REQUIRE(precious.driver()->begin_upload("film", {}));
  refused("an upload of \"film\"");
  UploadListing uploads = precious.list_uploads();
  CHECK(uploads.begin() != uploads.end());

  // Below a prefix it is nobody's.
  CHECK(testing::run("put_get_roundtrip", testing::below_prefix(harness)).outcome == Outcome::passed);
}

TEST_CASE("the names of the cases are unique") {
  std::vector<std::string> names = testing::object_store_cases();
  CHECK(names.size() > 90);
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

TEST_CASE("docs/backends.md lists the cases, all of them, in their order") {
  CHECK(flaws::documented_cases("## The cases") == testing::object_store_cases());
}
