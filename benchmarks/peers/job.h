#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What a measured program is asked to do: PROGRAM OPERATION name=value…, the same for all of them.
namespace cloudkit::bench {

/// An operation of these: start (nothing but getting ready), get_stream, get_memory, get_file, put_file,
/// small_get, small_put, small_backup, list.
struct Job {
  std::string operation;
  std::string scheme = "http";
  int port = 0;
  std::string ca;           ///< File of the certificate that https is checked against.
  std::uint64_t size = 0;   ///< Of each object.
  std::uint64_t count = 1;  ///< Objects, or keys to list.
  int in_flight = 1;        ///< Requests under way at once.
  int workers = 0;          ///< For one large object; 0: the client's own choice.
  std::string file;
  std::string directory;       ///< For small files.
  std::string server = "aws";  ///< Of which kind cloudkit takes the server to be.

  std::string authority() const { return "127.0.0.1:" + std::to_string(port); }
  std::string key() const { return "size-" + std::to_string(size) + "/object"; }
  std::string key(std::uint64_t index) const;
  std::string list_prefix() const;
};

/// Ends the program where the command line is not one.
Job read_job(int argc, char** argv);

[[noreturn]] void die(const std::string& why);

struct Operation {
  std::string_view name;
  std::function<void()> run;
};
/// The one that the job asks for; none of them is "start".
void run_operation(const Job& job, const std::vector<Operation>& operations);

/// Each index below `job.count` once, by `job.in_flight` threads; `make_worker` runs in each of them.
using Worker = std::function<void(std::uint64_t index)>;
void run_in_flight(const Job& job, const std::function<Worker()>& make_worker);

}  // namespace cloudkit::bench
