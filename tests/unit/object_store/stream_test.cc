#include "lossy_bucket.h"
#include "support/driver_io.h"
#include "support/varied_bytes.h"

#include <cloudkit/object_store.h>
#include <cloudkit/stream.h>

#include <doctest/doctest.h>

#include <iterator>
#include <sstream>
#include <stdexcept>

using namespace cloudkit;
using cloudkit::test::LossyBucket;
using ::test::varied_bytes;

namespace {

struct StreamFixture {
  std::shared_ptr<LossyBucket> driver = std::make_shared<LossyBucket>();
  Bucket bucket{driver};

  ObjectWriter writer(std::uint64_t part_size = 0) {
    PutOptions options;
    options.transfer.part_size = part_size;
    return bucket.open_writer("k", options).value();
  }
  ObjectReader reader(std::uint64_t block_size = 0) {
    GetOptions options;
    options.transfer.part_size = block_size;
    return bucket.open_reader("k", options).value();
  }
  std::string stored() { return bucket.get("k").value().data; }
};

}  // namespace

TEST_CASE_FIXTURE(StreamFixture, "what is inserted into an ostream is an object once it is finished") {
  ObjectOStream out(writer());
  out << "line " << 1 << '\n' << std::flush << "pi " << 3.25 << std::endl;
  CHECK(out.tellp() == 15);
  CHECK_FALSE(bucket.exists("k").value());
  CHECK(out.finish().value().size == 15);
  CHECK(stored() == "line 1\npi 3.25\n");
  CHECK(out.finish().value().size == 15);
  out << "more" << std::flush;
  CHECK(out.bad());
  CHECK(out.status().error().code == ErrorCode::invalid_argument);
  CHECK(stored() == "line 1\npi 3.25\n");
}

TEST_CASE_FIXTURE(StreamFixture, "pieces smaller and larger than the buffer are written in order") {
  const std::string data = varied_bytes(500'000);
  for (const std::size_t step : {1, 1000, 65'535, 65'536, 65'537, 500'000}) {
    ObjectOStream out(writer(100'000));
    for (std::size_t i = 0; i < data.size(); i += step) {
      const std::string_view piece = std::string_view(data).substr(i, step);
      if (step == 1) {
        out.put(piece.front());
      } else {
        out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
      }
    }
    CHECK(out.tellp() == 500'000);
    CHECK(out.finish());
    CHECK(stored() == data);
  }
}

TEST_CASE_FIXTURE(StreamFixture, "an ostream that ends without finish leaves no object") {
  {
    ObjectOStream out(writer(10));
    out << std::string(100, 'x') << std::flush;
  }
  CHECK_FALSE(bucket.exists("k").value());
  CHECK(driver->uploads_left() == 0);
  ObjectOStream out(writer(10));
  out << std::string(100, 'x') << std::flush;
  CHECK(out.abandon());
  CHECK(out.finish().error().code == ErrorCode::cancelled);
  CHECK(out.bad());
}

TEST_CASE_FIXTURE(StreamFixture, "an error of the writer sets badbit, and status says which") {
  driver->before_part = [](const PutPartRequest&) -> Status { return core::fail(ErrorCode::permission_denied, "no"); };
  ObjectOStream out(writer(10));
  for (int i = 0; i < 100 && out; ++i) out << std::string(100'000, 'x');
  CHECK(out.bad());
  CHECK(out.status().error().code == ErrorCode::permission_denied);
  CHECK(out.finish().error().message == "no");
  CHECK_FALSE(bucket.exists("k").value());

  ObjectOStream throwing(writer(10));
  throwing.exceptions(std::ios_base::badbit);
  CHECK_THROWS_AS(
      [&] {
        for (int i = 0; i < 100; ++i) throwing << std::string(100'000, 'x');
      }(),
      std::ios_base::failure);
}

TEST_CASE_FIXTURE(StreamFixture, "an error at the end is the finish's, and the stream is bad") {
  driver->fates = {LossyBucket::Fate::request_is_lost};
  ObjectOStream out(writer());
  out << "hello";
  CHECK(out.finish().error().code == ErrorCode::unavailable);
  CHECK(out.bad());
  CHECK(out.status().error().code == ErrorCode::unavailable);
}

namespace {

struct Unprintable {};
std::ostream& operator<<(std::ostream&, const Unprintable&) { throw std::runtime_error("a user's own"); }

}  // namespace

TEST_CASE_FIXTURE(StreamFixture,
                  "a stream that failed for another reason publishes nothing: something is missing in it") {
  ObjectOStream out(writer());
  out << "begin ";
  out.seekp(0);  // No object can be written twice.
  CHECK(out.fail());
  out << "end";
  const auto refused = out.finish();
  CHECK(refused.error().code == ErrorCode::invalid_argument);
  CHECK(refused.error().message == "the stream has failed: something that was to be written was not");
  CHECK_FALSE(bucket.exists("k").value());

  ObjectOStream other(writer());
  CHECK_THROWS(other << "begin " << Unprintable());
  other.setstate(std::ios_base::badbit);  // As a formatted inserter does.
  CHECK_FALSE(other.finish());
  CHECK_FALSE(bucket.exists("k").value());
}

TEST_CASE_FIXTURE(StreamFixture, "an istream reads words, lines and blocks") {
  REQUIRE(bucket.put("k", "one 2\nthree\n"));
  ObjectIStream in(reader());
  CHECK(in.info().size == 12);
  std::string word;
  int number = 0;
  in >> word >> number;
  CHECK(word == "one");
  CHECK(number == 2);
  CHECK(in.tellg() == 5);
  std::string line;
  CHECK(std::getline(in, line));
  CHECK(std::getline(in, line));
  CHECK(line == "three");
  CHECK_FALSE(std::getline(in, line));
  CHECK(in.eof());
  CHECK_FALSE(in.bad());
  CHECK(in.status());
}

TEST_CASE_FIXTURE(StreamFixture, "pieces smaller and larger than the buffer are read in order") {
  const std::string data = varied_bytes(500'000);
  REQUIRE(bucket.put("k", data));
  for (const std::uint64_t block : {7, 100'000, 1'000'000}) {
    for (const std::size_t step : {1000, 65'535, 65'536, 65'537, 600'000}) {
      if (block == 7 && step > 1000) continue;
      ObjectIStream in(reader(block));
      std::string whole;
      std::string piece(step, '\0');
      while (in.read(piece.data(), static_cast<std::streamsize>(step)) || in.gcount() > 0) {
        whole.append(piece, 0, static_cast<std::size_t>(in.gcount()));
        if (block == 7 && whole.size() > 5000) break;
      }
      CHECK(data.starts_with(whole));
      CHECK((block == 7 || whole == data));
    }
    ObjectIStream in(reader(100'000));
    CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == data);
  }
}

TEST_CASE_FIXTURE(StreamFixture, "an istream seeks, and tells where it is") {
  const std::string data = varied_bytes(200'000);
  REQUIRE(bucket.put("k", data));
  ObjectIStream in(reader());
  const auto at = [&] { return static_cast<char>(in.peek()); };
  in.seekg(150'000);
  CHECK(at() == data[150'000]);
  in.seekg(-1, std::ios::end);
  CHECK(at() == data.back());
  in.seekg(100);
  in.seekg(50, std::ios::cur);
  CHECK(in.tellg() == 150);
  CHECK(at() == data[150]);
  in.seekg(-50, std::ios::cur);  // Within the buffer.
  CHECK(at() == data[100]);
  in.seekg(0, std::ios::end);
  CHECK(in.tellg() == 200'000);
  CHECK(in.peek() == std::char_traits<char>::eof());
  in.seekg(5);  // Which forgets the end.
  CHECK(at() == data[5]);
  in.seekg(300'000);
  CHECK(in);
  CHECK(in.get() == std::char_traits<char>::eof());
  in.clear();
  in.seekg(-1);
  CHECK(in.fail());
  in.clear();
  in.seekg(-1, std::ios::beg);
  CHECK(in.fail());
  in.clear();
  in.seekg(std::numeric_limits<std::streamoff>::max(), std::ios::end);
  CHECK(in.fail());
  in.clear();
  in.seekg(std::numeric_limits<std::streamoff>::min(), std::ios::cur);
  CHECK(in.fail());
}

TEST_CASE_FIXTURE(StreamFixture, "an error of the reader is no end: badbit is set, and status says which") {
  REQUIRE(bucket.put("k", varied_bytes(1000)));
  for (const bool by_line : {true, false}) {
    ObjectIStream in(reader(100));
    REQUIRE(bucket.put("k", varied_bytes(1000)));
    std::string out(500, '\0');
    if (by_line) {
      while (std::getline(in, out, '\xff')) {
      }
    } else {
      CHECK_FALSE(in.read(out.data(), 500));
    }
    CHECK(in.bad());
    CHECK(in.status().error().code == ErrorCode::precondition_failed);
    CHECK(in.status().error().resource == bucket.url("k"));
  }
  ObjectIStream in(reader(100));
  in.exceptions(std::ios_base::badbit);
  REQUIRE(bucket.put("k", varied_bytes(1000)));
  std::string out(70'000, '\0');
  CHECK_THROWS_AS(in.read(out.data(), 500), std::ios_base::failure);
}

TEST_CASE_FIXTURE(StreamFixture, "from stream to stream") {
  const std::string data = varied_bytes(300'000);
  REQUIRE(bucket.put("k", data));
  ObjectIStream in(reader(10'000));
  ObjectOStream out(bucket.open_writer("copy").value());
  out << in.rdbuf();
  CHECK(out.finish());
  CHECK(bucket.get("copy").value().data == data);
}

TEST_CASE_FIXTURE(StreamFixture,
                  "bug: after a read past the buffer, a seek back led to what lay in the buffer before") {
  const std::string data = varied_bytes(400'000);
  REQUIRE(bucket.put("k", data));
  ObjectIStream in(reader(1'000'000));
  std::string out(200'000, '\0');
  in.read(out.data(), 100);
  in.read(out.data(), 200'000);
  CHECK(out == data.substr(100, 200'000));
  in.seekg(-1000, std::ios::cur);
  CHECK(in.tellg() == 199'100);
  CHECK(static_cast<char>(in.get()) == data[199'100]);
}

TEST_CASE_FIXTURE(StreamFixture, "bug: what was inserted after the end was neither written nor refused") {
  ObjectOStream finished(writer());
  finished << "all";
  REQUIRE(finished.finish());
  finished << 'x';
  CHECK(finished.bad());
  CHECK(finished.status().error().code == ErrorCode::invalid_argument);

  ObjectOStream abandoned(writer());
  REQUIRE(abandoned.abandon());
  abandoned << 'x';
  CHECK(abandoned.bad());
  CHECK(abandoned.status().error().code == ErrorCode::cancelled);
  CHECK(stored() == "all");
}
