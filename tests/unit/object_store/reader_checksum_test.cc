#include "crypto/checksum.h"
#include "reader_fixture.h"

#include <atomic>

using namespace cloudkit;
using namespace cloudkit::test;

TEST_CASE_FIXTURE(ReaderFixture, "the checksum of the whole is looked at before the last block is given away") {
  crypto::RunningChecksum checksum(Checksum::Algorithm::crc32c);
  checksum.update(data);
  driver->checksum = {Checksum::Algorithm::crc32c, checksum.value()};
  for (const int workers : {1, 4}) {
    ObjectReader reader = open(in_blocks(64, workers));
    CHECK(read(reader, 2000) == data);
  }
  driver->checksum.value ^= 1;
  ObjectReader reader = open(in_blocks(64));
  CHECK(read(reader, 960) == data.substr(0, 960));
  std::string out(100, '\0');
  for (int i = 0; i < 2; ++i) {
    const auto wrong = reader.read(out);
    CHECK(wrong.error().code == ErrorCode::data_loss);
    CHECK(wrong.error().message == "the bytes do not have the checksum that the service keeps for them");
    CHECK(reader.tell() == 960);
  }
  // Who looks around has not seen all of it.
  ObjectReader jumper = open(in_blocks(64));
  jumper.seek(990);
  CHECK(read(jumper, 10) == data.substr(990));
}

TEST_CASE_FIXTURE(ReaderFixture, "bug: after an error, or read again, the whole was not looked at any more") {
  crypto::RunningChecksum checksum(Checksum::Algorithm::crc32c);
  checksum.update(data);
  driver->checksum = {Checksum::Algorithm::crc32c, checksum.value() ^ 1};
  std::string out(500, '\0');
  std::string rest(1000, '\0');

  // The first read gets its beginning only, so that the next one begins anew within a block.
  std::atomic<int> gets{0};
  driver->before_get = [&](const GetOptions&) -> Status {
    if (++gets == 4) return core::fail(ErrorCode::unavailable, "no route");
    return {};
  };
  ObjectReader broken = open(in_blocks(64, 1));
  CHECK(read(broken, 100) == data.substr(0, 100));
  CHECK(broken.read(out).error().message == "no route");
  CHECK(broken.tell() == 100);
  CHECK(broken.read(rest).error().code == ErrorCode::data_loss);

  driver->before_get = {};
  ObjectReader again = open(in_blocks(64, 1));
  CHECK(again.read(rest).error().code == ErrorCode::data_loss);
  // Bytes that now come right are right.
  driver->checksum.value ^= 1;
  ObjectReader right = open(in_blocks(64, 1));
  for (int i = 0; i < 2; ++i) {
    right.seek(0);
    CHECK(read(right, 1000) == data);
  }
}

TEST_CASE_FIXTURE(ReaderFixture, "what is read again from the beginning is looked at again") {
  crypto::RunningChecksum checksum(Checksum::Algorithm::crc32c);
  checksum.update(data);
  driver->checksum = {Checksum::Algorithm::crc32c, checksum.value()};
  ObjectReader reader = open(in_blocks(64, 1));
  CHECK(read(reader, 300) == data.substr(0, 300));
  reader.seek(0);
  CHECK(read(reader, 2000) == data);
  // Other bytes with the same token, as a broken proxy gives them.
  driver->alters_bytes = true;
  reader.seek(0);
  std::string out(1000, '\0');
  CHECK(reader.read(out).error().code == ErrorCode::data_loss);
}
