#include "engine.h"

#include "dockerfile.h"

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>

namespace {

using cloudkit::Error;
using cloudkit::ErrorCode;
using cloudkit::Status;

// What a shell says of how a command ended.
Status ended(int status, const std::string& what) {
  if (status == 0) return {};
  const bool exited = status != -1 && WIFEXITED(status);
  return Error(ErrorCode::unknown,
               what + (exited ? " failed: exit status " + std::to_string(WEXITSTATUS(status)) : " was ended"),
               "it says why itself, above");
}

}  // namespace

cloudkit::Result<Engine> Engine::find() {
  for (const char* program : {"docker", "podman"}) {
    // Of docker it fails, too, when there is a command line but nothing behind it.
    if (std::system((std::string(program) + " version >/dev/null 2>&1").c_str()) == 0) return Engine(program);
  }
  return Error(
      ErrorCode::unavailable, "no engine of containers answers: neither docker nor podman",
      "start docker (`docker version` says what it lacks) or install podman, which needs no daemon; local:///DIR "
      "needs neither");
}

cloudkit::Result<std::string> Engine::build(const std::string& directory, const std::string& platform) const {
  // An attestation has the time in it: the image would be another one each time.
  const std::string command =
      "BUILDX_NO_DEFAULT_ATTESTATIONS=1 " + program_ + " build -q --platform " + platform + " " + shell_word(directory);
  std::FILE* out = ::popen(command.c_str(), "r");
  if (out == nullptr) return Error(ErrorCode::io, "no process can be started");
  std::string id;
  for (int c = std::fgetc(out); c != EOF; c = std::fgetc(out)) id += static_cast<char>(c);
  if (auto ok = ended(::pclose(out), program_ + " build"); !ok) return std::move(ok).error();
  while (!id.empty() && id.back() == '\n') id.pop_back();
  id = id.substr(id.find_last_of('\n') + 1);  // podman may say more before it.
  std::string digest = id.substr(id.find(':') + 1);
  if (digest.size() == 64 && digest.find_first_not_of("0123456789abcdef") == std::string::npos) return digest;
  return Error(ErrorCode::unknown, program_ + " build printed no id of an image: " + id);
}

Status Engine::login(const std::string& server, const std::string& user, const std::string& password) const {
  const std::string command =
      program_ + " login --username " + shell_word(user) + " --password-stdin " + shell_word(server) + " 1>&2";
  std::FILE* in = ::popen(command.c_str(), "w");
  if (in == nullptr) return Error(ErrorCode::io, "no process can be started");
  std::fwrite(password.data(), 1, password.size(), in);
  return ended(::pclose(in), program_ + " login " + server);
}

Status Engine::tag(const std::string& id, const std::string& image) const {
  return ended(std::system((program_ + " tag " + id + " " + shell_word(image) + " 1>&2").c_str()), program_ + " tag");
}

Status Engine::push(const std::string& image) const {
  return ended(std::system((program_ + " push " + shell_word(image) + " 1>&2").c_str()), program_ + " push " + image);
}
