#include "sync/key_map.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace cloudkit;
using syncing::KeyMap;
using syncing::Place;

namespace {

std::string path_of(std::string_view key, std::uint64_t size = 1, syncing::Names names = syncing::Names::exact) {
  return KeyMap(names).place_of(key, size).path;
}

// In byte order, as a listing has them. Every second key that may be a marker is one.
std::map<std::string, Place> places_of(const std::set<std::string>& keys, syncing::Names names) {
  KeyMap map(names);
  std::map<std::string, Place> places;
  std::uint64_t size = 0;
  for (const std::string& key : keys) places.emplace(key, map.place_of(key, size++ % 2));
  return places;
}

// What no file system could hold: two files of one name, or a file that is a directory, too.
void check_tree(const std::map<std::string, Place>& places) {
  std::set<std::string> files;
  std::set<std::string> directories;
  for (const auto& entry : places) {
    const Place& place = entry.second;
    REQUIRE(syncing::is_plain_path(place.path));
    for (std::size_t slash = 0; (slash = place.path.find('/', slash)) != std::string::npos; ++slash) {
      directories.insert(place.path.substr(0, slash));
    }
    if (place.is_directory) {
      directories.insert(place.path);
    } else {
      REQUIRE_MESSAGE(files.insert(place.path).second, place.path);
    }
    for (std::size_t begin = 0, end = 0; begin <= place.path.size(); begin = end + 1) {
      end = std::min(place.path.find('/', begin), place.path.size());
      REQUIRE(end - begin <= 255);
    }
  }
  for (const std::string& file : files) REQUIRE_MESSAGE(directories.count(file) == 0, file);
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return text;
}

}  // namespace

TEST_CASE("plain keys are their own paths") {
  for (const char* key : {"a", "2026/report.pdf", "a b", "€/ü", "A", "~$x", "a.b.c", "...", ".hidden", "a%l"}) {
    CAPTURE(key);
    const std::string path = path_of(key);
    CHECK(path == (std::string(key) == "a%l" ? "a%25l" : key));
  }
}

TEST_CASE("keys that are no paths are escaped") {
  CHECK(path_of("x//y") == "x/%n/y");
  CHECK(path_of("/abs") == "%n/abs");
  CHECK(path_of("../e2") == "%2E%2E/e2");
  CHECK(path_of("d/../../e1") == "d/%2E%2E/%2E%2E/e1");
  CHECK(path_of("/../e3") == "%n/%2E%2E/e3");
  CHECK(path_of("./a/.") == "%2E/a/%2E");
  CHECK(path_of("b\x01"
                "c") == "b%01c");
  CHECK(path_of(std::string("n\0l", 3)) == "n%00l");
  CHECK(path_of("a\\b\n") == "a%5Cb%0A");
  CHECK(path_of("100%") == "100%25");
  CHECK(path_of("full/") == "full/%n");
  CHECK(path_of("/") == "%n/%n");
}

TEST_CASE("a marker is a directory and no file") {
  const Place marker = KeyMap(syncing::Names::exact).place_of("dir/", 0);
  CHECK(marker.path == "dir");
  CHECK(marker.is_directory);
  CHECK(syncing::key_of(marker) == "dir/");
  CHECK(!KeyMap(syncing::Names::exact).place_of("dir/", 3).is_directory);
  CHECK(!KeyMap(syncing::Names::exact).place_of("dir", 0).is_directory);
  CHECK(KeyMap(syncing::Names::exact).place_of("/", 0).path == "%n");
}

TEST_CASE("an object and what is below it are both there, however many keys come between") {
  const auto places = places_of({"a", "a!", "a-1", "a-2", "a/b", "a/b/c", "a0", "ab/c"}, syncing::Names::exact);
  CHECK(places.at("a").path == "a");
  CHECK(places.at("a/b").path == "a%t/b");
  CHECK(places.at("a/b/c").path == "a%t/b%t/c");
  CHECK(places.at("ab/c").path == "ab/c");
  check_tree(places);
  // Where a key that ends with '/' is a file, what is below "x/" needs another directory.
  KeyMap map(syncing::Names::exact);
  CHECK(map.place_of("x/", 5).path == "x/%n");
  CHECK(map.place_of("x//y", 5).path == "x/%n%t/y");
}

TEST_CASE("names that are too long go on in the next one, and not within a character") {
  const std::string longest(1000, 'x');
  CHECK(path_of(longest) == std::string(240, 'x') + "%l/" + std::string(240, 'x') + "%l/" + std::string(240, 'x') +
                                "%l/" + std::string(240, 'x') + "%l/" + std::string(40, 'x'));
  std::string euros;
  for (int i = 0; i < 100; ++i) euros += "€";
  CHECK(path_of("1" + euros).substr(0, 242) == "1" + euros.substr(0, 237) + "%l/" + "\xE2");
  const std::string dots = std::string(240, 'x') + "..";
  CHECK(path_of(dots) == std::string(240, 'x') + "%l/%2E%2E");
  CHECK(syncing::key_of({path_of(dots), false}) == dots);
}

TEST_CASE("a path that would be too long is a digest") {
  std::string key;
  while (key.size() < 2000) key += "\x01\x02/";
  const std::string path = path_of(key);
  CHECK(path.size() == 66);
  CHECK(path.starts_with("%h"));
  CHECK(path != path_of(key + "x"));
  CHECK(!syncing::key_of({path, false}));
}

TEST_CASE("portable names hold nothing that another system takes for something else") {
  const auto portable = [](std::string_view key) { return path_of(key, 1, syncing::Names::portable); };
  CHECK(portable("Read Me.TXT") == "%52ead %4De.%54%58%54");
  CHECK(portable("é") == "%C3%A9");
  CHECK(portable("a:b*c?d\"<>|") == "a%3Ab%2Ac%3Fd%22%3C%3E%7C");
  CHECK(portable("con/com1.txt/lpt9/auxiliary/nul.") == "%63on/%63om1.txt/%6Cpt9/auxiliary/%6Eul.");
  CHECK(portable("trailing./space /...") == "trailing%2E/space%20/..%2E");
}

TEST_CASE("what is no path of ours has no key") {
  for (const char* path : {"", "/", "a//b", "../a", "a/..", ".", "a%", "a%2", "a%2e", "a%ZZ", "%l", "a%l", "a%l/", "%t",
                           "%2F", "%n", "%n%n", "x%n", "%h0123"}) {
    CAPTURE(path);
    CHECK(!syncing::key_of({path, false}).has_value());
  }
  CHECK(!syncing::key_of({std::string("a\0b", 3), false}).has_value());
}

// Acceptance test number one has the 13 keys of this kind on a real server; here come some hundred thousand.
TEST_CASE("all keys of a bucket have paths of their own that lead nowhere else and can be turned back") {
  std::mt19937 random(9);
  const std::vector<std::string> bits = {"a",
                                         "A",
                                         "b",
                                         "/",
                                         "/",
                                         "/",
                                         ".",
                                         "..",
                                         "%",
                                         "%n",
                                         "%t",
                                         "%l",
                                         "%2E",
                                         "\\",
                                         "\n",
                                         "con",
                                         "é",
                                         "é",
                                         " ",
                                         "x.",
                                         "€",
                                         ":",
                                         "nul",
                                         std::string(1, '\0'),
                                         std::string(239, 'y'),
                                         std::string(300, 'z')};
  for (const syncing::Names names : {syncing::Names::exact, syncing::Names::portable}) {
    for (int round = 0; round < 300; ++round) {
      std::set<std::string> keys;
      for (int i = 0; i < 200; ++i) {
        std::string key;
        for (std::size_t n = 1 + random() % 7; n > 0; --n) key += bits[random() % (bits.size() - (i % 4 != 0 ? 2 : 0))];
        keys.insert(key);
      }
      const auto places = places_of(keys, names);
      check_tree(places);
      std::set<std::string> folded;
      for (const auto& [key, place] : places) {
        if (!place.path.starts_with("%h")) REQUIRE(syncing::key_of(place) == key);
        // Markers and other directories may be the same.
        if (names == syncing::Names::portable && !place.is_directory) REQUIRE(folded.insert(lower(place.path)).second);
      }
    }
  }
}
