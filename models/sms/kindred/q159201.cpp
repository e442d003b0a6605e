// Q159201: who reads a send request goes from record to record by their lengths. A record of length zero is read again
// and again; the Scheduler never comes to another request [D].
#include <array>
#include <cstring>
#include <span>

#include "sms/kindred/article.hpp"
#include "sms/kindred/articles.hpp"
#include "sync/forget.hpp"
#include "sync/ghost.hpp"
#include "sync/property.hpp"

namespace models::sms::kindred {
namespace {

using namespace sim::vfs;

/// Begins each record of this article's request files. The product's layout is not public; this one has what the
/// article speaks of, a length by which the reader goes on [M].
struct RecordHeader {
  std::uint16_t type;
  std::uint16_t length;  ///< Bytes of the record, header included.
};
constexpr std::uint16_t status_type = 1, status_length = 16;
constexpr std::uint16_t routing_type = 18, routing_length = 544;  // "Got 0, expected 544" [D]; the type [I].

struct Facts {
  bool writing = false;
};

class EndlessLoop : public Article {
 public:
  explicit EndlessLoop(const sim::Parameters& parameters) : Article(parameters, 2) {}

  void start(sim::World& world) override {
    set_up(site_);
    {
      const sim::InitialState setting_up;
      for (const unsigned request : {0U, 1U}) put(site_, path_of(request), sound_request());
    }
    world.spawn("sender", [this] { rewrite_routing(); });
    world.spawn("scheduler", [this] { schedule(); });
  }

 private:
  static std::string path_of(unsigned request) { return outbox_path(request_id(request) + ".srq"); }

  static std::string sound_request() {
    std::string contents(status_length + routing_length, '\0');
    const RecordHeader status{status_type, status_length}, routing{routing_type, routing_length};
    std::memcpy(contents.data(), &status, sizeof status);
    std::memcpy(contents.data() + status_length, &routing, sizeof routing);
    return contents;
  }

  // Writes the header before the length is known, and again when it is. The fault: it is interrupted in between. What
  // leaves such records behind in the product is not documented [M].
  void rewrite_routing() {
    const auto file =
        site_.files.create_file(path_of(0), Access::read | Access::write, Share::none, Disposition::open_existing);
    if (!file) return;  // The Scheduler is reading it, or has removed it.
    facts_.change([](Facts& it) { it.writing = true; });
    write_header(*file, {routing_type, 0});
    if (sim::choose(2) == 1) {
      sim::reach("zero-length-record");
    } else {
      write_header(*file, {routing_type, routing_length});
    }
    (void)site_.files.close(*file);
    facts_.change([](Facts& it) { it.writing = false; });
  }

  [[gnu::noinline]] void write_header(Handle file, RecordHeader header) {
    (void)site_.files.write(file, status_length, std::as_bytes(std::span(&header, 1)));
    sim::describe("type {}, length {}", header.type, header.length);
  }

  void schedule() {
    scheduler_log("======  Checking Status of All Send Requests  ======");
    for (unsigned request = 0; request < 2; ++request) {
      while (!check_request(request)) sim::await([this] { return !facts_.get().writing; });
    }
  }

  // False if the request is in use.
  [[gnu::noinline]] bool check_request(unsigned request) {
    const auto file = open_request(site_, request, Access::read);
    if (!file) return false;
    scheduler_log("Checking send request {}", request_id(request));
    const bool sound = read_records(*file);
    (void)site_.files.close(*file);
    if (!sound) {
      (void)site_.files.delete_file(path_of(request));  // The article's workaround: remove the corrupt request [D].
      sim::reach("corrupt-request-removed");
    } else if (request == 1) {
      sim::reach("other-request-checked");
    }
    return true;
  }

  [[gnu::noinline]] bool read_records(Handle file) {
    std::uint64_t position = 0;
    while (position < status_length + routing_length) {
      sim::forget_dead_frames();
      const unsigned length = read_length(file, position);
      if (repaired_ && length < sizeof(RecordHeader)) return false;
      position += length;
    }
    return true;
  }

  [[gnu::noinline]] unsigned read_length(Handle file, std::uint64_t position) {
    RecordHeader header{};
    (void)site_.files.read(file, position, std::as_writable_bytes(std::span(&header, 1)));
    sim::describe("-> type {}, length {}", header.type, header.length);
    if (header.type == routing_type && header.length != routing_length) {
      scheduler_log("Size mismatch in RoutingInfo record.  Got {}, expected {}.", header.length, routing_length);
    }
    return header.length;
  }

  sim::ghost<Facts> facts_;
};

}  // namespace

sim::ModelInfo q159201() {
  return {
      .name = "sms-q159201",
      .title = "Q159201: a record of length zero keeps the Scheduler in an endless loop",
      .parameters = {repaired("A record shorter than its header makes a request corrupt; it is removed [I].",
                              "Q159201 [D]; fixed in a service pack of SMS 1.2, how is not public")},
      .properties = {},
      .goals = {{"zero-length-record", "The fault: a record of length zero was left behind [M]."},
                {"corrupt-request-removed", "The Scheduler removed the request with that record [I]."},
                {"other-request-checked", "The Scheduler came to the request behind it."}},
      .make = make<EndlessLoop>,
  };
}

}  // namespace models::sms::kindred
