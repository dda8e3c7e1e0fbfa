#pragma once

#include "support/soon.h"
#include "support/varied_bytes.h"
#include "tools/program.h"

#include <signal.h>

#include <filesystem>
#include <string>

namespace test {

/// What the journal in the working directory says, "" without one.
inline std::string journal_of(const Program& program) {
  for (const auto& entry : std::filesystem::directory_iterator(program.path("work"))) {
    const std::string name = entry.path().filename();
    if (name.ends_with(".ckjournal")) return program.read("work/" + name);
  }
  return {};
}

/// Runs `cp --resume`, so slow that there is a moment at which some parts are done and others are not, and kills it
/// then.
inline void kill_midway(Program& program, Words words, const std::string& rate) {
  words.insert(words.begin() + 1, {"--limit", rate});
  const pid_t pid = program.start(words);
  const bool some_are_done = soon([&] {
    const std::string journal = journal_of(program);
    return contains(journal, " part checksum") || contains(journal, " range checksum");
  });
  ::kill(pid, SIGKILL);
  CHECK(program.finish(pid).signal == SIGKILL);
  CHECK(some_are_done);
}

}  // namespace test
