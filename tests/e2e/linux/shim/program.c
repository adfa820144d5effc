/*
 * program.c - calls the adapter of test_module_shim.py's schema as a hostile program would.
 *
 * Memory of the caller ends where a test lets it end. After each call: nothing was read twice, nothing
 * written but the answer, nothing on an error, no memory left, no lock held.
 */
#include <linux/ioctl.h>
#include <stdio.h>

#include "probe_linux.h"
#include "probe_state.h"
#include "world.h"

#define R                     _IOC_READ
#define W                     _IOC_WRITE
#define RW                    (_IOC_READ | _IOC_WRITE)
#define NUMBER(way, nr, size) _IOC(way, 0xB9u, nr, size)

enum {
    NOTHING = NUMBER(0, 1, 0),
    HALF = ARENA / 2 /* arguments before, buffers behind */
};

#define PUT   NUMBER(RW, 2, 24)
#define PACK  NUMBER(W, 3, 8)
#define GET   NUMBER(RW, 4, 24)
#define TELL  NUMBER(R, 5, 16)
#define TAKE  NUMBER(W, 6, 16)
#define SWAP  NUMBER(RW, 7, 16)
#define ASK   NUMBER(RW, 8, 24)
#define FILL  NUMBER(RW, 9, 24)
#define SUM   NUMBER(RW, 10, 16)
#define WATCH NUMBER(W, 11, 16)
#define MAKE  NUMBER(RW, 12, 16)
#define DROP  NUMBER(W, 13, 8)
#define INFO  NUMBER(R, 255, 48)

unsigned int handled, released, refuse_open;
static struct file file;
static int baseline; /* blocks while nothing is called */

void expect_that(const char *what, bool good)
{
    expect("probe_handlers.c", 0, what, good);
}

/* ---- Opens and calls ---------------------------------------------------------------------------- */

static long open_device(struct file *opened, fmode_t mode)
{
    long error;

    memset(opened, 0, sizeof(*opened));
    opened->f_mode = mode;
    opened->count = 1;
    opened->f_op = world.device->fops;
    opened->private_data = world.device;
    error = opened->f_op->open(NULL, opened);
    EXPECT(world.locked == 0 && error <= 0);
    return error;
}

static void close_device(struct file *opened)
{
    EXPECT(opened->f_op->release(NULL, opened) == 0);
    EXPECT(world.locked == 0 && world.spinning == 0);
}

static void begin(fmode_t mode)
{
    EXPECT(open_device(&file, mode) == 0);
    baseline = world.blocks;
}

static bool wrote(size_t from, size_t to)
{
    size_t i;

    for (i = from; i < to; i++) {
        if (world.written[i])
            return true;
    }
    return false;
}

static long call_at(unsigned int number, uintptr_t argument)
{
    long error;

    memset(world.fetched, 0, sizeof(world.fetched));
    memset(world.written, 0, sizeof(world.written));
    world.largest = 0;
    world.trace[0] = '\0';
    if (world.is_compat)
        error = file.f_op->compat_ioctl(&file, number, argument | (uintptr_t)0xABCD << 32);
    else
        error = file.f_op->unlocked_ioctl(&file, number, argument);
    EXPECT(error <= 0 && error > -4096);
    EXPECT(world.blocks == baseline && world.locked == 0 && world.spinning == 0);
    EXPECT(world.events == 0);
    if (error != 0 && error != -EFAULT)
        EXPECT(!wrote(0, ARENA));
    world.fail_copy = world.fail_allocation = 0;
    return error;
}

static long call(unsigned int number)
{
    return call_at(number, (uintptr_t)world.arena);
}

#define ANSWERS(error, result) answers(__LINE__, #result, (error), (result))

static void answers(int line, const char *what, long wanted, long got)
{
    if (wanted == got)
        return;
    printf("%ld in place of %ld (%s): ", got, wanted, world.trace);
    expect(__FILE__, line, what, false);
}

static void put32(size_t at, u32 value)
{
    memcpy(world.arena + at, &value, sizeof(value));
}

static void put64(size_t at, u64 value)
{
    memcpy(world.arena + at, &value, sizeof(value));
}

static u32 get32(size_t at)
{
    u32 value;

    memcpy(&value, world.arena + at, sizeof(value));
    return value;
}

static u64 get64(size_t at)
{
    u64 value;

    memcpy(&value, world.arena + at, sizeof(value));
    return value;
}

/* A buffer of the argument: where it points to, and its length. */
static void put_buffer(size_t at, uintptr_t pointer, u32 length)
{
    put64(at, pointer);
    put32(at + 8, length);
    put32(at + 12, 0xEEEEEEEE);
}

static void clear(void)
{
    memset(world.arena, 0xA5, ARENA);
    world.end = ARENA;
}

static uintptr_t elsewhere(size_t at)
{
    return (uintptr_t)world.arena + at;
}

/* A good `put` of some words, at the start of the arena; how long it is. */
static size_t good_put(unsigned int words)
{
    clear();
    put32(8, 3);
    world.arena[12] = (u8)(words >> 8);
    world.arena[13] = (u8)words;
    world.arena[14] = world.arena[15] = 0;
    memset(world.arena + 16, SECRET, 8);
    memset(world.arena + 24, 1, 4u * words);
    return 24 + 4u * words;
}

/* ---- What is answered --------------------------------------------------------------------------- */

static void test_numbers(void)
{
    world.doing = "numbers";
    good_put(1);
    ANSWERS(0, call(NOTHING));
    ANSWERS(0, call(PUT));
    ANSWERS(-ENOTTY, call(NUMBER(RW, 2, 28)));
    ANSWERS(-ENOTTY, call(NUMBER(RW, 2, 20)));
    ANSWERS(-ENOTTY, call(NUMBER(W, 2, 24)));
    ANSWERS(-ENOTTY, call(NUMBER(RW, 99, 24)));
    ANSWERS(-ENOTTY, call(PUT ^ 0x100));
    ANSWERS(-ENOTTY, call(NUMBER(R, 255, 40)));
    ANSWERS(-ENOTTY, call(0));
    EXPECT(strcmp(world.trace, "probe: refused: probe: code\n") == 0);
    clear();
    ANSWERS(0, call(INFO));
    EXPECT(get32(0) == 1 && wrote(47, 48) && !wrote(48, ARENA));
}

static void test_access(void)
{
    world.doing = "access";
    begin(FMODE_READ);
    ANSWERS(-EACCES, call_at(PUT, 0));
    ANSWERS(-EACCES, call(SWAP));
    ANSWERS(0, call(TELL));
    world.capable = false;
    ANSWERS(-EPERM, call_at(TELL, 0));
    EXPECT(strcmp(world.trace, "probe: refused: probe: access\n") == 0);
    ANSWERS(-ENOTTY, call(0));
    world.capable = true;
    close_device(&file);
    begin(FMODE_WRITE);
    ANSWERS(-EACCES, call_at(TELL, 0));
    close_device(&file);
    begin(0);
    ANSWERS(-EACCES, call(TELL));
    ANSWERS(0, call(NOTHING));
    close_device(&file);
}

static void test_tail(void)
{
    size_t length = good_put(100);
    size_t end;

    world.doing = "tail";
    ANSWERS(0, call(PUT));
    EXPECT(get64(0) == 100ull * 0x01010101 && !wrote(8, ARENA));
    length = good_put(1);
    for (end = 0; end < length; end++) {
        world.end = end;
        ANSWERS(-EFAULT, call(PUT));
    }
    world.end = length;
    ANSWERS(0, call(PUT));
    good_put(100);
    world.arena[13] = 101;
    ANSWERS(-E2BIG, call(PUT));
    world.arena[12] = world.arena[13] = 0xFF;
    ANSWERS(-E2BIG, call(PUT));
    EXPECT(world.largest == 0);
    world.arena[12] = world.arena[13] = 0;
    ANSWERS(-EINVAL, call(PUT));
    good_put(20);
    put32(8, 10);
    ANSWERS(-EINVAL, call(PUT));
    put32(8, 9);
    ANSWERS(-ENOSPC, call(PUT));
    clear();
    put64(0, 2000);
    ANSWERS(0, call(PACK));
    put64(0, 1999);
    ANSWERS(-EINVAL, call(PACK));
    put64(0, 2002);
    ANSWERS(-E2BIG, call(PACK));
    put64(0, ~0ull);
    ANSWERS(-E2BIG, call(PACK));
    put64(0, (u64)1 << 32);
    ANSWERS(-E2BIG, call(PACK));
    EXPECT(world.largest == 0);
}

static void test_bad_pointers(void)
{
    static const unsigned int numbers[] = {PUT,  PACK, GET,  TELL,  TAKE, SWAP, ASK,
                                           FILL, SUM,  MAKE, WATCH, DROP, INFO};
    static const uintptr_t pointers[] = {0,
                                         1,
                                         0xFFF,
                                         UINTPTR_MAX,
                                         UINTPTR_MAX - 7,
                                         UINTPTR_MAX / 2,
                                         (uintptr_t)1 << 47,
                                         ((uintptr_t)1 << 47) - 4};
    unsigned int before = handled;
    size_t i, k;

    world.doing = "bad pointers";
    clear();
    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        for (k = 0; k < sizeof(pointers) / sizeof(pointers[0]); k++)
            ANSWERS(-EFAULT, call_at(numbers[i], pointers[k]));
    }
    for (k = 0; k < sizeof(pointers) / sizeof(pointers[0]); k++) {
        clear();
        put_buffer(0, pointers[k], 100);
        put32(16, 10);
        ANSWERS(-EFAULT, call(GET));
        EXPECT(get32(12) == 0xEEEEEEEE);
    }
    /* Of a buffer, the end counts as well. */
    put_buffer(0, elsewhere(ARENA - 99), 100);
    ANSWERS(-EFAULT, call(GET));
    EXPECT(handled == before);
    put_buffer(0, elsewhere(ARENA - 100), 100);
    ANSWERS(0, call(GET));
}

static void test_replies(void)
{
    world.doing = "replies";
    clear();
    put_buffer(0, elsewhere(1000), 18);
    put32(16, 50);
    ANSWERS(0, call(GET));
    EXPECT(get32(12) == 18 && get32(1000) == 50 && get32(1004) == 10 && world.arena[1017] == 10);
    EXPECT(!wrote(1018, ARENA) && !wrote(0, 12) && !wrote(16, 1000));
    put_buffer(0, elsewhere(1000), 7);
    ANSWERS(-EINVAL, call(GET));
    put_buffer(0, elsewhere(1000), 0xFFFFFFFF);
    ANSWERS(0, call(GET)); /* the schema's most is 108 bytes, and they are there */
    put_buffer(0, elsewhere(1000), 20000);
    put32(16, 100);
    ANSWERS(0, call(GET));
    EXPECT(get32(12) == 108 && world.largest < 1000);
    /* A handler that counts more than there may be. */
    put32(16, 101);
    ANSWERS(0, call(GET));
    EXPECT(get32(12) == 108 && get32(1000) == 101);
}

static void test_growth(void)
{
    size_t size;

    world.doing = "growth";
    for (size = 0; size < 64; size++) {
        clear();
        ANSWERS(size < 8 ? -EINVAL : 0, call(NUMBER(R, 5, size)));
        EXPECT(size < 8 || (get32(0) == 1 && get32(4) == 2 && wrote(size - 1, size)));
        EXPECT(!wrote(size, ARENA));
        EXPECT(size < 16 || get64(8) == 3);
        EXPECT(size < 24 || kgen_is_zero(world.arena + 16, size - 16));
    }
    ANSWERS(0, call(NUMBER(R, 5, 0x3FFF)));
    EXPECT(kgen_is_zero(world.arena + 16, 0x3FFF - 16) && !wrote(0x3FFF, ARENA));
    for (size = 0; size < 64; size++) {
        clear();
        memset(world.arena, 0, size);
        memset(world.arena, 7, min_t(size_t, size, 16));
        world.end = size;
        ANSWERS(size < 8 ? -EINVAL : 0, call(NUMBER(W, 6, size)));
        ANSWERS(size < 8 ? -EINVAL : 0, call(NUMBER(RW, 7, size)));
        EXPECT(size < 17 || kgen_is_zero(world.arena + 16, size - 16));
        if (size > 16) {
            world.arena[size - 1] = 1;
            ANSWERS(-E2BIG, call(NUMBER(W, 6, size)));
            ANSWERS(-E2BIG, call(NUMBER(RW, 7, size)));
        }
    }
    clear();
    ANSWERS(-E2BIG, call(NUMBER(W, 6, 4097)));
    EXPECT(world.largest == 0);
    for (size = 0; size < 40; size++) {
        clear();
        put_buffer(0, elsewhere(1000), (u32)size);
        put32(16, 77);
        ANSWERS(size < 8 ? -EINVAL : 0, call(ASK));
        EXPECT(size < 8 || (get32(1000) == 77 && get32(12) == (size < 16 ? size : 16)));
    }
}

static void test_data(void)
{
    world.doing = "data";
    clear();
    put_buffer(0, elsewhere(1000), 40);
    put32(16, 9);
    ANSWERS(0, call(FILL));
    EXPECT(get32(12) == 32 && world.arena[1031] == 9 && !wrote(1032, ARENA));
    put_buffer(0, elsewhere(1000), 0);
    ANSWERS(-EINVAL, call(FILL));
    put_buffer(0, elsewhere(1000), 5001);
    ANSWERS(-E2BIG, call(FILL));
    put_buffer(0, elsewhere(ARENA - 20), 40);
    ANSWERS(-EFAULT, call(FILL));
    EXPECT(get32(12) == 0xEEEEEEEE);
    put_buffer(0, elsewhere(2000), 4000);
    ANSWERS(0, call(SUM));
    EXPECT(get32(12) == 0 && !wrote(16, ARENA));
    put_buffer(0, elsewhere(2000), 4001);
    ANSWERS(-E2BIG, call(SUM));
    put_buffer(0, elsewhere(2000), 18);
    ANSWERS(-EINVAL, call(SUM));
    put_buffer(0, elsewhere(ARENA - 8), 12);
    ANSWERS(-EFAULT, call(SUM));
}

static void test_handles(void)
{
    size_t i;

    world.doing = "handles";
    memset(world.files, 0, sizeof(world.files));
    world.files[3] =
        (struct file){.count = 1, .is_event = true, .f_mode = FMODE_READ | FMODE_WRITE};
    world.files[4] = (struct file){.count = 1, .f_mode = FMODE_WRITE};
    world.files[5] = (struct file){.count = 1, .f_mode = FMODE_READ};
    world.files[6] = (struct file){.count = 1, .f_mode = FMODE_WRITE, .f_op = file.f_op};
    clear();
    put64(0, 3);
    put64(8, 4);
    ANSWERS(0, call(WATCH));
    EXPECT(world.files[3].signalled == 1 && world.files[3].count == 2 && world.files[4].count == 2);
    put64(0, 0);
    put64(8, 0);
    ANSWERS(0, call(WATCH));
    EXPECT(world.files[3].count == 1 && world.files[4].count == 1);
    put64(8, 5);
    ANSWERS(-EACCES, call(WATCH));
    put64(8, 6);
    ANSWERS(-EBADF, call(WATCH));
    put64(8, 7);
    ANSWERS(-EBADF, call(WATCH));
    put64(8, 4);
    put64(0, 4);
    ANSWERS(-EBADF, call(WATCH));
    put64(0, (u64)1 << 32 | 3);
    ANSWERS(-EBADF, call(WATCH));
    put64(0, ~0ull);
    ANSWERS(-EBADF, call(WATCH));
    put64(0, 0x80000003);
    ANSWERS(-EBADF, call(WATCH));
    put64(0, 3);
    ANSWERS(0, call(WATCH));
    for (i = 3; i < 7; i++)
        EXPECT(world.files[i].count == (i < 5 ? 2 : 1));
}

static void test_objects(void)
{
    unsigned int before = released;
    u64 first, second;

    world.doing = "objects";
    clear();
    put32(8, 0);
    ANSWERS(0, call(MAKE));
    first = get64(0);
    put32(8, 1);
    ANSWERS(-EINVAL, call(MAKE));
    EXPECT(released == before + 1);
    put32(8, 0);
    world.fail_copy =
        3; /* the request, the probe, the reply: it was made, and nobody knows its id */
    ANSWERS(-EFAULT, call(MAKE));
    EXPECT(released == before + 2);
    ANSWERS(0, call(MAKE));
    second = get64(0);
    EXPECT(first != 0 && second != 0 && first != second);
    put32(8, 0);
    ANSWERS(-ENOSPC, call(MAKE));
    put64(0, first);
    ANSWERS(0, call(DROP));
    EXPECT(released == before + 3);
    put64(0, first);
    ANSWERS(-EBADF, call(DROP));
    put64(0, second ^ (u64)1 << 40);
    ANSWERS(-EBADF, call(DROP));
}

static void test_killed(void)
{
    unsigned int before = handled;

    world.doing = "killed";
    good_put(100);
    world.killed = true;
    ANSWERS(-EINTR, call(PUT));
    ANSWERS(-EINTR, call(NOTHING));
    world.killed = false;
    EXPECT(handled == before);
}

static void test_opens(void)
{
    struct file other;
    int blocks = world.blocks;

    world.doing = "opens";
    begin(FMODE_READ | FMODE_WRITE);
    ANSWERS(-EBUSY, open_device(&other, FMODE_READ));
    close_device(&file);
    world.capable = false;
    ANSWERS(-EPERM, open_device(&other, FMODE_READ));
    world.capable = true;
    refuse_open = 1;
    ANSWERS(-ENOMEM, open_device(&other, FMODE_READ));
    refuse_open = 0;
    world.killed = true;
    ANSWERS(-EINTR, open_device(&other, FMODE_READ));
    world.killed = false;
    world.fail_allocation = 1;
    ANSWERS(-ENOMEM, open_device(&other, FMODE_READ));
    world.fail_allocation = 0;
    EXPECT(world.blocks == blocks);
    ANSWERS(0, open_device(&other, FMODE_READ));
    close_device(&other);
    EXPECT(world.blocks == blocks);
}

/* ---- At random ---------------------------------------------------------------------------------- */

static const struct shape {
    unsigned int number;
    size_t buffer;   /* where one is; none at ARENA */
    size_t small[3]; /* where small numbers make sense */
} shapes[] = {
    {NOTHING, ARENA, {0, 0, 0}}, {PUT, ARENA, {8, 12, 12}}, {PACK, ARENA, {0, 0, 0}},
    {GET, 0, {16, 16, 8}},       {TELL, ARENA, {0, 0, 0}},  {TAKE, ARENA, {0, 4, 8}},
    {SWAP, ARENA, {0, 4, 8}},    {ASK, 0, {16, 8, 8}},      {FILL, 0, {16, 8, 8}},
    {SUM, 0, {8, 8, 8}},         {WATCH, ARENA, {0, 8, 8}}, {MAKE, ARENA, {8, 8, 8}},
    {DROP, ARENA, {0, 0, 0}},    {INFO, ARENA, {0, 0, 0}},
};

static u64 made; /* the last token that came back */

static void fill_at_random(const struct shape *shape, size_t at)
{
    size_t i;

    for (i = 0; i < 64 && at + i < ARENA; i++)
        world.arena[at + i] = draw(3) == 0 ? (u8)draw(256) : 0;
    for (i = 0; i < 3 && draw(4) != 0; i++) {
        if (at + shape->small[i] + 8 <= ARENA)
            put32(at + shape->small[i], draw(draw(2) ? 8 : 6000));
    }
    if (shape->buffer != ARENA && at + shape->buffer + 16 <= ARENA && draw(8) != 0)
        put_buffer(at + shape->buffer, elsewhere(HALF + 1000 + draw(HALF)),
                   draw(draw(2) ? 64 : 6000));
    if (shape->number == PUT && at + 24 <= ARENA && draw(4) != 0) {
        world.arena[at + 12] = 0;
        world.arena[at + 14] = world.arena[at + 15] = 0;
        memset(world.arena + at + 16, SECRET, 8);
    }
    if (shape->number == DROP && draw(2) && at + 8 <= ARENA)
        put64(at, made);
}

static void call_at_random(void)
{
    const struct shape *shape = &shapes[draw(sizeof(shapes) / sizeof(shapes[0]))];
    unsigned int number = shape->number;
    size_t at = draw(2) ? draw(256) * 8 : draw(HALF);
    long error;

    if (draw(8) == 0)
        number ^= 1u << draw(32);
    if (draw(4) == 0)
        number = (number & ~IOCSIZE_MASK) | draw(80) << 16;
    world.end = draw(4) == 0 ? at + draw(80) : ARENA;
    world.end = min_t(size_t, world.end, ARENA);
    if (world.end == 0)
        world.end = 1;
    fill_at_random(shape, at);
    world.races = draw(2) != 0;
    world.fail_copy = draw(3) == 0 ? 1 + draw(6) : 0;
    world.fail_allocation = draw(8) == 0;
    world.killed = draw(50) == 0;
    world.is_compat = draw(2) != 0;
    error = call_at(number, elsewhere(at));
    if (error == 0 && number == MAKE && at + 8 <= ARENA)
        made = get64(at);
    world.races = world.killed = world.is_compat = false;
    memset(world.arena, 0, ARENA);
}

static void test_at_random(unsigned int calls)
{
    unsigned int i;

    world.doing = "at random";
    for (i = 0; i < calls && world.failures < 10; i++) {
        if (i % 500 == 0) {
            if (i > 0)
                close_device(&file);
            begin(draw(4) == 0 ? draw(4) : FMODE_READ | FMODE_WRITE);
        }
        call_at_random();
    }
    close_device(&file);
}

/* Each copy and allocation of a good call fails once: an errno, and all is as before. */
static void test_failures(void)
{
    static const unsigned int numbers[] = {PUT, GET, TELL, TAKE, SWAP, ASK, FILL, SUM, WATCH};
    size_t i;
    unsigned int n;

    world.doing = "failures in turn";
    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        bool failed = true;

        for (n = 1; failed; n++) {
            good_put(100);
            if (numbers[i] != PUT)
                memset(world.arena, 0, 64);
            if (numbers[i] != PUT && numbers[i] != TAKE && numbers[i] != WATCH)
                put_buffer(0, elsewhere(1000), 400);
            world.fail_copy = n;
            failed = call(numbers[i]) == -EFAULT;
        }
        EXPECT(n > 2);
    }
    good_put(100);
    world.fail_allocation = 1;
    ANSWERS(-ENOMEM, call(PUT));
}

static void test_32_bits(void)
{
    world.doing = "a 32-bit caller";
    world.is_compat = true;
    good_put(100);
    ANSWERS(0, call(PUT));
    ANSWERS(-ENOTTY, call(0));
    ANSWERS(0, call(TELL));
    world.is_compat = false;
}

int main(int argc, char **argv)
{
    unsigned int calls = argc > 1 ? (unsigned int)atoi(argv[1]) : 1000;

    world.seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    world.capable = true;
    make_arena();
    world.doing = "start";
    world.refuse_device = true;
    EXPECT(module_start() == -EBUSY && world.blocks == 0);
    world.refuse_device = false;
    world.fail_allocation = 1;
    EXPECT(module_start() == -ENOMEM && world.blocks == 0);
    EXPECT(module_start() == 0 && world.device != NULL);
    begin(FMODE_READ | FMODE_WRITE);
    test_numbers();
    test_tail();
    test_bad_pointers();
    test_replies();
    test_growth();
    test_data();
    test_handles();
    test_objects();
    test_killed();
    test_failures();
    test_32_bits();
    close_device(&file);
    test_access();
    test_opens();
    test_at_random(calls);
    world.doing = "stop";
    module_stop();
    EXPECT(world.device == NULL && world.blocks == 0);
    printf("%d failures, %u handled\n", world.failures, handled);
    return world.failures != 0;
}
