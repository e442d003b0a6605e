// What the monitor and the final state are judged by, as `racewalk describe sms` shows it.
#include "sms/parameters.hpp"

namespace models::sms {

std::vector<sim::NamedFact> property_table() {
  return {
      {property::no_sharing_violation, "No sender gets Win32 error 32 on a remote file (symptom S1).", "KB 885278 [D]"},
      {property::no_invalid_request, "No request is marked SREQ_STATUS_INVALID (symptoms S1, S4).", "KB 885278 [D]"},
      {property::no_double_claim, "No request is claimed while another thread holds its claim (the cause).",
       "KB 885278 [D]"},
      {property::no_double_send, "No request's data is delivered twice (symptom S2).", "KB 885278 [D]"},
      {property::no_lost_status, "SREQ_STATUS_OK is never overwritten (S4 and others).", "KB 885278 [I]"},
      {property::nothing_written_after_delete, "No status is written to a deleted request (S3, S5).", "KB 885278 [I]"},
      {property::no_orphan, "No deleted request comes back by a status write (symptom S5).",
       "KB 885278 [D], by a write Q181042 [I]"},
      {property::no_failure_after_success, "No sender fails on a request that another has completed (symptom S3).",
       "KB 885278 [D]"},
      {property::no_completed_request_invalid, "No completed request is marked SREQ_STATUS_INVALID (symptom S4).",
       "KB 885278 [D]"},
      {property::every_rtr_processed, "Every routing request (.rtr) is processed before all is quiet (symptom S6).",
       "KB 885278 [D]"},
      {property::no_second_fails_on_deleted,
       "It does not happen that the first sender completes a request, its files are deleted, and the "
       "second fails on them (symptom S3, one after the other).",
       "KB 885278 [D]"},
      {property::no_second_fails_while_first_sends,
       "It does not happen that the second sender fails with error 32, and the first completes the "
       "request after that (symptom S3, both at once).",
       "KB 885278 [D]"},
      {property::no_first_invalidates_second,
       "It does not happen that the first sender fails with error 32, the second completes the request, "
       "and the first marks it SREQ_STATUS_INVALID (symptom S4).",
       "KB 885278 [D]"},
      {property::no_rtr_waits_for_invalid,
       "No routing request waits for a request that is SREQ_STATUS_INVALID (symptom S6).", "KB 885278 [D]"},
      {property::no_rtr_waits_for_orphan,
       "No routing request waits for a request that came back by a status write (symptom S6).", "KB 885278 [D]"},
      {property::no_abandoned_request, "At the end no request is pending or claimed, nor completed and kept.",
       "Q278357 [I]"},
      {property::no_duplicate_request, "The Scheduler creates one request for a job.", "Q276259 [D]"},
      {property::no_starvation,
       "No pending request is passed over more often than its patience; with endless = true: none is "
       "pending for ever (liveness, under strong fairness).",
       "Q319166 [I]"},
      {property::every_request_settled,
       "Every request is eventually completed, cancelled or given up, for good (liveness, under strong "
       "fairness; only if watched).",
       "KB 885278, Q214485 [I]"},
      {property::no_lost_cancel, "SREQ_STATUS_CANCELLED is never overwritten (fault cancel).", "Q123221 [I]"},
      {property::no_damaged_request, "No request is claimed whose record is torn (fault torn_srq).", "[R]"},
      {property::no_damaged_package, "The receiver executes whole packages only (fault stale_pck).", "[R]"},
  };
}

}  // namespace models::sms
