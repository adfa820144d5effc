/*
 * Makes ioctl calls on a device as bytes, with nothing of kgen in between.
 *
 *   linux_calls DEVICE CALLS RESULTS [fail]
 *
 * With `fail`, in a kernel with fault injection: before each call comes the same one with the first copy or
 * allocation failing, with the second, and so on until none is left to fail. Prints how many failed, and what
 * those calls answered.
 *
 * Each call's argument and buffer end where memory ends: behind them is a page that cannot be touched, and
 * a record may say that they have less memory than they should. The bytes before them are watched.
 * tests/support/linux_calls.py knows the two files.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE        4096u
#define MODES       4u
#define WATCHED     64u
#define POISON      0xC3
#define NO_BUFFER   0xFFFFFFFFu
#define FAILED      2
#define ERRORS      256

enum {
    RAW_ADDRESS = 1,
    RAW_BUFFER_ADDRESS = 2,
    READ_ONLY = 4,
    BUFFER_READ_ONLY = 8,
};

struct record {
    uint32_t mode; /* 0 none, 1 r, 2 w, 3 rw */
    uint32_t number;
    uint32_t flags;
    uint32_t size; /* of the argument, all of which follows this record, and then the buffer */
    uint32_t mapped;
    uint32_t buffer_size;
    uint32_t buffer_mapped;
    uint32_t buffer_at;
    uint64_t address;
    uint64_t buffer_address;
};

struct result {
    uint32_t status; /* errno, or 0; a value that is no answer of ioctl is made one that is no errno */
    uint32_t stray;
};

/* Memory that ends before a page that cannot be touched. */
struct region {
    unsigned char *start;
    unsigned char *end;
};

static void die(const char *what)
{
    perror(what);
    exit(FAILED);
}

static struct region make_region(size_t size)
{
    struct region region;
    size_t whole = (size + PAGE - 1) / PAGE * PAGE + PAGE;
    unsigned char *start =
        mmap(NULL, whole + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (start == MAP_FAILED || mprotect(start + whole, PAGE, PROT_NONE) != 0)
        die("mmap");
    region.start = start;
    region.end = start + whole;
    return region;
}

static void protect(const struct region *region, int protection)
{
    if (mprotect(region->start, (size_t)(region->end - region->start), protection) != 0)
        die("mprotect");
}

/* Puts bytes at the end of a region, and returns where they are. */
static unsigned char *place(const struct region *region, const void *bytes, size_t mapped)
{
    unsigned char *at = region->end - mapped;

    memset(at - WATCHED, POISON, WATCHED);
    memcpy(at, bytes, mapped);
    return at;
}

static int is_stray(const unsigned char *at)
{
    size_t i;

    for (i = 1; i <= WATCHED; i++)
        if (at[-(ptrdiff_t)i] != POISON)
            return 1;
    return 0;
}

static void read_all(FILE *file, void *bytes, size_t size)
{
    if (size > 0 && fread(bytes, size, 1, file) != 1)
        die("reading the calls");
}

static void write_all(FILE *file, const void *bytes, size_t size)
{
    if (size > 0 && fwrite(bytes, size, 1, file) != 1)
        die("writing the results");
}

static int open_device(const char *path, unsigned int mode)
{
    static const int modes[MODES] = {3, O_RDONLY, O_WRONLY, O_RDWR};
    static int opened[MODES];

    if (opened[mode] == 0) {
        opened[mode] = open(path, modes[mode] | O_CLOEXEC);
        if (opened[mode] < 0)
            die(path);
    }
    return opened[mode];
}

static uint32_t make_call(int device, const struct record *record, uintptr_t argument)
{
    int answer;

    errno = 0;
    answer = ioctl(device, record->number, argument);
    if (answer == -1)
        return (uint32_t)errno;
    return answer == 0 ? 0 : 0x10000u + (uint32_t)answer;
}

/* ---- Copies and allocations that fail: Documentation/fault-injection/fault-injection.rst --------- */

#define MOST_FAULTS 200

static unsigned long answers[ERRORS];
static int injects;

/* Sets which copy or allocation of this thread is to fail; the write itself may be what fails. */
static void set_fault(int file, unsigned int nth)
{
    char text[16];
    int length = snprintf(text, sizeof(text), "%u", nth);

    while (pwrite(file, text, (size_t)length, 0) != length)
        if (errno != EFAULT && errno != ENOMEM)
            die("fail-nth");
}

/* Whether it came to that; what fails instead may be this read. */
static int has_failed(int file)
{
    char text[16] = "";

    if (pread(file, text, sizeof(text) - 1, 0) <= 0)
        return 0;
    return atoi(text) == 0;
}

static void fail_each(int device, const struct record *record, uintptr_t argument)
{
    static int file = -1;
    unsigned int nth;
    int failed = 1;

    if (file < 0)
        file = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
    if (file < 0)
        die("fail-nth");
    for (nth = 1; failed && nth <= MOST_FAULTS; nth++) {
        uint32_t status;

        set_fault(file, nth);
        status = make_call(device, record, argument);
        failed = has_failed(file);
        set_fault(file, 0);
        if (failed && status < ERRORS)
            answers[status]++;
        else if (status >= ERRORS || nth == MOST_FAULTS)
            die("an answer that is none");
    }
}

static void print_answers(void)
{
    unsigned int error;

    for (error = 0; error < ERRORS; error++)
        if (answers[error] != 0)
            printf("fault %u %lu\n", error, answers[error]);
}

/* ---- Calls --------------------------------------------------------------------------------------- */

static void serve(int device, const struct record *record, const unsigned char *bytes, FILE *out)
{
    static struct region memory, elsewhere;
    struct result result;
    unsigned char *argument, *buffer;
    uint64_t address;
    uintptr_t given;

    if (memory.start == NULL) {
        memory = make_region(1 << 15);
        elsewhere = make_region((1 << 20) + (1 << 16));
    }
    buffer = place(&elsewhere, bytes + record->size, record->buffer_mapped);
    argument = place(&memory, bytes, record->mapped);
    address = record->flags & RAW_BUFFER_ADDRESS ? record->buffer_address : (uintptr_t)buffer;
    if (record->buffer_at != NO_BUFFER && record->buffer_at + sizeof(address) <= record->mapped)
        memcpy(argument + record->buffer_at, &address, sizeof(address));
    if (record->flags & READ_ONLY)
        protect(&memory, PROT_READ);
    if (record->flags & BUFFER_READ_ONLY)
        protect(&elsewhere, PROT_READ);

    given = record->flags & RAW_ADDRESS ? (uintptr_t)record->address : (uintptr_t)argument;
    if (injects)
        fail_each(device, record, given);
    result.status = make_call(device, record, given);

    protect(&memory, PROT_READ | PROT_WRITE);
    protect(&elsewhere, PROT_READ | PROT_WRITE);
    result.stray = (uint32_t)(is_stray(argument) || is_stray(buffer));
    if (record->buffer_at != NO_BUFFER && record->buffer_at + sizeof(address) <= record->mapped) {
        result.stray |= (uint32_t)(memcmp(argument + record->buffer_at, &address, sizeof(address)) != 0);
        memcpy(argument + record->buffer_at, bytes + record->buffer_at, sizeof(address));
    }
    write_all(out, &result, sizeof(result));
    write_all(out, argument, record->mapped);
    write_all(out, buffer, record->buffer_mapped);
}

int main(int count, char **words)
{
    FILE *in, *out;
    struct record record;

    if (count != 4 && count != 5)
        return FAILED;
    injects = count == 5;
    in = fopen(words[2], "rb");
    out = fopen(words[3], "wb");
    if (in == NULL || out == NULL)
        die("the files");
    while (fread(&record, sizeof(record), 1, in) == 1) {
        size_t size = (size_t)record.size + record.buffer_size;
        unsigned char *bytes = malloc(size + 1);

        if (bytes == NULL || record.mode >= MODES)
            die("a record");
        read_all(in, bytes, size);
        serve(open_device(words[1], record.mode), &record, bytes, out);
        free(bytes);
    }
    print_answers();
    return fclose(out) == 0 ? 0 : 1;
}
