#include "faults/resolver.h"

#include <dlfcn.h>
#include <netdb.h>

#include <condition_variable>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>

// Also built as a module for LD_PRELOAD, which takes its answers from a variable.
namespace faults {
namespace {

struct Answer {
  std::vector<std::string> addresses = {};
  bool hangs = false;
};

struct Table {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Answer> answers;
  int hanging = 0;

  // CLOUDKIT_TEST_HOSTS is NAME=ADDRESS, separated by blanks.
  Table() {
    const char* hosts = std::getenv("CLOUDKIT_TEST_HOSTS");
    std::istringstream entries(hosts == nullptr ? "" : hosts);
    for (std::string entry; entries >> entry;) {
      const std::size_t equals = entry.find('=');
      answers[entry.substr(0, equals)].addresses.push_back(entry.substr(equals + 1));
    }
  }
};

// Never destroyed: a look-up may outlive main.
Table& table() {
  static auto* const instance = new Table;
  return *instance;
}

std::optional<Answer> answer_for(const std::string& name) {
  Table& all = table();
  std::unique_lock lock(all.mutex);
  const auto found = all.answers.find(name);
  if (found == all.answers.end()) return std::nullopt;
  Answer answer = found->second;
  if (!answer.hangs) return answer;
  ++all.hanging;
  all.changed.wait(lock, [&] { return all.answers.find(name) == all.answers.end(); });
  --all.hanging;
  all.changed.notify_all();
  return Answer{};
}

}  // namespace

ScriptedResolver::~ScriptedResolver() {
  Table& all = table();
  std::unique_lock lock(all.mutex);
  all.answers.clear();
  all.changed.notify_all();
  all.changed.wait(lock, [&] { return all.hanging == 0; });
}

void ScriptedResolver::answer(const std::string& name, std::vector<std::string> addresses) {
  const std::lock_guard lock(table().mutex);
  table().answers[name] = {std::move(addresses), false};
}

void ScriptedResolver::hang(const std::string& name) {
  const std::lock_guard lock(table().mutex);
  table().answers[name] = {{}, true};
}

int ScriptedResolver::hanging() const {
  const std::lock_guard lock(table().mutex);
  return table().hanging;
}

}  // namespace faults

extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* name, const char* service,
                                                                  const addrinfo* hints, addrinfo** result) {
  using Function = decltype(&::getaddrinfo);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  const auto answer = name == nullptr ? std::nullopt : faults::answer_for(name);
  if (!answer) return real(name, service, hints, result);
  addrinfo** end = result;
  *result = nullptr;
  for (const std::string& address : answer->addresses) {
    // A list for each, so that freeaddrinfo can free them all.
    if (const int error = real(address.c_str(), service, hints, end); error != 0) return error;
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  return *result == nullptr ? EAI_AGAIN : 0;
}
