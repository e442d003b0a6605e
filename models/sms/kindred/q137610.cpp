// Q137610: senders do not check whether the receiver has room. Two packages, each of which would fit, fill the disk
// together: both fail in the middle with error 112, and what was written of them keeps out each other's retry.
#include <array>
#include <chrono>

#include "sms/kindred/article.hpp"
#include "sms/kindred/articles.hpp"
#include "sync/ghost.hpp"
#include "sync/property.hpp"
#include "sync/thread.hpp"

namespace models::sms::kindred {
namespace {

using sim::Failure;
using sim::Ok;
using sim::rows::number;
using namespace sim::vfs;

constexpr unsigned senders = 2, blocks = 2;

struct Facts {
  std::uint8_t ready = 0;      ///< A bit for each instruction that the despooler has not executed.
  std::uint8_t executed = 0;   ///< How many it has.
  std::uint8_t in_flight = 2;  ///< Sending threads that go on.
};

class FullDisk : public Article {
 public:
  explicit FullDisk(const sim::Parameters& parameters)
      : Article(parameters, senders, blocks),
        retries_(static_cast<unsigned>(parameters.integer("retries"))),
        retry_delay_(parameters.integer("retry_delay")) {}

  void start(sim::World& world) override {
    set_up(site_);
    {
      const sim::InitialState setting_up;
      fill_disk();
    }
    for (unsigned i = 0; i < senders; ++i) {
      world.spawn(fmt::format("sender-{}", i + 1), [this, i] { send(i); });
    }
    world.spawn("despooler", [this] { despool(); });
  }

  std::optional<sim::FinalViolation> check_final_state() override {
    if (delivered_ == senders) return std::nullopt;
    return sim::FinalViolation{"package-delivered",
                               fmt::format("{} of {} packages were delivered", delivered_, senders)};
  }

 private:
  std::uint64_t package_bytes() const { return std::uint64_t{blocks} * site_.settings.block_bytes; }

  // What lies on the receiver's disk leaves room for one package with its instruction.
  void fill_disk() {
    const auto other =
        site_.files.create_file(remote_path(0, "OTHER.DAT"), Access::write, Share::none, Disposition::create_new);
    SIM_CHECK(other.has_value());
    const std::uint64_t room = package_bytes() + site_.settings.block_bytes;
    SIM_CHECK(site_.files.set_end(*other, VolumeOptions{}.capacity_bytes - room).has_value());
    (void)site_.files.close(*other);
  }

  static std::string local(unsigned request, std::string_view extension) {
    return to_send_path(request_id(request) + std::string(extension));
  }
  static std::string remote(unsigned request, std::string_view extension) {
    return remote_path(0, request_id(request) + std::string(extension));
  }

  void send(unsigned request) {
    for (unsigned attempt = 0; attempt <= retries_; ++attempt) {
      const unsigned executed = facts_.get().executed;
      const auto sent = repaired_ ? send_reserved(request) : send_unchecked(request);
      if (sent) {
        sender_log("Sending completed successfully");
        facts_.change([request](Facts& it) { it.ready = static_cast<std::uint8_t>(it.ready | 1U << request); });
        break;
      }
      if (sent.error() == Win32Error::disk_full) sim::reach("disk-full");
      sender_log("Operation is retryable.");
      wait(executed);
    }
    facts_.change([](Facts& it) { --it.in_flight; });
  }

  // Before a retry. Repaired: until another package has gone; it stands for as many retries as that takes [M].
  void wait(unsigned executed) {
    if (repaired_) {
      sim::await([this, executed] { return facts_.get().executed > executed; });
    } else {
      sim::this_thread::sleep_for(std::chrono::minutes(retry_delay_));
    }
  }

  Result<Ok> send_unchecked(unsigned request) {
    const auto to = create_remote(site_, remote(request, ".PCK"));
    if (!to) return Failure{to.error()};
    auto sent = copy_package(request, *to);
    (void)site_.files.close(*to);
    sim::expect(sent.has_value(), "no-partial-package", remote(request, ".PCK") + " is left in part");
    if (sent) sent = send_file(site_, local(request, ".INS"), remote(request, ".TMP"));
    if (sent) sent = rename_remote(site_, remote(request, ".TMP"), remote(request, ".SNI"));
    return sent;
  }

  Result<Ok> copy_package(unsigned request, Handle to) {
    const auto from = open_local(site_, local(request, ".PCK"));
    SIM_CHECK(from.has_value());
    Result<Ok> copied = Ok{};
    for (unsigned block = 0; block < blocks && copied; ++block) {
      copied = copy_block(site_, *from, to, remote(request, ".PCK"), block);
    }
    (void)site_.files.close(*from);
    return copied;
  }

  // Takes the room for package and instruction before anything is sent, or gives all of it back.
  Result<Ok> send_reserved(unsigned request) {
    const std::array paths = {remote(request, ".PCK"), remote(request, ".TMP")};
    const std::array sizes = {package_bytes(), std::uint64_t{site_.settings.block_bytes}};
    std::array<Handle, 2> files;
    for (std::size_t i = 0; i < files.size(); ++i) {
      const auto file = create_remote(site_, paths[i]);
      SIM_CHECK(file.has_value());
      files[i] = *file;
      const auto reserved = site_.files.set_end(*file, sizes[i]);
      if (reserved) continue;
      sender_log("There is not enough space on the disk.");
      for (std::size_t k = 0; k <= i; ++k) {
        (void)site_.files.close(files[k]);
        (void)site_.files.delete_file(paths[k]);
      }
      return Failure{reserved.error()};
    }
    return fill(request, files);
  }

  Result<Ok> fill(unsigned request, const std::array<Handle, 2>& files) {
    auto sent = copy_package(request, files[0]);
    sim::expect(sent.has_value(), "no-partial-package", remote(request, ".PCK") + " is left in part");
    const auto from = open_local(site_, local(request, ".INS"));
    SIM_CHECK(from.has_value());
    if (sent) sent = copy_block(site_, *from, files[1], remote(request, ".TMP"), 0);
    (void)site_.files.close(*from);
    for (const Handle file : files) (void)site_.files.close(file);
    return sent ? rename_remote(site_, remote(request, ".TMP"), remote(request, ".SNI")) : sent;
  }

  void despool() {
    for (;;) {
      sim::await([this] { return facts_.get().ready != 0 || facts_.get().in_flight == 0; });
      if (facts_.get().ready == 0) return;
      const unsigned request = (facts_.get().ready & 1U) != 0 ? 0 : 1;
      despooler_log("Found ready instruction {}.sni", request_id(request));
      (void)site_.files.delete_file(remote(request, ".PCK"));
      (void)site_.files.delete_file(remote(request, ".SNI"));
      facts_.change([request](Facts& it) {
        it.ready = static_cast<std::uint8_t>(it.ready & ~(1U << request));
        ++it.executed;
      });
      ++delivered_;
      sim::reach("package-delivered");
    }
  }

  unsigned retries_;
  std::int64_t retry_delay_;
  sim::ghost<Facts> facts_;
  unsigned delivered_ = 0;  ///< Counted by the despooler; read when all threads have ended.
};

}  // namespace

sim::ModelInfo q137610() {
  return {
      .name = "sms-q137610",
      .title = "Q137610: the receiver's disk is full in the middle of a package",
      .parameters = {repaired("A sender reserves the room for package and instruction before it sends [I].",
                              "Q137610 [D]"),
                     number("retries", 2, 0, 5, "retries", "How often a send is tried again.", "Q214485 [D]"),
                     number("retry_delay", 1, 0, 1440, "minutes", "How long a sender waits before that.",
                            "Q214485 [D]")},
      .properties = {{"no-partial-package", "No package is left at the receiver in part [I]."},
                     {"package-delivered", "Each package, which alone would fit, is delivered in the end [I]."}},
      .goals = {{"disk-full", "A sender got Win32 error 112 [D]."},
                {"package-delivered", "The despooler has received a package."}},
      .make = make<FullDisk>,
  };
}

}  // namespace models::sms::kindred
