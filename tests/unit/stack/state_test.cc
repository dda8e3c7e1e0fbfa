#include "stack/state.h"
#include "support/contains.h"

#include <doctest/doctest.h>

using namespace cloudkit;
using namespace cloudkit::stack;
using ::test::contains;

namespace {

Document document() {
  Document made;
  made.stack = "web";
  made.lineage = "0011";
  made.serial = 7;
  made.outputs = {{"ip", "192.0.2.1"}};
  Entry entry;
  entry.place = {"mem://compute", "123456789012"};
  entry.id = "i-1";
  entry.created = true;
  entry.token = "t";
  entry.begun = TimePoint(std::chrono::seconds(1'800'000'000));
  entry.protect = true;
  entry.needs = {"firewall.ssh"};
  entry.inputs = {{"name", "\"a\""}, {"disk_gib", "8"}, {"rules", R"([{"cidr":"::/0"}])"}};
  entry.facts = {{"type", "\"small\""}};
  entry.outputs = {{"id", "i-1"}};
  made.entries["instance.a"] = entry;
  made.entries["key.k"] = Entry();
  made.entries["key.k"].begun = entry.begun;
  return made;
}

std::string refused(std::string_view json) {
  const auto read = read_document(json, false);
  return read ? "" : read.error().to_string();
}

}  // namespace

TEST_CASE("a state is read as it was written") {
  const std::string json = to_json(document()).value();
  const Document read = read_document(json, false).value();
  CHECK(to_json(read).value() == json);
  CHECK(read.serial == 7);
  const Entry& entry = read.entries.at("instance.a");
  CHECK(entry.created);
  CHECK(entry.protect);
  CHECK(entry.place == Place{"mem://compute", "123456789012"});
  CHECK(entry.needs == std::vector<std::string>{"firewall.ssh"});
  CHECK(entry.inputs == document().entries.at("instance.a").inputs);
  CHECK(entry.begun == document().entries.at("instance.a").begun);
  CHECK_FALSE(read.entries.at("key.k").created);
}

TEST_CASE("a state that somebody edited is noticed, however it is laid out, unless it is accepted") {
  std::string json = to_json(document()).value();
  std::string spaced = json;
  spaced.insert(1, "\n  ");
  CHECK(refused(spaced).empty());
  json.replace(json.find("i-1"), 3, "i-2");
  CHECK(refused(json) ==
        "data_loss: the state is not as cloudkit wrote it: somebody has edited it\n"
        "  hint: restore what was there; or say that it is right: --accept-edited, StackApplyOptions::accept_edited");
  CHECK(read_document(json, true).value().entries.at("instance.a").id == "i-2");
}

TEST_CASE("a state of a newer format, and what is none") {
  std::string json = to_json(document()).value();
  json.replace(json.find("\"format\":1"), 10, "\"format\":2");
  CHECK(refused(json) ==
        "unsupported: the state has format 2; this version of cloudkit knows formats up to 1\n"
        "  hint: use the version that wrote it, or a newer one");
  for (const char* text :
       {"", "{", "[]", "{}", R"({"format":1})", R"({"format":"1","state":{}})", R"({"format":1,"state":[]})"}) {
    CAPTURE(text);
    CHECK(contains(refused(text), "data_loss: the state is none: "));
  }
  const auto empty = read_document(R"({"format":1,"state":{"stack":"a"}})", true);
  CHECK(contains(empty.error().message, "it has no stack, lineage or serial"));
  const auto broken = read_document(
      R"({"format":1,"state":{"stack":"a","lineage":"b","serial":1,"resources":{"key.k":{"status":"made"}}}})", true);
  CHECK(contains(broken.error().message, "what it says of key.k is not complete"));
}
