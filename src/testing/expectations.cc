#include "testing/expectations.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

namespace cloudkit::inline v0::testing {

std::string Expectations::show_any(std::initializer_list<ErrorCode> codes) {
  std::string out;
  for (const ErrorCode code : codes) {
    if (!out.empty()) out += " or ";
    out += to_string(code);
  }
  return out;
}

void in_threads(int count, const std::function<void(int)>& work) {
  std::atomic<int> waiting = count;
  std::atomic<bool> complete = true;
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(count));
  std::vector<std::thread> threads;
  threads.reserve(failures.size());
  std::string refused;
  try {
    for (int i = 0; i < count; ++i) {
      threads.emplace_back([&, i] {
        for (--waiting; waiting > 0;) std::this_thread::yield();
        if (!complete) return;
        try {
          work(i);
        } catch (...) {
          failures[static_cast<std::size_t>(i)] = std::current_exception();
        }
      });
    }
  } catch (const std::exception& error) {
    // Those that have begun wait for the others, and must end before they are destroyed.
    refused = "cannot start " + std::to_string(count) + " threads: " + error.what();
    complete = false;
    waiting = 0;
  }
  for (std::thread& thread : threads) thread.join();
  if (!complete) throw Stop{Outcome::failed, std::move(refused)};
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

ScratchDirectory::ScratchDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "cloudkit-conformance-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw Stop{Outcome::failed, "cannot make a directory like " + name};
  path_ = std::move(name);
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> ScratchDirectory::names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_file(const Expectations& c, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  c.expect(in.is_open(), "the file " + path + " should exist");
  std::ostringstream content;
  content << in.rdbuf();
  return std::move(content).str();
}

void write_file(const Expectations& c, const std::string& path, std::string_view data) {
  std::ofstream out(path, std::ios::binary);
  out << data;
  out.close();
  c.expect(out.good(), "writing " + path + " failed");
}

}  // namespace cloudkit::inline v0::testing
