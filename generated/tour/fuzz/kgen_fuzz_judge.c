/*
 * kgen_fuzz_judge.c - what has to be true of each answer, whoever asks: the fuzzer, or a script that
 * replays what it found.
 *
 * Copied as it is by kgen. A finding ends the process.
 */
#include "kgen_fuzz.h"

#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define must_be_written(memory, size) __msan_check_mem_is_initialized(memory, size)
#endif
#endif
#if !defined(must_be_written)
#define must_be_written(memory, size) ((void)0)
#endif

#define STATUS_BUFFER_OVERFLOW 0x80000005u
#define STATUS_INVALID_HANDLE  0xC0000008u

static struct kgen_fuzz_asked asked;

const struct kgen_fuzz_asked *kgen_fuzz_asked(void)
{
    return &asked;
}

static bool overwrites;

static const char *name_of(const struct kgen_fuzz_ioctl *ioctl)
{
    return ioctl != NULL ? ioctl->name : "(no such code)";
}

static bool is_success(uint32_t status)
{
    return status == 0 || status == STATUS_BUFFER_OVERFLOW;
}

static bool is_among(uint32_t status, const struct kgen_fuzz_value *statuses, uint32_t count)
{
    while (count > 0 && statuses[count - 1].value != status)
        count--;
    return count > 0;
}

/* ---- Before --------------------------------------------------------------------------------- */

/* Else the system refuses it, and no driver is asked. */
static bool has_access(const struct kgen_sim_request *request)
{
    uint32_t access = request->code >> 14 & (KGEN_READ_ACCESS | KGEN_WRITE_ACCESS);

    return (access & ~asked.open->access) == 0;
}

static const char *refusal(const struct kgen_sim_caller *caller,
                           const struct kgen_sim_request *request)
{
    const struct kgen_fuzz_ioctl *ioctl = asked.ioctl;
    struct kgen_fuzz_place places[KGEN_FUZZ_PLACES];
    const char *bad;
    size_t least = 0;

    if (!has_access(request))
        return "access";
    if (ioctl == NULL)
        return "code";
    if (ioctl->reply != NULL)
        least = ioctl->reply->grows ? ioctl->reply->first : ioctl->reply->size;
    if (request->out_size < least)
        return "capacity";
    if (ioctl->data != KGEN_NO_DATA &&
        (request->out_size < ioctl->data_min || request->out_size > ioctl->data_max ||
         request->out_size % ioctl->data_unit != 0))
        return "length of the data";
    bad = kgen_fuzz_bad_request(ioctl, request->in, request->in_size);
    /* An id that is stale may stand before what else is wrong. */
    asked.is_declared =
        bad == NULL || kgen_fuzz_places(ioctl->request, request->in_size, places) > 0;
    if (bad != NULL)
        return bad;
    return kgen_fuzz_bad_objects(caller, ioctl, request->in, request->in_size);
}

/* What a handler gets of a good request. */
static void copy_request(const struct kgen_sim_request *request)
{
    const struct kgen_fuzz_record *narrow = asked.ioctl != NULL ? asked.ioctl->request : NULL;
    const struct kgen_fuzz_record *wide = asked.driver != NULL ? asked.driver->request : NULL;
    bool differs = asked.refused == NULL && narrow != wide;

    asked.request_size = differs ? wide->size : request->in_size;
    asked.request = asked.request_size > 0 ? malloc(asked.request_size) : NULL;
    if (asked.request == NULL)
        return;
    if (differs)
        kgen_fuzz_widen(narrow, request->in, wide, asked.request);
    else
        memcpy(asked.request, request->in, request->in_size);
}

static void sent(const struct kgen_sim_caller *caller, const struct kgen_sim_request *request)
{
    asked.open = caller;
    asked.ioctl = kgen_fuzz_find(request->code, caller->is_32_bit);
    asked.driver = kgen_fuzz_driver(asked.ioctl);
    asked.is_declared = false;
    asked.refused = refusal(caller, request);
    asked.in_size = request->in_size;
    asked.out_size = request->out_size;
    copy_request(request);
    asked.buffer = request->out_size > 0 ? malloc(request->out_size) : NULL;
    if (asked.buffer != NULL)
        memcpy(asked.buffer, request->out, request->out_size);
}

/* ---- In the middle -------------------------------------------------------------------------- */

static void captured(const struct kgen_sim_request *request)
{
    if (overwrites && request->in_size > 0)
        memset((void *)(uintptr_t)request->in, 0xFF, request->in_size);
}

static void ran(const struct kgen_plan *plan, const void *scratch, const void *out,
                kgen_status status)
{
    const struct kgen_fuzz_ioctl *ioctl = asked.ioctl;

    if (ioctl == NULL || strcmp(strchr(plan->operation->name, '.') + 1, ioctl->name) != 0)
        kgen_fuzz_fail(name_of(ioctl), "another one was carried out: %s", plan->operation->name);
    if (plan->capture != asked.in_size)
        kgen_fuzz_fail(ioctl->name, "%zu bytes of the request were captured", plan->capture);
    if (plan->reply != kgen_fuzz_reply_most(ioctl, asked.out_size))
        kgen_fuzz_fail(ioctl->name, "a reply may have %zu bytes", plan->reply);
    if (status != KGEN_OK && status != KGEN_TRUNCATED && !kgen_fuzz_are_zero(out, plan->reply))
        kgen_fuzz_fail(name_of(ioctl), "an error leaves bytes of a reply in the system's buffer");
    if (ioctl->secret && !kgen_fuzz_are_zero(scratch, kgen_larger(asked.in_size, plan->messages)))
        kgen_fuzz_fail(name_of(ioctl), "a secret is left in memory");
}

/* ---- After ---------------------------------------------------------------------------------- */

static void judge_status(uint32_t status)
{
    const struct kgen_fuzz_interface *all = &kgen_fuzz_interface;
    const struct kgen_fuzz_ioctl *ioctl = asked.ioctl;
    const char *name = name_of(ioctl);
    bool handled = kgen_fuzz_told();

    if (is_success(status) && asked.refused != NULL)
        kgen_fuzz_fail(name, "a request was carried out in spite of its %s", asked.refused);
    if (handled && asked.refused != NULL)
        kgen_fuzz_fail(name, "a handler was called in spite of the request's %s", asked.refused);
    if (status == STATUS_INVALID_HANDLE && ioctl != NULL && ioctl->handles && !handled)
        return;
    if (kgen_fuzz_is_any() && ioctl != NULL && asked.refused == NULL && handled != ioctl->handled)
        kgen_fuzz_fail(name, "a good request did not reach its handler, status %08x",
                       (unsigned)status);
    if (status == STATUS_BUFFER_OVERFLOW && (ioctl == NULL || !ioctl->truncates))
        kgen_fuzz_fail(name, "a reply was cut that the schema does not cut");
    if (is_success(status) || is_among(status, all->boundary, all->boundary_count))
        return;
    if (ioctl == NULL || !asked.is_declared || !is_among(status, ioctl->errors, ioctl->error_count))
        kgen_fuzz_fail(name, "status %08x is none that the schema declares", (unsigned)status);
}

static void judge_bytes(const struct kgen_sim_request *request, uint32_t status)
{
    const struct kgen_fuzz_ioctl *ioctl = asked.ioctl;
    const uint8_t *out = request->out;
    const char *name = name_of(ioctl);
    const char *bad;
    size_t kept = request->information;

    if (kept > request->out_size)
        kgen_fuzz_fail(name, "Information %zu is more than the caller's %u bytes", kept,
                       (unsigned)request->out_size);
    if (!is_success(status) && kept != 0)
        kgen_fuzz_fail(name, "Information is %zu on an error", kept);
    if (ioctl != NULL && ioctl->data == KGEN_TO_CALLER && !is_success(status))
        return; /* the caller's own memory, which the handler has written */
    if (request->out_size > kept &&
        memcmp(out + kept, asked.buffer + kept, request->out_size - kept) != 0)
        kgen_fuzz_fail(name, "bytes behind the %zu of the reply were written", kept);
    if (!is_success(status) || ioctl == NULL || ioctl->data == KGEN_TO_CALLER)
        return;
    bad = kgen_fuzz_bad_reply(ioctl, out, kept, request->out_size);
    if (bad != NULL)
        kgen_fuzz_fail(name, "a reply of %zu bytes is not as the schema says: %s", kept, bad);
}

static void answered(const struct kgen_sim_request *request, uint32_t ntstatus)
{
    must_be_written(request->out, request->out_size);
    judge_status(ntstatus);
    judge_bytes(request, ntstatus);
    if (kgen_fuzz_is_any() && kgen_fuzz_told())
        kgen_fuzz_judge_reply(&asked, request, ntstatus);
    if (kgen_fuzz_is_any() && !kgen_fuzz_told() && !is_success(ntstatus) && has_access(request) &&
        request->refused[0] == '\0')
        kgen_fuzz_fail(name_of(asked.ioctl), "a request was refused and nothing was traced");
    if (is_success(ntstatus))
        kgen_fuzz_objects_changed(asked.open, asked.ioctl, request->out, request->information);
    free(asked.buffer);
    asked.buffer = NULL;
    free(asked.request);
    asked.request = NULL;
}

void kgen_fuzz_watch(bool again)
{
    overwrites = again;
    kgen_sim_garbage = again ? 0xA4 : 0xDB; /* the first goes on with UTF-8 that was cut */
    kgen_sim_watch.sent = sent;
    kgen_sim_watch.captured = captured;
    kgen_sim_watch.ran = ran;
    kgen_sim_watch.answered = answered;
    kgen_sim_watch.closed = kgen_fuzz_objects_gone;
}
