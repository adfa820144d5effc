/*
 * kgen_fuzz.h - an interface as its fuzzer sees it: the codes, and what each byte of a message may be.
 *
 * Copied as it is by kgen. The tables are made from the schema and read by functions that share no
 * line with the core, so that each is held against the other.
 */
#ifndef KGEN_FUZZ_H
#define KGEN_FUZZ_H

#include "kgen_sim.h"

/* ---- Tables (<interface>_fuzz.c) ------------------------------------------------------------ */

enum kgen_fuzz_kind {
    KGEN_FUZZ_NUMBER, /* from low to high */
    KGEN_FUZZ_CHOICE, /* one of the values */
    KGEN_FUZZ_FLAGS,  /* no bit but those of high; in a reply any */
    KGEN_FUZZ_BITS,   /* no bit but those of high */
    KGEN_FUZZ_BOOL,
    KGEN_FUZZ_BYTES, /* any */
    KGEN_FUZZ_ZERO,
    KGEN_FUZZ_UTF8,  /* of fixed size: ends, and holds nothing but NUL from there on */
    KGEN_FUZZ_UTF16, /* likewise */
    KGEN_FUZZ_ID,    /* of an object of the open */
    KGEN_FUZZ_WORD,  /* any number; as wide as its machine has it */
    KGEN_FUZZ_HOLE,  /* between two members: in a request anything, in a reply zero */
    KGEN_FUZZ_RECORD,
    KGEN_FUZZ_UNION,
};

/*
 * A number that is not the same on each machine: for Windows on 64 bits, for Linux on x86-64, and for
 * any other of 64 bits; or for the 32-bit callers of these.
 */
#if defined(_WIN64)
#define KGEN_FUZZ_ON(windows, x86, other) (windows)
#elif defined(__x86_64__)
#define KGEN_FUZZ_ON(windows, x86, other) (x86)
#else
#define KGEN_FUZZ_ON(windows, x86, other) (other)
#endif

/* A value of an enum, or a status. */
struct kgen_fuzz_value {
    const char *name;
    uint64_t value; /* as 64 bits of two's complement */
};

struct kgen_fuzz_record;

struct kgen_fuzz_field {
    const char *name;
    enum kgen_fuzz_kind kind;
    uint32_t offset; /* in its record */
    uint32_t size;   /* of an element, in bytes */
    uint32_t times;  /* elements; of a tail, the most there may be */
    bool is_signed;
    bool is_big;    /* the most significant byte comes first */
    uint32_t shift; /* CHOICE: the value begins at this bit, */
    uint32_t width; /* and has so many; 0 for all */
    uint64_t low;   /* as the next, 64 bits of two's complement */
    uint64_t high;
    uint64_t tag; /* of a union's arm: with this value of the union's tag it holds */
    const struct kgen_fuzz_value *values;
    uint32_t value_count;
    const struct kgen_fuzz_record *record;
    uint32_t link;    /* of a union, the field that is its tag; of a tail, the field that counts */
    uint32_t least;   /* of a tail, elements */
    uint32_t unit;    /* of a tail: what the count grows by with an element */
    const char *text; /* of a tail: the encoding of its string */
    uint32_t object;  /* of an id: the kind, */
    enum kgen_role role; /* and what becomes of it */
};

/* A step of a condition: operands come before their operator. */
struct kgen_fuzz_step {
    char operation[3]; /* "f" pushes a field, "n" a number */
    uint32_t offset;
    uint32_t size;
    bool is_signed;
    bool is_big;
    int64_t number;
};

/* Applies while each of these tags has its value. */
struct kgen_fuzz_tag {
    uint32_t offset;
    uint32_t size;
    bool is_big;
    uint64_t value;
};

struct kgen_fuzz_condition {
    const char *text;
    const struct kgen_fuzz_tag *tags;
    uint32_t tag_count;
    const struct kgen_fuzz_step *steps;
    uint32_t step_count;
};

/* A struct; or a union, whose fields are its arms. */
struct kgen_fuzz_record {
    const char *name;
    uint32_t size;  /* up to its tail */
    uint32_t first; /* of its first version */
    bool grows;
    const struct kgen_fuzz_field *fields;
    uint32_t field_count;
    const struct kgen_fuzz_field *tail;
    const struct kgen_fuzz_condition *conditions;
    uint32_t condition_count;
};

struct kgen_fuzz_ioctl {
    const char *name;
    uint32_t code;
    bool handled;                       /* by a handler, not by the core itself */
    const struct kgen_fuzz_ioctl *wide; /* of a 32-bit caller: the same, as the driver has it */
    const struct kgen_fuzz_record *request;
    const struct kgen_fuzz_record *reply;
    enum kgen_direction data;
    uint32_t data_min;
    uint32_t data_max;
    uint32_t data_unit;
    bool truncates;
    const struct kgen_fuzz_field *total; /* of a reply that was cut: the full size, in elements, */
    bool total_in_bytes;                 /* or in bytes of the whole reply */
    bool secret;
    bool handles; /* of the caller: which of them are of what, the harness does not know */
    const struct kgen_fuzz_value *errors; /* NTSTATUS that the schema declares for it */
    uint32_t error_count;
};

struct kgen_fuzz_interface {
    const char *name;
    const struct kgen_fuzz_ioctl *ioctls;
    uint32_t ioctl_count;
    const struct kgen_fuzz_ioctl *narrow; /* what 32-bit callers have laid out otherwise */
    uint32_t narrow_count;
    const struct kgen_fuzz_value
        *boundary; /* NTSTATUS that the core itself may answer to any request */
    uint32_t boundary_count;
    const struct kgen_fuzz_value *objects; /* by kind: how many an open may have */
    uint32_t object_count;
};

extern const struct kgen_fuzz_interface kgen_fuzz_interface;

/* As a caller has it. */
const struct kgen_fuzz_ioctl *kgen_fuzz_find(uint32_t code, bool is_32_bit);

/* The same as the driver has it. */
const struct kgen_fuzz_ioctl *kgen_fuzz_driver(const struct kgen_fuzz_ioctl *ioctl);

/* The longest request that the core has to accept. */
#define KGEN_FUZZ_GROWN 4096u
size_t kgen_fuzz_request_least(const struct kgen_fuzz_ioctl *ioctl);
size_t kgen_fuzz_request_most(const struct kgen_fuzz_ioctl *ioctl);

/* ---- What the schema says of a message (kgen_fuzz_check.c) ---------------------------------- */

/* What is wrong with it, by the name of the field; NULL for nothing. */
const char *kgen_fuzz_bad_request(const struct kgen_fuzz_ioctl *ioctl, const void *request,
                                  size_t length);

/* What of it no caller may see. */
const char *kgen_fuzz_bad_reply(const struct kgen_fuzz_ioctl *ioctl, const void *reply,
                                size_t length, size_t capacity);

bool kgen_fuzz_are_zero(const uint8_t *at, size_t size);
uint64_t kgen_fuzz_get(const struct kgen_fuzz_field *field, const void *at);
void kgen_fuzz_set(const struct kgen_fuzz_field *field, void *at, uint64_t value);

/* ---- Messages of 32-bit callers (kgen_fuzz_narrow.c) ---------------------------------------- */

/* As the driver has it; holes are zero. */
void kgen_fuzz_widen(const struct kgen_fuzz_record *narrow, const void *from,
                     const struct kgen_fuzz_record *wide, void *to);

/* As the caller has it; false where a number does not fit. */
bool kgen_fuzz_narrow(const struct kgen_fuzz_record *wide, const void *from,
                      const struct kgen_fuzz_record *narrow, void *to);

/*
 * Change words of a driver's message so that 32 bits hold them, all but one, counted from 1: that
 * is one of the numbers at the ends of 32 bits, or stays.
 */
void kgen_fuzz_fit(const struct kgen_fuzz_record *wide, void *at, uint32_t *but, uint32_t end);

/* ---- Objects of an open (kgen_fuzz_objects.c) ----------------------------------------------- */

/* Where a message has an id. */
struct kgen_fuzz_place {
    uint32_t offset;
    uint32_t object;
    enum kgen_role role;
};

#define KGEN_FUZZ_PLACES 64u /* of a message; ids behind are good for nothing */

size_t kgen_fuzz_places(const struct kgen_fuzz_record *message, size_t length,
                        struct kgen_fuzz_place *places);

/* Why a request of an open has to be refused for what it names, or would make; NULL where it must not. */
const char *kgen_fuzz_bad_objects(const struct kgen_sim_caller *open,
                                  const struct kgen_fuzz_ioctl *ioctl, const void *request,
                                  size_t length);

/* The request of the last question was carried out: what the open has from now on. */
void kgen_fuzz_objects_changed(const struct kgen_sim_caller *open,
                               const struct kgen_fuzz_ioctl *ioctl, const void *reply,
                               size_t length);

void kgen_fuzz_objects_gone(const struct kgen_sim_caller *open);

/* Ids of replies, the newest last. A small number where an id stands is one of them, from the end. */
struct kgen_fuzz_ids {
    uint64_t ids[16];
    size_t count;
};

void kgen_fuzz_link(const struct kgen_fuzz_ids *known, const struct kgen_fuzz_ioctl *ioctl,
                    void *request, size_t length);
void kgen_fuzz_learn(struct kgen_fuzz_ids *known, const struct kgen_fuzz_ioctl *ioctl,
                     const void *reply, size_t length);

/* ---- An input: a sequence of operations (kgen_fuzz_input.c) --------------------------------- */

enum {
    KGEN_FUZZ_OPEN,
    KGEN_FUZZ_CONTROL,
    KGEN_FUZZ_CLOSE,
    KGEN_FUZZ_KINDS,
};

/* Of an open. */
#define KGEN_FUZZ_FROM_KERNEL 4u
#define KGEN_FUZZ_IS_32_BIT   8u

#define KGEN_FUZZ_HANDLES    4u         /* opens at a time */
#define KGEN_FUZZ_OPERATIONS 24u        /* of an input; what follows is not looked at */
#define KGEN_FUZZ_LARGEST    (1u << 21) /* buffer of a caller, in bytes */

struct kgen_fuzz_bytes {
    const uint8_t *at;
    size_t size;
};

/*
 * In the input: kind, flags, handle, zero; five 32-bit numbers, the low byte first: lengths of
 * request, data and answer, length of the caller's buffer, control code; then the bytes of the three.
 */
#define KGEN_FUZZ_HEAD 24u

struct kgen_fuzz_operation {
    uint8_t kind;
    uint8_t flags; /* of an open: access, and who opens */
    uint8_t handle;
    uint32_t code;
    size_t out_size;
    struct kgen_fuzz_bytes in;     /* the request */
    struct kgen_fuzz_bytes data;   /* what the caller's buffer begins with */
    struct kgen_fuzz_bytes answer; /* what a handler that is not the author's does */
};

/* How many operations there are. */
size_t kgen_fuzz_read(const uint8_t *input, size_t size, struct kgen_fuzz_operation *operations);

/* The input's size; operations that do not fit are left out. */
size_t kgen_fuzz_write(const struct kgen_fuzz_operation *operations, size_t count, uint8_t *input,
                       size_t size);

/* ---- Handlers that do anything (kgen_fuzz_any.c) -------------------------------------------- */

/* Their state, of a device, an open or an object. */
struct kgen_fuzz_life {
    uint32_t stage;
    uint32_t objects; /* of an open: those that a handler got, and that were not released */
    const char *kind; /* of an object */
    uint64_t mark;    /* of an object: its last bytes */
};

/* What a handler gets of objects, for one field. */
struct kgen_fuzz_given {
    const char *kind;
    void *const *states;
    size_t count;
    bool is_new;
};

kgen_status kgen_fuzz_start(struct kgen_fuzz_life *device);
void kgen_fuzz_stop(struct kgen_fuzz_life *device);
kgen_status kgen_fuzz_open(struct kgen_fuzz_life *device, struct kgen_fuzz_life *open);
void kgen_fuzz_cleanup(struct kgen_fuzz_life *device, struct kgen_fuzz_life *open);
void kgen_fuzz_close(struct kgen_fuzz_life *device, struct kgen_fuzz_life *open);
void kgen_fuzz_release(struct kgen_fuzz_life *device, struct kgen_fuzz_life *open,
                       struct kgen_fuzz_life *object, const char *kind);

/* One call of a handler. */
struct kgen_fuzz_turn {
    const char *ioctl;
    const struct kgen_frame *frame;
    struct kgen_fuzz_life *device;
    struct kgen_fuzz_life *open;
    const void *in;
    void *out;
    size_t out_size; /* of the reply's struct */
    struct kgen_data *data;
    const struct kgen_fuzz_given *given;
    size_t given_count;
    uint32_t room;
    void *call;
    void (*append)(void *call, void *out, const void *items, uint32_t count);
};

kgen_status kgen_fuzz_answer(const struct kgen_fuzz_turn *turn);

/* ---- What has to become of what they did (kgen_fuzz_reply.c) -------------------------------- */

/* The request that is being served. */
struct kgen_fuzz_asked {
    const struct kgen_sim_caller *open;
    const struct kgen_fuzz_ioctl *ioctl;  /* as the caller has it, */
    const struct kgen_fuzz_ioctl *driver; /* and the driver */
    const char *refused; /* why the core has to refuse it; NULL where it must not */
    bool is_declared;    /* with a status that the schema declares */
    size_t in_size;
    size_t out_size;
    uint8_t
        *request; /* as it was sent; of a good one that the driver has otherwise, as it has it */
    size_t request_size;
    uint8_t
        *buffer; /* what the caller's buffer held, and has to hold where a handler writes to it */
};

const struct kgen_fuzz_asked *kgen_fuzz_asked(void);

/* Bytes of a reply that a caller with that much room can get at most, and elements of its tail. */
size_t kgen_fuzz_reply_most(const struct kgen_fuzz_ioctl *ioctl, size_t capacity);
size_t kgen_fuzz_reply_room(const struct kgen_fuzz_ioctl *ioctl, size_t capacity);

/* A handler begins; it appends; it copies, false where that went otherwise than it has to; it ends. */
void kgen_fuzz_did_nothing(void);
void kgen_fuzz_appends(const struct kgen_fuzz_turn *turn, const struct kgen_fuzz_asked *asked,
                       const void *items, uint32_t count);
bool kgen_fuzz_reads(struct kgen_data *data, const struct kgen_fuzz_asked *asked, size_t offset,
                     void *bytes, size_t size, bool fails);
bool kgen_fuzz_writes(struct kgen_data *data, const struct kgen_fuzz_asked *asked, size_t offset,
                      const void *bytes, size_t size, bool fails);
void kgen_fuzz_leaves(const struct kgen_fuzz_asked *asked, const void *reply, kgen_status status);

/* The answer is what has to become of that. */
void kgen_fuzz_judge_reply(const struct kgen_fuzz_asked *asked,
                           const struct kgen_sim_request *request, uint32_t ntstatus);

/* What the next handler does, and whether one was called; of the library that replays a crash, too. */
KGEN_SIM_EXPORT void kgen_fuzz_tell(const void *answer, size_t size);
bool kgen_fuzz_told(void);

/* Whether the handlers are these, and not the author's. */
bool kgen_fuzz_is_any(void);

/* ---- Judgement (kgen_fuzz_judge.c) ---------------------------------------------------------- */

/*
 * Hold every answer of the simulator against the schema from now on. `again`: memory that nobody
 * wrote holds other garbage, and a request is overwritten as soon as it was captured.
 */
KGEN_SIM_EXPORT void kgen_fuzz_watch(bool again);

/* ---- Findings (kgen_fuzz_check.c) ----------------------------------------------------------- */

/* Say what is wrong, and end the process as a sanitizer does. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3), noreturn))
#endif
void kgen_fuzz_fail(const char *ioctl, const char *format, ...);

#endif /* KGEN_FUZZ_H */
