#include "explore/workers/team.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <new>
#include <thread>
#include <utility>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.hpp"
#include "explore/report_codec.hpp"

namespace sim::workers {
namespace {

constexpr std::size_t log_bytes = std::size_t{1} << 32;
constexpr int out_of_memory = 113;  // Exit status of a worker whose exploration threw.

[[noreturn]] void work_in_child(const std::function<Report(Worker&)>& work, Worker worker, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);  // It died before the request.
  try {
    const Report found = work(worker);
    if (!worker.is_over()) worker.stop_all();  // A signal has interrupted it alone: what it leaves nobody would do.
    worker.publish_whole(found);
  } catch (...) {
    _exit(out_of_memory);  // Never back into the caller's code: the caller is the parent.
  }
  worker.seat().phase.store(Phase::ended);
  _exit(0);
}

void wait_for_bell(sem_t& bell) {
  constexpr long nanoseconds = 2'000'000, second = 1'000'000'000;
  timespec until = {};
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += nanoseconds;
  if (until.tv_nsec >= second) {
    until.tv_nsec -= second;
    ++until.tv_sec;
  }
  sem_timedwait(&bell, &until);
  while (sem_trywait(&bell) == 0) {
  }
}

}  // namespace

bool Team::Death::was_killed() const {
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}
bool Team::Death::ran_out_of_memory() const {
  return WIFEXITED(status) && WEXITSTATUS(status) == out_of_memory;
}

Team::Team(unsigned workers) : control_memory_(Pages::shared(sizeof(Control))), members_(workers) {
  SIM_CHECK(workers >= 1 && workers <= most_workers);
  control_ = ::new (control_memory_.data()) Control;
  sem_init(&control_->bell, 1, 0);
  for (Member& member : members_) {
    member.log_memory = Pages::shared(log_bytes);
    member.statement_memory = Pages::shared(log_bytes);
    member.journal_memory = Pages::shared(sizeof(Journal));
  }
}

Team::~Team() {
  for (const Member& member : members_) {
    if (member.process == -1) continue;
    kill(member.process, SIGKILL);
    while (waitpid(member.process, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  sem_destroy(&control_->bell);
}

Journal& Team::journal(unsigned worker) const {
  return *reinterpret_cast<Journal*>(members_[worker].journal_memory.data());
}

void Team::start(const std::function<Report(Worker&)>& work) {
  const pid_t parent = getpid();
  for (unsigned index = 0; index < size(); ++index) {
    const pid_t child = fork();
    if (child < 0) throw std::bad_alloc();
    if (child == 0) {
      const Member& member = members_[index];
      work_in_child(work, Worker(*control_, index, ResultLog(member.log_memory), ResultLog(member.statement_memory)),
                    parent);
    }
    members_[index].process = child;
  }
}

unsigned Team::living() const {
  return static_cast<unsigned>(
      std::ranges::count_if(members_, [](const Member& member) { return member.process != -1; }));
}

std::vector<Team::Death> Team::reap() {
  std::vector<Death> dead;
  for (unsigned index = 0; index < size(); ++index) {
    Member& member = members_[index];
    int status = 0;
    if (member.process == -1 || waitpid(member.process, &status, WNOHANG) != member.process) continue;
    member.process = -1;
    const Phase last = control_->seats[index].phase.exchange(Phase::ended);
    if (last == Phase::idle) control_->idle.fetch_sub(1);
    control_->seats[index].memory_bytes.store(0);
    if (last != Phase::ended) dead.push_back({index, status});
  }
  return dead;
}

// Pauses the workers, and lets the parent act. Whoever dies until then is buried, too.
void Team::act_alone(const std::function<void()>& act, const Duties& duties, Pause pause) {
  control_->pause.store(pause);
  std::vector<Death> dead;
  const auto is_out_of_the_way = [this](unsigned index) {
    const Phase phase = control_->seats[index].phase.load();
    return members_[index].process == -1 || phase == Phase::parked || phase == Phase::ended;
  };
  for (unsigned index = 0; index < size(); ++index) {
    while (!is_out_of_the_way(index)) {
      std::this_thread::sleep_for(std::chrono::microseconds(10));
      std::ranges::move(reap(), std::back_inserter(dead));
    }
  }
  for (const Death& death : dead) {
    deaths_.push_back(death);
    duties.bury(death);
  }
  act();
  if (pause == Pause::anywhere) control_->call.store(false);
  control_->pause.store(Pause::no);
}

// Not now if somebody waits for the parent in the middle of a state: it is asked again soon.
void Team::try_statements(const Duties& duties) {
  const std::uint32_t wanted = control_->statement.fetch_add(1) + 1;
  const auto act = [&] {
    for (unsigned index = 0; index < size(); ++index) {
      if (members_[index].process != -1 && control_->seats[index].stated.load() != wanted) return;
    }
    duties.take_statements();
  };
  act_alone(act, duties, Pause::between);
}

bool Team::all_idle() const {
  for (unsigned index = 0; index < size(); ++index) {
    const Phase phase = control_->seats[index].phase.load();
    if (phase != Phase::idle && phase != Phase::ended) return false;
  }
  return true;
}

std::uint64_t Team::departures() const {
  std::uint64_t sum = 0;
  for (unsigned index = 0; index < size(); ++index) sum += control_->seats[index].departures.load();
  return sum;
}

void Team::read_logs(const Duties& duties) {
  for (unsigned index = 0; index < size(); ++index) {
    const ResultLog log(members_[index].log_memory);
    for (const ResultLog::Entry& entry : log.read(&members_[index].read)) {
      if (entry.kind != ResultLog::Kind::part) continue;
      if (const auto part = decode(entry.bytes)) duties.note(index, *part);
    }
  }
}

void Team::supervise(const Duties& duties) {
  while (living() != 0) {
    wait_for_bell(control_->bell);
    for (const Death& death : reap()) {
      act_alone(
          [&] {
            deaths_.push_back(death);
            duties.bury(death);
          },
          duties);
    }
    if (control_->call.load()) act_alone(duties.answer, duties);
    read_logs(duties);
    duties.look();
    if (duties.wants_statements && duties.wants_statements()) try_statements(duties);
    // Only who is busy leaves work. Nobody was, before or after it was seen that nothing is left: so nothing is.
    const std::uint64_t before = departures();
    const bool nothing_left = all_idle() && duties.is_nothing_left() && all_idle() && departures() == before;
    // Whoever stops all leaves work, and ends only then.
    if (nothing_left && !control_->stop.load()) control_->finished.store(true);
  }
  read_logs(duties);
}

std::vector<Team::Findings> Team::findings() const {
  std::vector<Findings> all;
  for (const Member& member : members_) all.push_back(read_findings(member.log_memory));
  return all;
}

std::vector<Team::Findings> Team::statements() const {
  std::vector<Findings> all;
  for (const Member& member : members_) {
    all.push_back(read_findings(member.process != -1 ? member.statement_memory : member.log_memory));
  }
  return all;
}

Team::Findings Team::read_findings(const Pages& memory) {
  Findings findings;
  std::uint64_t read = 0;
  for (const ResultLog::Entry& entry : ResultLog(memory).read(&read)) {
    auto report = decode(entry.bytes);
    if (!report) continue;
    if (entry.kind == ResultLog::Kind::whole) {
      findings.is_whole = true;
      findings.reports.clear();
    }
    findings.reports.push_back(std::move(*report));
  }
  return findings;
}

}  // namespace sim::workers
