/*
 * A device below /dev in a program without one: preloaded, it answers open, ioctl and close of NODE
 * through the simulator of an interface, as a Linux module answers them (docs/abi.md, "The Linux
 * argument"). TABLE tells the arguments.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kgen_sim.h"

#define MOST_FILES 1024
#define SIZE_BITS 0x3FFF0000u
#define CUT 0x80000005u /* STATUS_BUFFER_OVERFLOW */

struct row {
    uint32_t number;
    uint32_t code;
    bool grows;
    uint32_t reply; /* bytes of one that is in place */
    bool buffer;
    int data; /* offsets, -1 for none */
    int request;
    uint32_t request_size; /* up to its tail */
    uint32_t count;
    uint32_t count_size;
    uint32_t count_unit;
};

struct error {
    uint32_t ntstatus;
    int number;
};

#include TABLE

struct buffer {
    uint64_t pointer;
    uint32_t length;
    uint32_t done;
};

static struct kgen_sim_device *driver;
static struct kgen_sim_open *files[MOST_FILES];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void)
{
    uint32_t status = kgen_sim_start(NULL, &driver);

    if (status != 0) {
        fprintf(stderr, "the driver does not start: 0x%08X\n", status);
        abort();
    }
}

static int to_errno(uint32_t ntstatus)
{
    size_t i;

    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (errors[i].ntstatus == ntstatus)
            return errors[i].number;
    return EIO;
}

static int open_node(int flags)
{
    static const uint32_t rights[] = {1, 2, 3, 0};
    const struct kgen_sim_caller caller = {.access = rights[flags & O_ACCMODE]};
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    struct kgen_sim_open *opened;
    uint32_t status;
    int file;

    pthread_once(&once, start);
    status = kgen_sim_open(driver, &caller, &opened);
    if (status != 0) {
        errno = to_errno(status);
        return -1;
    }
    file = real("/dev/null", O_RDONLY | (flags & O_CLOEXEC));
    if (file < 0 || file >= MOST_FILES)
        abort();
    files[file] = opened;
    return file;
}

static int open_any(const char *name, const char *path, int flags, mode_t mode)
{
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, name);

    return strcmp(path, NODE) == 0 ? open_node(flags) : real(path, flags, mode);
}

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list list;                                                                              \
        mode_t mode;                                                                               \
                                                                                                   \
        va_start(list, flags);                                                                     \
        mode = va_arg(list, mode_t);                                                               \
        va_end(list);                                                                              \
        return open_any(#name, path, flags, mode);                                                 \
    }

OPEN(open)
OPEN(open64)

int close(int file)
{
    int (*real)(int) = dlsym(RTLD_NEXT, "close");

    if (file >= 0 && file < MOST_FILES && files[file] != NULL) {
        kgen_sim_close(files[file]);
        files[file] = NULL;
    }
    return real(file);
}

static const struct row *find(uint32_t number)
{
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint32_t differs = rows[i].number ^ number;

        if (rows[i].grows)
            differs &= ~SIZE_BITS;
        if (differs == 0)
            return &rows[i];
    }
    return NULL;
}

static uint32_t request_size(const struct row *row, uint32_t size, const char *request)
{
    uint64_t count = 0;

    if (row->grows)
        return size - (uint32_t)row->request;
    memcpy(&count, request + row->count, row->count_size); /* little-endian machines only */
    return row->request_size + (uint32_t)count * row->count_unit;
}

static int answer(struct kgen_sim_open *opened, const struct row *row, uint32_t size, char *argument)
{
    struct kgen_sim_request sent = {.code = row->code};
    struct buffer buffer = {0};
    const int at = row->buffer ? 0 : row->data;
    char *reply = NULL;
    uint32_t status;

    if (row->request >= 0) {
        sent.in = argument + row->request;
        sent.in_size = request_size(row, size, sent.in);
    }
    if (at >= 0) {
        memcpy(&buffer, argument + at, sizeof(buffer));
        sent.out = (void *)(uintptr_t)buffer.pointer;
        sent.out_size = buffer.length;
    } else if (row->reply > 0) {
        sent.out_size = row->grows && row->request <= 0 ? size : row->reply;
        sent.out = reply = calloc(1, sent.out_size);
    }
    status = kgen_sim_control(opened, &sent);
    if (status != 0 && status != CUT) {
        free(reply);
        errno = to_errno(status);
        return -1;
    }
    if (reply != NULL)
        memcpy(argument, reply, sent.out_size);
    free(reply);
    buffer.done = sent.information;
    if (at >= 0)
        memcpy(argument + at, &buffer, sizeof(buffer));
    return 0;
}

int ioctl(int file, unsigned long number, ...)
{
    int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
    const struct row *row;
    va_list list;
    char *argument;

    va_start(list, number);
    argument = va_arg(list, char *);
    va_end(list);
    if (file < 0 || file >= MOST_FILES || files[file] == NULL)
        return real(file, number, argument);
    row = find((uint32_t)number);
    if (row == NULL) {
        errno = ENOTTY;
        return -1;
    }
    return answer(files[file], row, (uint32_t)number >> 16 & 0x3FFF, argument);
}
