/*
 * Hostile requests against the core of the tour, in memory of exactly the size that a caller gave,
 * so that the sanitizers see any byte read or written beyond it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tour_objects.h"
#include "tour_state.h"

#define BOTH (KGEN_READ_ACCESS | KGEN_WRITE_ACCESS)

static struct tour_device device;
static struct tour_open open_state;
static struct tour_objects objects;
static bool lost; /* replies are not delivered */
static char traced[200];
static int failures;

void kgen_trace(const struct kgen_place *place, enum kgen_rule rule)
{
    char text[160];

    snprintf(traced, sizeof(traced), "%s: %s", kgen_place_text(place, text, sizeof(text)),
             kgen_rule_name(rule));
}

static int locked;

static void acquire(struct kgen_lock *lock)
{
    (void)lock;
    if (locked++ != 0)
        abort();
}

static void release(struct kgen_lock *lock)
{
    (void)lock;
    if (--locked != 0)
        abort();
}

static struct kgen_lock object_lock = {acquire, release};

struct buffers {
    const void *in;
    size_t in_size;
    void *out;
    size_t out_size;
    void *data;
    size_t data_size;
};

static bool copy(struct kgen_data *data, size_t offset, void *bytes, size_t size)
{
    char *memory = (char *)data->memory + offset;

    if (data->direction == KGEN_TO_CALLER)
        memcpy(memory, bytes, size);
    else
        memcpy(bytes, memory, size);
    return true;
}

/* As an adapter does it, METHOD_BUFFERED: request and reply share one buffer. */
static tour_status call_with(uint32_t code, uint32_t access, const struct buffers *buffers,
                             size_t *written)
{
    const struct kgen_lengths lengths = {buffers->in_size, buffers->out_size, buffers->data_size,
                                         false};
    size_t shared_size = kgen_larger(buffers->in_size, buffers->out_size);
    struct kgen_holds holds = {.objects = &objects.table};
    struct tour_call call = {.device = &device, .open = &open_state, .holds = &holds};
    struct kgen_data data = {.size = buffers->data_size, .memory = buffers->data, .copy = copy};
    struct kgen_plan plan;
    unsigned char *shared;
    void *scratch;
    tour_status status;

    traced[0] = '\0';
    *written = 0;
    status = tour_plan(code, access, &lengths, &plan);
    if (status != TOUR_OK)
        return status;
    shared = malloc(shared_size);
    scratch = malloc(plan.scratch);
    memset(shared, 0xEE, shared_size);
    if (buffers->in_size > 0)
        memcpy(shared, buffers->in, buffers->in_size);
    memset(scratch, 0xDD, plan.scratch);
    if (plan.capture > 0)
        memcpy(scratch, shared, plan.capture);
    status = tour_run(&call, &plan, scratch, shared,
                      plan.operation->data != KGEN_NO_DATA ? &data : NULL, written);
    if (locked != 0 || *written > buffers->out_size)
        abort();
    kgen_settle(&holds, !lost);
    if (*written > 0)
        memcpy(buffers->out, shared, *written);
    if (plan.operation->data == KGEN_TO_CALLER && status == TOUR_OK)
        *written = data.done;
    free(scratch);
    free(shared);
    return status;
}

static void expect(int line, const char *what, bool good)
{
    if (good)
        return;
    printf("line %d: %s (trace: %s)\n", line, what, traced);
    failures++;
}

#define EXPECT(condition) expect(__LINE__, #condition, condition)
#define TRACED(text)      (strcmp(traced, text) == 0)

static size_t got;

static tour_status send(uint32_t code, const void *in, size_t in_size, void *out, size_t out_size)
{
    const struct buffers buffers = {in, in_size, out, out_size, NULL, 0};

    return call_with(code, BOTH, &buffers, &got);
}

#define REFUSES(code, in, size, status, trace)                          \
    do {                                                                \
        unsigned char room_[512];                                       \
        EXPECT(send(code, in, size, room_, sizeof(room_)) == (status)); \
        EXPECT(got == 0);                                               \
        EXPECT(strcmp(traced, trace) == 0);                             \
    } while (0)

static void test_codes(void)
{
    const struct buffers none = {NULL, 0, NULL, 0, NULL, 0};
    const struct buffers one = {"x", 1, NULL, 0, NULL, 0};

    EXPECT(call_with(IOCTL_TOUR_PING, 0, &none, &got) == TOUR_OK);
    EXPECT(call_with(IOCTL_TOUR_PING, 0, &one, &got) == TOUR_E_BAD_LENGTH);
    EXPECT(call_with(IOCTL_TOUR_PING | 1, BOTH, &none, &got) == TOUR_E_UNKNOWN_CODE);
    EXPECT(call_with(IOCTL_TOUR_PING | 0x4000, BOTH, &none, &got) == TOUR_E_UNKNOWN_CODE);
    EXPECT(call_with(0, BOTH, &none, &got) == TOUR_E_UNKNOWN_CODE);
    EXPECT(strcmp(traced, "tour: code") == 0);
    EXPECT(call_with(IOCTL_TOUR_ECHO_SCALARS, KGEN_READ_ACCESS, &none, &got) ==
           TOUR_E_ACCESS_DENIED);
    EXPECT(strcmp(traced, "tour.echo_scalars: access") == 0);
}

static struct tour_scalars good_scalars(void)
{
    struct tour_scalars scalars = {.c = 1, .d = -5, .g = kgen_to_be32(0x01020304u)};

    return scalars;
}

static void test_scalars(void)
{
    struct tour_scalars in = good_scalars();
    struct tour_scalars out;

    EXPECT(send(IOCTL_TOUR_ECHO_SCALARS, &in, sizeof(in), &out, sizeof(out)) == TOUR_OK);
    EXPECT(got == sizeof(out) && memcmp(&in, &out, sizeof(in)) == 0);
    EXPECT(send(IOCTL_TOUR_ECHO_SCALARS, &in, sizeof(in), &out, sizeof(out) - 1) ==
           TOUR_E_SHORT_BUFFER);
    EXPECT(send(IOCTL_TOUR_ECHO_SCALARS, &in, sizeof(in) - 1, &out, sizeof(out)) ==
           TOUR_E_BAD_LENGTH);
    in.a = 253;
    EXPECT(send(IOCTL_TOUR_ECHO_SCALARS, &in, sizeof(in), &out, sizeof(out)) == TOUR_OK);
    EXPECT(out.k == 1);
    in.a = 254;
    EXPECT(send(IOCTL_TOUR_ECHO_SCALARS, &in, sizeof(in), &out, sizeof(out)) == TOUR_E_JAMMED);
    EXPECT(got == 0);
    in.a = 255;
    REFUSES(IOCTL_TOUR_ECHO_SCALARS, &in, sizeof(in), TOUR_E_INTERNAL, "tour.echo_scalars: status");
    in = good_scalars();
    in.c = 0;
    REFUSES(IOCTL_TOUR_ECHO_SCALARS, &in, sizeof(in), TOUR_E_INVALID,
            "tour.echo_scalars: c: range");
    in = good_scalars();
    in.d = 6;
    REFUSES(IOCTL_TOUR_ECHO_SCALARS, &in, sizeof(in), TOUR_E_INVALID,
            "tour.echo_scalars: d: range");
    in = good_scalars();
    in.l[2] = 2;
    REFUSES(IOCTL_TOUR_ECHO_SCALARS, &in, sizeof(in), TOUR_E_INVALID,
            "tour.echo_scalars: l[2]: bool");
}

static void test_texts(void)
{
    struct tour_texts in = {.name = "gr\xC3\xBC\xC3\x9F", .lines = {"a", "b"}};
    struct tour_texts out;

    EXPECT(send(IOCTL_TOUR_ECHO_TEXTS, &in, sizeof(in), &out, sizeof(out)) == TOUR_OK);
    EXPECT(out.name[15] == 0 && out.title[7] == 0 && out.lines[1][7] == 0);
    in.name[15] = 'x';
    REFUSES(IOCTL_TOUR_ECHO_TEXTS, &in, sizeof(in), TOUR_E_INVALID,
            "tour.echo_texts: name: string");
    in.name[15] = 0;
    in.name[2] = 'x';
    REFUSES(IOCTL_TOUR_ECHO_TEXTS, &in, sizeof(in), TOUR_E_INVALID,
            "tour.echo_texts: name: string");
    in.name[2] = 0;
    in.lines[1][0] = (char)0xC0;
    REFUSES(IOCTL_TOUR_ECHO_TEXTS, &in, sizeof(in), TOUR_E_INVALID,
            "tour.echo_texts: name: string");
    memset(in.name, 0, sizeof(in.name));
    REFUSES(IOCTL_TOUR_ECHO_TEXTS, &in, sizeof(in), TOUR_E_INVALID,
            "tour.echo_texts: lines[1]: string");
    memset(in.lines, 0, sizeof(in.lines));
    in.title[0] = 0xD800;
    REFUSES(IOCTL_TOUR_ECHO_TEXTS, &in, sizeof(in), TOUR_E_INVALID,
            "tour.echo_texts: title: string");
}

static void test_union(void)
{
    struct tour_drawing in = {.shape = TOUR_SHAPE_DOT, .shade = TOUR_SHADE_DEEP, .budget = 9};
    struct tour_draw_reply out;

    EXPECT(send(IOCTL_TOUR_DRAW, &in, sizeof(in), &out, sizeof(out)) == TOUR_OK);
    EXPECT(out.area == 9 && out.mode == TOUR_LINK_MODE_MASK);
    in.shape = 5;
    REFUSES(IOCTL_TOUR_DRAW, &in, sizeof(in), TOUR_E_INVALID, "tour.draw: shape: enum");
    in.shape = TOUR_SHAPE_DOT;
    in.figure.line.to.y = 1;
    REFUSES(IOCTL_TOUR_DRAW, &in, sizeof(in), TOUR_E_INVALID, "tour.draw: figure: union");
    in.figure.line.to.y = 0;
    in.figure.dot.y = 1 << 16;
    REFUSES(IOCTL_TOUR_DRAW, &in, sizeof(in), TOUR_E_INVALID, "tour.draw: figure.dot.y: range");
    in.figure.dot.y = 0;
    in.traits = 4;
    REFUSES(IOCTL_TOUR_DRAW, &in, sizeof(in), TOUR_E_INVALID, "tour.draw: traits: flags");
    in.traits = 0;
    in.first = 1;
    REFUSES(IOCTL_TOUR_DRAW, &in, sizeof(in), TOUR_E_INVALID,
            "tour.draw: first <= last and last - first < limit: condition");
    in.first = 0;
    in.last = 0xFFFFFFFF;
    REFUSES(IOCTL_TOUR_DRAW, &in, sizeof(in), TOUR_E_INVALID,
            "tour.draw: first <= last and last - first < limit: condition");
}

static void test_tails(void)
{
    struct {
        uint16_t n;
        uint16_t mode;
        struct tour_point points[17];
    } in = {2, 0, {{1, 2}, {3, 4}}};
    struct {
        uint32_t total;
        uint32_t bytes;
        kgen_u64 count;
        kgen_u64 weights[16];
    } out;

    EXPECT(send(IOCTL_TOUR_TRACE_POINTS, &in, 20, &out, sizeof(out)) == TOUR_OK);
    EXPECT(got == 32 && out.total == 2 && out.count == 2 && out.weights[1] == 7);
    EXPECT(send(IOCTL_TOUR_TRACE_POINTS, &in, 20, &out, 31) == TOUR_TRUNCATED);
    EXPECT(got == 24 && out.total == 2 && out.count == 1);
    EXPECT(send(IOCTL_TOUR_TRACE_POINTS, &in, 20, &out, 16) == TOUR_TRUNCATED);
    EXPECT(got == 16 && out.total == 2 && out.count == 0);
    EXPECT(send(IOCTL_TOUR_TRACE_POINTS, &in, 20, &out, 15) == TOUR_E_SHORT_BUFFER);
    REFUSES(IOCTL_TOUR_TRACE_POINTS, &in, 19, TOUR_E_BAD_LENGTH,
            "tour.trace_points: points: length");
    REFUSES(IOCTL_TOUR_TRACE_POINTS, &in, 28, TOUR_E_BAD_LENGTH,
            "tour.trace_points: points: length");
    REFUSES(IOCTL_TOUR_TRACE_POINTS, &in, sizeof(in), TOUR_E_TOO_BIG, "tour.trace_points: length");
    in.points[1].x = 1 << 16;
    REFUSES(IOCTL_TOUR_TRACE_POINTS, &in, 20, TOUR_E_INVALID,
            "tour.trace_points: points[1].x: range");
    in.n = 0;
    REFUSES(IOCTL_TOUR_TRACE_POINTS, &in, 4, TOUR_E_INVALID, "tour.trace_points: n: count");
    in.n = 17;
    REFUSES(IOCTL_TOUR_TRACE_POINTS, &in, 20, TOUR_E_INVALID, "tour.trace_points: n: count");
    in.n = 0xFFFF;
    REFUSES(IOCTL_TOUR_TRACE_POINTS, &in, 4, TOUR_E_INVALID, "tour.trace_points: n: count");
}

static void test_text_tails(void)
{
    struct {
        uint32_t count;
        char text[200];
    } in = {3, "2ab"};
    struct {
        uint32_t count;
        kgen_char16 text[200];
    } out;

    EXPECT(send(IOCTL_TOUR_SAY, &in, 7, &out, sizeof(out)) == TOUR_OK);
    EXPECT(got == 16 && out.count == 6 && out.text[5] == 'b');
    EXPECT(send(IOCTL_TOUR_SAY, &in, 7, &out, 15) == TOUR_E_SHORT_BUFFER);
    EXPECT(got == 0);
    in.count = 200;
    memset(in.text, '2', 200);
    REFUSES(IOCTL_TOUR_SAY, &in, 204, TOUR_E_INTERNAL, "tour.say: text_count: count");
    in.count = 3;
    in.text[1] = 0;
    REFUSES(IOCTL_TOUR_SAY, &in, 7, TOUR_E_INVALID, "tour.say: text: string");
    in.count = 0;
    EXPECT(send(IOCTL_TOUR_SAY, &in, 4, &out, 4) == TOUR_OK);
    EXPECT(got == 4 && out.count == 0);
}

static void test_byte_count(void)
{
    struct {
        uint32_t length;
        uint16_t words[3];
    } in = {6, {1, 2, 3}};

    EXPECT(send(IOCTL_TOUR_PACK, &in, 10, NULL, 0) == TOUR_OK && device.level == 6);
    in.length = 5;
    REFUSES(IOCTL_TOUR_PACK, &in, 9, TOUR_E_INVALID, "tour.pack: length: count");
    in.length = 0x80000006u;
    REFUSES(IOCTL_TOUR_PACK, &in, 10, TOUR_E_INVALID, "tour.pack: length: count");
}

/* A reply whose tail begins before sizeof says: the handler writes the struct, not the buffer. */
static void test_small_reply(void)
{
    struct tour_neither_request in = {.first = 1, .second = 2};
    unsigned char out[16];
    uint64_t sum;

    EXPECT(sizeof(struct tour_neither_reply) == 16 && TOUR_NEITHER_REPLY_TAIL == 12);
    EXPECT(send(IOCTL_TOUR_NEITHER, &in, 12, out, 12) == TOUR_OK && got == 12);
    memcpy(&sum, out, sizeof(sum));
    EXPECT(sum == 3);
    EXPECT(send(IOCTL_TOUR_NEITHER, &in, 12, out, 11) == TOUR_E_SHORT_BUFFER);
}

static void test_growth(void)
{
    struct {
        struct tour_reading known;
        unsigned char newer[8];
    } in = {{.peak = 5}, {0}};
    struct tour_reading out;

    EXPECT(send(IOCTL_TOUR_READ_READING, NULL, 0, &out, 16) == TOUR_OK && got == 16);
    EXPECT(out.ticks == 0x1111111111111111ull && out.pad[0] == 0);
    EXPECT(send(IOCTL_TOUR_READ_READING, NULL, 0, &out, 20) == TOUR_OK && got == 20);
    EXPECT(send(IOCTL_TOUR_READ_READING, NULL, 0, &out, 15) == TOUR_E_SHORT_BUFFER);
    EXPECT(send(IOCTL_TOUR_READ_READING, NULL, 0, &out, sizeof(out)) == TOUR_OK);
    EXPECT(got == sizeof(out) && out.pad2 == 0);
    device.level = 1;
    EXPECT(send(IOCTL_TOUR_WRITE_READING, &in, 16, NULL, 0) == TOUR_OK && device.level == 0);
    EXPECT(send(IOCTL_TOUR_WRITE_READING, &in, 15, NULL, 0) == TOUR_E_BAD_LENGTH);
    EXPECT(send(IOCTL_TOUR_WRITE_READING, &in, sizeof(in), NULL, 0) == TOUR_OK);
    EXPECT(device.level == 5);
    in.newer[7] = 1;
    REFUSES(IOCTL_TOUR_WRITE_READING, &in, sizeof(in), TOUR_E_TOO_BIG,
            "tour.write_reading: length");
}

static void test_data(void)
{
    uint32_t seed = 5;
    uint32_t words[2] = {0, 0};
    struct buffers buffers = {&seed, sizeof(seed), NULL, 0, words, sizeof(words)};

    EXPECT(call_with(IOCTL_TOUR_FILL, BOTH, &buffers, &got) == TOUR_OK);
    EXPECT(got == 8 && words[1] == 6);
    seed = 1001;
    EXPECT(call_with(IOCTL_TOUR_FILL, BOTH, &buffers, &got) == TOUR_OK && got == 8);
    seed = 1000;
    EXPECT(call_with(IOCTL_TOUR_FILL, BOTH, &buffers, &got) == TOUR_E_INTERNAL && got == 0);
    buffers.data_size = 7;
    EXPECT(call_with(IOCTL_TOUR_FILL, BOTH, &buffers, &got) == TOUR_E_BAD_LENGTH);
    buffers.data_size = 0;
    EXPECT(call_with(IOCTL_TOUR_FILL, BOTH, &buffers, &got) == TOUR_E_SHORT_BUFFER);
    buffers.data_size = 4097 * 4;
    EXPECT(call_with(IOCTL_TOUR_FILL, BOTH, &buffers, &got) == TOUR_E_TOO_BIG);
    buffers.data_size = 0;
    EXPECT(call_with(IOCTL_TOUR_SUM, BOTH, &buffers, &got) == TOUR_E_BAD_LENGTH);
    buffers.data_size = 8;
    words[0] = 0x00010002;
    words[1] = 3;
    seed = 1;
    EXPECT(call_with(IOCTL_TOUR_SUM, BOTH, &buffers, &got) == TOUR_OK && device.level == 7);
}

static void test_info(void)
{
    struct kgen_interface_info info;

    EXPECT(send(IOCTL_TOUR_INTERFACE_INFO, NULL, 0, &info, sizeof(info)) == TOUR_OK);
    EXPECT(info.abi == KGEN_ABI && info.version_major == 1 && info.version_minor == 2);
    EXPECT(memcmp(info.hash, TOUR_INTERFACE_HASH, 32) == 0 && info.features == 0);
}

/* ---- Handles, with a system that only counts ------------------------------------------------- */

enum {
    CLOSED = 0x10,
    FORBIDDEN = 0x14,
    EXPENSIVE = 0x18
};

static int references;
static int events_set;
static uintptr_t asked;
static const struct kgen_handle_field *asked_for;

static kgen_status reference(const struct kgen_handle_caller *caller,
                             const struct kgen_handle_field *field, uintptr_t handle, void **object)
{
    (void)caller;
    asked = handle;
    asked_for = field;
    if (handle == CLOSED)
        return KGEN_BAD_HANDLE;
    if (handle == FORBIDDEN)
        return KGEN_ACCESS_DENIED;
    if (handle == EXPENSIVE)
        return KGEN_NO_MEMORY;
    references++;
    *object = &references;
    return KGEN_OK;
}

static void reference_again(void *object)
{
    (void)object;
    references++;
}

static void release_handle(void *object)
{
    (void)object;
    references--;
}

static void set_event(void *object)
{
    (void)object;
    events_set++;
}

static const struct kgen_handle_host host = {reference, reference_again, release_handle, set_event};

/* As an adapter does it: capture, take, run, release. */
static tour_status call_taking(uint32_t code, const void *in, size_t in_size, bool is_32_bit,
                               const struct kgen_handle_host *system, void *out, size_t out_size)
{
    const struct kgen_handle_caller caller = {.is_32_bit = is_32_bit};
    const struct kgen_lengths lengths = {in_size, out_size, 0, false};
    struct kgen_handle handles[KGEN_MOST_HANDLES];
    struct kgen_holds holds = {.objects = &objects.table};
    struct tour_call call = {.device = &device, .open = &open_state, .holds = &holds};
    struct kgen_plan plan;
    tour_status status;
    size_t written;
    void *scratch;

    traced[0] = '\0';
    status = tour_plan(code, BOTH, &lengths, &plan);
    if (status != TOUR_OK)
        return status;
    scratch = malloc(plan.scratch);
    memcpy(scratch, in, in_size);
    if (system != NULL) {
        status = kgen_take_handles(&plan, scratch, &caller, system, handles);
        call.handles = handles;
    }
    if (status == TOUR_OK) {
        status = tour_run(&call, &plan, scratch, out, NULL, &written);
        if (system != NULL)
            kgen_release_handles(&plan, handles);
    }
    free(scratch);
    return status;
}

static tour_status watch(uint64_t handle, bool is_32_bit)
{
    const struct tour_watch_request request = {.level = 9, .changed = handle};

    return call_taking(IOCTL_TOUR_WATCH, &request, sizeof(request), is_32_bit, &host, NULL, 0);
}

static tour_status lend(const struct tour_lend_request *request, struct tour_lend_reply *reply)
{
    return call_taking(IOCTL_TOUR_LEND, request, sizeof(*request), false, &host, reply,
                       sizeof(*reply));
}

static void test_one_handle(void)
{
    const struct tour_watch_request request = {.level = 9, .changed = 0x44};

    EXPECT(watch(0x44, false) == TOUR_OK && asked == 0x44 && events_set == 1);
    EXPECT(asked_for->kind == KGEN_HANDLE_EVENT && asked_for->access == KGEN_HANDLE_MODIFY);
    EXPECT(watch(0, false) == TOUR_E_BAD_HANDLE && TRACED("tour.watch: changed: handle"));
    EXPECT(watch(CLOSED, false) == TOUR_E_BAD_HANDLE && TRACED("tour.watch: changed: handle"));
    EXPECT(watch(FORBIDDEN, false) == TOUR_E_ACCESS_DENIED &&
           TRACED("tour.watch: changed: access"));
    EXPECT(watch(EXPENSIVE, false) == TOUR_E_NO_MEMORY && TRACED(""));
    EXPECT(references == 0 && events_set == 1);
    EXPECT(call_taking(IOCTL_TOUR_WATCH, &request, sizeof(request), false, NULL, NULL, 0) ==
           TOUR_E_INTERNAL);
    EXPECT(TRACED("tour.watch: handle"));
}

/* A 32-bit program's number is extended by its sign, however the program widened it itself. */
static void test_wide_handles(void)
{
    const uintptr_t negative = (uintptr_t)(intptr_t)-2;

    EXPECT(watch(0xFFFFFFFEu, true) == TOUR_OK && asked == negative);
    EXPECT(watch(0xFFFFFFFFFFFFFFFEu, true) == TOUR_OK && asked == negative);
    EXPECT(watch(0x7FFFFFFEu, true) == TOUR_OK && asked == 0x7FFFFFFEu);
    EXPECT(watch(0x100000044u, true) == TOUR_E_BAD_HANDLE);
    EXPECT(watch(0xFFFFFFFF00000044u, true) == TOUR_E_BAD_HANDLE);
    EXPECT(watch(0xFFFFFFFFFFFFFFFEu, false) == TOUR_OK && asked == negative);
    if (sizeof(void *) == 8)
        EXPECT(watch(0x100000044u, false) == TOUR_OK && asked == (uintptr_t)0x100000044u);
    else
        EXPECT(watch(0x100000044u, false) == TOUR_E_BAD_HANDLE);
    EXPECT(references == 0);
}

/* None is held where one is refused, wherever it stands. */
static void test_many_handles(void)
{
    struct tour_lend_request request = {.step = 1};
    struct tour_lend_reply reply;

    EXPECT(lend(&request, &reply) == TOUR_OK && kgen_is_zero(&reply, sizeof(reply)));
    request.event = request.section = request.process = 0x44;
    EXPECT(lend(&request, &reply) == TOUR_OK && references == 0);
    EXPECT(reply.given[0] && !reply.given[1] && reply.given[2] && !reply.given[3] &&
           reply.given[4]);
    request.process = CLOSED;
    EXPECT(lend(&request, &reply) == TOUR_E_BAD_HANDLE && references == 0);
    EXPECT(TRACED("tour.lend: process: handle"));
    request.event = CLOSED;
    EXPECT(lend(&request, &reply) == TOUR_E_BAD_HANDLE && TRACED("tour.lend: event: handle"));
    request.event = request.process = 0x44;
    request.step = 101; /* what is wrong with a field is looked at afterwards */
    EXPECT(lend(&request, &reply) == TOUR_E_INVALID && TRACED("tour.lend: step: range"));
    request.step = 100;
    EXPECT(lend(&request, &reply) == TOUR_E_JAMMED && references == 0);
}

static void test_kept_handles(void)
{
    struct kgen_handle taken = {&references, &host};
    struct kgen_handle none = {NULL, NULL};
    struct kgen_handle kept = kgen_handle_keep(&taken);

    EXPECT(references == 1);
    kgen_handle_drop(&kept);
    kgen_handle_drop(&kept);
    EXPECT(references == 0);
    kept = kgen_handle_keep(&none);
    kgen_event_set(&kept);
    kgen_handle_drop(&kept);
    EXPECT(references == 0);
}

static uint32_t seed = 12345;

static kgen_u64 make_token(uint32_t mode, tour_status expected)
{
    const struct tour_make_token_request in = {.weight = 3, .mode = mode};
    struct tour_make_token_reply out = {0};

    EXPECT(send(IOCTL_TOUR_MAKE_TOKEN, &in, sizeof(in), &out, sizeof(out)) == expected);
    return out.token;
}

static void drop_token(kgen_u64 id, tour_status expected)
{
    const struct tour_drop_token_request in = {.token = id};
    struct tour_drop_token_reply out;

    EXPECT(send(IOCTL_TOUR_DROP_TOKEN, &in, sizeof(in), &out, sizeof(out)) == expected);
}

/* A reply that is lost makes nothing and drops nothing; generations go on, past zero as well. */
static void test_objects(void)
{
    kgen_u64 id = make_token(0, TOUR_OK);

    EXPECT(id == 0x100007000);
    drop_token(id ^ (1ull << 32), TOUR_E_BAD_HANDLE);
    EXPECT(strcmp(traced, "tour.drop_token: token: object") == 0);
    lost = true;
    (void)make_token(0, TOUR_OK);
    drop_token(id, TOUR_OK);
    lost = false;
    EXPECT(device.alive == 1);
    EXPECT(objects.slots[1].state == KGEN_OBJECT_FREE);
    drop_token(id, TOUR_OK);
    EXPECT(device.alive == 0);
    drop_token(id, TOUR_E_BAD_HANDLE);

    objects.slots[0].generation = UINT32_MAX;
    id = make_token(0, TOUR_OK);
    EXPECT(id == 0x100007000);
    objects.slots[0].uses = UINT32_MAX; /* as many requests as can be counted */
    drop_token(id, TOUR_E_BAD_HANDLE);
    objects.slots[0].uses = 0;
    (void)make_token(1, TOUR_E_INVALID);
    EXPECT(device.alive == 1);
    tour_objects_end(&objects);
    EXPECT(device.alive == 0);
    drop_token(id, TOUR_E_BAD_HANDLE);
}

static uint32_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

/* Anything at all: the sanitizers are what is asked. */
static void test_random(void)
{
    static const uint32_t codes[] = {
        IOCTL_TOUR_ECHO_SCALARS, IOCTL_TOUR_ECHO_TEXTS,    IOCTL_TOUR_DRAW,
        IOCTL_TOUR_TRACE_POINTS, IOCTL_TOUR_SAY,           IOCTL_TOUR_PACK,
        IOCTL_TOUR_READ_READING, IOCTL_TOUR_WRITE_READING, IOCTL_TOUR_NEITHER,
        IOCTL_TOUR_SET_LEVEL,    IOCTL_TOUR_GET_LEVEL,     IOCTL_TOUR_INTERFACE_INFO,
        IOCTL_TOUR_MAKE_TOKEN,   IOCTL_TOUR_WEIGH,         IOCTL_TOUR_DROP_TOKEN,
        IOCTL_TOUR_TRADE,        IOCTL_TOUR_EMPTY,
    };
    unsigned char in[300];
    unsigned char out[300];
    int round;
    size_t i;

    for (round = 0; round < 100000; round++) {
        uint32_t mask = next_random() & 1 ? 0xFF : 0x03;
        size_t in_size = next_random() % sizeof(in);

        for (i = 0; i < in_size; i++)
            in[i] = next_random() % 4 == 0 ? (unsigned char)(next_random() & mask) : 0;
        (void)send(codes[next_random() % 17], in, in_size, out, next_random() % sizeof(out));
    }
}

int main(void)
{
    tour_objects_begin(&objects, &device, &open_state, &object_lock, 7);
    test_codes();
    test_scalars();
    test_texts();
    test_union();
    test_tails();
    test_text_tails();
    test_byte_count();
    test_small_reply();
    test_growth();
    test_data();
    test_info();
    test_objects();
    test_one_handle();
    test_wide_handles();
    test_many_handles();
    test_kept_handles();
    test_random();
    tour_objects_end(&objects);
    EXPECT(device.alive == 0);
    printf("%d failures\n", failures);
    return failures != 0;
}
