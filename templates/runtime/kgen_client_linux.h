/*
 * kgen_client_linux.h - how a program on Linux reaches any device that kgen generates for.
 *
 * Copied as it is by kgen. Header only; C11 and C++11. No state: any thread may call anything.
 */
#ifndef KGEN_CLIENT_LINUX_H
#define KGEN_CLIENT_LINUX_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/ioctl.h>
#include <sys/ioctl.h>

#include "kgen_types.h"

typedef int kgen_client_device; /* a file descriptor */
typedef int kgen_client_error;  /* an errno */

#define KGEN_CLIENT_NO_DEVICE (-1)
#define KGEN_CLIENT_NO_ERROR  0

/* Of a code's two names the one of this system. */
#define KGEN_CLIENT_CODE(windows, linux) (linux)

/* What an argument has: the reply, then `data`, then the request; each in place or elsewhere. */
#define KGEN_CLIENT_REPLY        0x01u
#define KGEN_CLIENT_REPLY_BUFFER 0x02u
#define KGEN_CLIENT_DATA_BUFFER  0x04u
#define KGEN_CLIENT_REQUEST      0x08u
#define KGEN_CLIENT_REPLY_TAIL   0x10u  /* the reply is as long as there is room */
#define KGEN_CLIENT_AGAIN        0x20u  /* a call that a signal ended may be made again */
#define KGEN_CLIENT_VALUE        0x40u  /* the request is an integer in place of the pointer */
#define KGEN_CLIENT_SIGNED       0x80u  /* which may be negative */
#define KGEN_CLIENT_ANSWER       0x100u /* ioctl() itself answers: an int */
#define KGEN_CLIENT_MEMORY       0x1Fu  /* any part that is in memory */

/* One code; in bytes. */
struct kgen_client_ioctl {
    unsigned int number; /* as this machine has it */
    uint32_t parts;      /* KGEN_CLIENT_* */
    uint32_t size;       /* of the argument, up to a tail */
    uint32_t reply;      /* of a reply in place, at 0 */
    uint32_t data;       /* where the buffer's descriptor is */
    uint32_t request;    /* where the request is */
};

typedef const struct kgen_client_ioctl *kgen_client_code;

/* How an argument names memory elsewhere. */
struct kgen_client_buffer {
    kgen_u64 pointer;
    uint32_t length;
    uint32_t done; /* bytes that the driver filled */
};

static inline void kgen_client_wipe(void *memory, size_t size)
{
    volatile unsigned char *bytes = (volatile unsigned char *)memory;

    while (size-- > 0)
        bytes[size] = 0;
}

/* KGEN_CLIENT_NO_DEVICE on failure; errno tells. `access` is of KGEN_READ_ACCESS and so on. */
static inline int kgen_client_open(const char *path, uint32_t access)
{
    /* 3 is Linux's own: a file that can neither be read nor written (open(2)). */
    static const int modes[4] = {3, O_RDONLY, O_WRONLY, O_RDWR};
    int flags = modes[access & (KGEN_READ_ACCESS | KGEN_WRITE_ACCESS)];
    int device;

#if defined(O_CLOEXEC)
    flags |= O_CLOEXEC;
#endif
    do
        device = open(path, flags);
    while (device < 0 && errno == EINTR);
    return device;
}

static inline void kgen_client_close(int device)
{
    close(device);
}

static inline int kgen_client_last_error(void)
{
    return errno;
}

static inline int kgen_client_call(int device, kgen_client_code code, void *argument, int *answer)
{
    do
        *answer = ioctl(device, code->number, argument);
    while (*answer < 0 && errno == EINTR && (code->parts & KGEN_CLIENT_AGAIN) != 0);
    return *answer < 0 ? errno : 0;
}

/* An integer of 1, 2, 4 or 8 bytes, as wide as a pointer. */
static inline uintptr_t kgen_client_value(kgen_client_code code, const void *in, size_t size)
{
    const int is_signed = (code->parts & KGEN_CLIENT_SIGNED) != 0;
    union {
        uint8_t byte;
        uint16_t half;
        uint32_t word;
        uint64_t wide;
    } value = {0};

    memcpy(&value, in, size < sizeof(value) ? size : sizeof(value));
    switch (size) {
    case 1:
        return is_signed ? (uintptr_t)(int8_t)value.byte : value.byte;
    case 2:
        return is_signed ? (uintptr_t)(int16_t)value.half : value.half;
    case 4:
        return is_signed ? (uintptr_t)(int32_t)value.word : value.word;
    default:
        return (uintptr_t)value.wide;
    }
}

static inline int kgen_client_send(int device, kgen_client_code code, char *argument,
                                   const void *in, size_t in_size, void *out, size_t out_size,
                                   size_t *done)
{
    const uint32_t elsewhere = KGEN_CLIENT_REPLY_BUFFER | KGEN_CLIENT_DATA_BUFFER;
    const size_t at = (code->parts & KGEN_CLIENT_DATA_BUFFER) != 0 ? code->data : 0;
    size_t got = (code->parts & KGEN_CLIENT_REPLY_TAIL) != 0 ? out_size : code->reply;
    struct kgen_client_buffer buffer = {(uintptr_t)out, (uint32_t)out_size, 0};
    int error, answer;

    if ((code->parts & KGEN_CLIENT_VALUE) != 0)
        argument = (char *)kgen_client_value(code, in, in_size);
    else if ((code->parts & KGEN_CLIENT_MEMORY) == 0)
        argument = NULL;
    else if (in_size > 0)
        memcpy(argument + code->request, in, in_size);
    if ((code->parts & elsewhere) != 0)
        memcpy(argument + at, &buffer, sizeof(buffer));
    error = kgen_client_call(device, code, argument, &answer);
    if (error != 0)
        return error;
    if ((code->parts & KGEN_CLIENT_ANSWER) != 0) {
        memcpy(out, &answer, sizeof(answer));
        *done = sizeof(answer);
    } else if ((code->parts & elsewhere) != 0) {
        memcpy(&buffer, argument + at, sizeof(buffer));
        *done = buffer.done <= out_size ? buffer.done : out_size;
    } else if ((code->parts & KGEN_CLIENT_REPLY) != 0) {
        got = got <= out_size ? got : out_size;
        memcpy(out, argument, got);
        *done = got;
    }
    return 0;
}

/* One ioctl. 0, or an errno; *done bytes came back. */
static inline int kgen_client_control(int device, kgen_client_code code, const void *in,
                                      size_t in_size, void *out, size_t out_size, size_t *done)
{
    union {
        uint64_t aligned;
        char bytes[256];
    } local;
    const size_t sent = code->request + in_size;
    const size_t room = (code->parts & KGEN_CLIENT_REPLY_TAIL) != 0 ? out_size : 0;
    size_t size = code->size;
    char *argument = local.bytes;
    int error;

    *done = 0;
    if (in_size > UINT32_MAX || out_size > UINT32_MAX)
        return EINVAL;
    size = size < sent ? sent : size;
    size = size < room ? room : size;
    if (size > sizeof(local))
        argument = (char *)malloc(size);
    if (argument == NULL)
        return ENOMEM;
    memset(argument, 0, size);
    error = kgen_client_send(device, code, argument, in, in_size, out, out_size, done);
    kgen_client_wipe(argument, size); /* it may have held a secret */
    if (argument != local.bytes)
        free(argument);
    return error;
}

#endif /* KGEN_CLIENT_LINUX_H */
