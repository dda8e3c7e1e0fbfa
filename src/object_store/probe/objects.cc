#include "object_store/probe/run.h"

#include <utility>

// Ranges, attributes, versions, removals.
namespace cloudkit::inline v0::object_store {
namespace {

Tried must_read(const Result<std::string>& bytes, std::string_view expected, const char* otherwise) {
  if (!bytes) return answer_of(bytes.error());
  return *bytes == expected ? Tried{} : not_honoured(otherwise);
}

Tried ranges(ProbeRun& run) {
  Tried tried = must_read(run.get(kObject, ByteRange{2, 3}), "234", "other bytes came than were asked for");
  if (tried.answer != Answer::honoured) return tried;
  return must_read(run.get(kObject, ByteRange{8, 100}), "89", "a range past the end was not cut there");
}

Tried suffix_range(ProbeRun& run) {
  return must_read(run.get(kObject, ByteRange::suffix(3)), "789", "other bytes came than the last ones");
}

Tried range_of_nothing(ProbeRun& run) {
  if (const auto put = run.put("empty", ""); !put) return answer_of(put.error());
  return must_read(run.get("empty", ByteRange{0, 10}), "", "an object without bytes gave some");
}

Tried metadata(ProbeRun& run) {
  const Metadata sent{{"colour", "blue"}, {"with-dash", "two  words; \"quoted\", 100%"}};
  PutOptions options;
  options.metadata = sent;
  if (const auto put = run.put("described", kBytes, options); !put) return answer_of(put.error());
  const auto info = run.head("described");
  if (!info) return answer_of(info.error());
  return info->metadata == sent ? Tried{} : not_honoured("metadata came back changed, or not at all");
}

Tried content_headers(ProbeRun& run) {
  PutOptions options;
  options.content = {"text/x-probe", "max-age=60", "gzip", "attachment", "de"};
  if (const auto put = run.put("headers", kBytes, options); !put) return answer_of(put.error());
  const auto info = run.head("headers");
  if (!info) return answer_of(info.error());
  const ContentHeaders& got = info->content;
  const std::pair<const char*, bool> kept[] = {{"content type", got.type == options.content.type},
                                               {"cache control", got.cache_control == options.content.cache_control},
                                               {"content encoding", got.encoding == options.content.encoding},
                                               {"content disposition", got.disposition == options.content.disposition},
                                               {"content language", got.language == options.content.language}};
  std::string lost;
  for (const auto& [name, same] : kept) {
    if (!same) lost += (lost.empty() ? "" : ", ") + std::string(name);
  }
  return lost.empty() ? Tried{} : not_honoured("changed or lost: " + lost);
}

Tried set_metadata(ProbeRun& run) {
  if (const auto put = run.put("changed", kBytes); !put) return answer_of(put.error());
  SetMetadataOptions options;
  options.metadata = Metadata{{"colour", "red"}};
  options.context = run.context();
  if (const auto set = run.bucket().set_metadata("changed", options); !set) return answer_of(set.error());
  const auto info = run.head("changed");
  if (!info) return answer_of(info.error());
  if (info->metadata != *options.metadata) return not_honoured("the metadata are what they were");
  return run.expect("changed", kBytes);
}

Tried tags(ProbeRun& run) {
  const Tags sent{{"Colour", "blue green"}, {"k", "+-=._:/@"}};
  if (const auto set = run.bucket().set_tags(kObject, sent, {{}, run.context()}); !set) return answer_of(set.error());
  const auto got = run.bucket().get_tags(kObject, {{}, run.context()});
  if (!got) return answer_of(got.error());
  return *got == sent ? Tried{} : not_honoured("tags came back changed, or not at all");
}

Tried versions(ProbeRun& run) {
  const auto first = run.put("versions", "one");
  if (!first) return answer_of(first.error());
  if (const auto second = run.put("versions", "two"); !second) return answer_of(second.error());
  bool is_kept = false;
  for (const auto& entry : run.bucket().list_versions({.prefix = "versions", .context = run.context()})) {
    if (!entry) return answer_of(entry.error());
    is_kept |= entry->version_id == first->version_id;
  }
  // Generations have numbers also where only the last one is kept.
  if (first->version_id.empty() || !is_kept) return {Answer::unknown, "the bucket keeps none", {}};
  GetOptions options;
  options.version_id = first->version_id;
  options.context = run.context();
  const auto old = run.bucket().get("versions", options);
  if (!old) return answer_of(old.error());
  return old->data == "one" ? Tried{} : not_honoured("an older version has other bytes");
}

Tried remove_many(ProbeRun& run) {
  for (const char* const key : {"gone/1", "gone/2"}) {
    if (const auto put = run.put(key, "x"); !put) return answer_of(put.error());
  }
  const std::vector<std::string> keys{run.whole("gone/1"), run.whole("gone/never was"), run.whole("gone/2")};
  const auto failures = run.driver().remove_many(keys, {run.context()});
  if (!failures) return answer_of(failures.error());
  if (!failures->empty()) return answer_of(failures->front().error);
  for (const char* const key : {"gone/1", "gone/2"}) {
    const auto there = run.bucket().exists(key, {.context = run.context()});
    if (!there.has_value()) return answer_of(there.error());
    if (*there) return not_honoured("an object is still there");
  }
  return {};
}

constexpr Trial kObjectTrials[] = {
    {"ranges", always, ranges},
    {"last bytes", always, suffix_range},
    {"range of no bytes", always, range_of_nothing},
    {"metadata", always, metadata},
    {"content headers", always, content_headers},
    {"set metadata", [](const Capabilities& can) { return can.set_metadata; }, set_metadata},
    {"tags", [](const Capabilities& can) { return can.tags; }, tags},
    {"versions", [](const Capabilities& can) { return can.versions; }, versions},
    {"remove many", [](const Capabilities& can) { return can.max_remove_many > 1; }, remove_many},
};

}  // namespace

Trials object_trials() { return kObjectTrials; }

}  // namespace cloudkit::inline v0::object_store
