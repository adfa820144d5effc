/*
 * Requests that point to more of a program's memory, of as many bits as the compiler makes it.
 *
 *   courier DEVICE ROUNDS [fail]
 *
 * With `fail`, in a kernel with fault injection: a call is made with its first copy or allocation failing, then
 * with the second, until none is left to fail. Prints what was answered how often.
 *
 * Exit status 0 where all is as it should be; else it says what is not.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "courier_ioctl.h"

#define PAGE 4096u
#define MOST 64u

static int failures;
static int device;
static unsigned char *pages; /* one to be read; behind it one that is not there */

static void check(int holds, const char *what)
{
    if (holds)
        return;
    printf("wrong: %s (errno %d)\n", what, errno);
    failures++;
}

static uint64_t address(const void *at)
{
    return (uintptr_t)at;
}

static struct courier_parcel *parcels(unsigned int count)
{
    struct courier_parcel *first = (struct courier_parcel *)(pages + PAGE) - count;
    unsigned int i;

    memset(first, 0, count * sizeof(*first));
    for (i = 0; i < count; i++) {
        first[i].weight = 1 + i;
        first[i].kind = COURIER_KIND_PLAIN;
        memcpy(first[i].name, "parcel", 6);
    }
    return first;
}

static struct courier_send_arg argument(unsigned int count, const char *label)
{
    struct courier_send_arg arg;

    memset(&arg, 0, sizeof(arg));
    arg.request.parcels = address(parcels(count));
    arg.request.parcel_count = count;
    arg.request.label = address(label);
    arg.request.label_size = (__u16)strlen(label);
    return arg;
}

/* 0, or the errno. */
static int send_parcels(struct courier_send_arg *arg)
{
    return ioctl(device, COURIER_IOC_SEND, arg) == 0 ? 0 : errno;
}

static void call_send(void)
{
    struct courier_send_arg arg = argument(MOST, "AB");
    uint64_t before = arg.request.parcels;

    check(send_parcels(&arg) == 0, "send");
    check(arg.reply.total == ((uint64_t)MOST * (MOST + 1) / 2 << 32) + 'A' + 'B', "the total");
    check(arg.reply.first == 1 && arg.reply.steady == 1, "the reply");
    check(arg.request.parcels == before, "the request is left alone");

    arg = argument(0, "");
    arg.request.parcels = 0;
    arg.request.label = 1;
    check(send_parcels(&arg) == 0 && arg.reply.total == 0, "nothing is read of nothing");
}

static void call_send_wrongly(void)
{
    struct courier_send_arg arg = argument(MOST, "");

    arg.request.parcel_count = MOST + 1;
    check(send_parcels(&arg) == EINVAL, "one too many");
    arg.request.parcel_count = 0xFFFFFFFFu;
    check(send_parcels(&arg) == EINVAL, "as many as there are numbers");

    arg = argument(2, "");
    arg.request.parcels += 1;
    check(send_parcels(&arg) == EFAULT, "the last byte is not there");
    arg.request.parcels = address(pages + PAGE);
    check(send_parcels(&arg) == EFAULT, "none of it is there");
    arg.request.parcels = 0;
    check(send_parcels(&arg) == EFAULT, "a null pointer");
    arg.request.parcels = ~(uint64_t)0 - 15;
    check(send_parcels(&arg) == EFAULT, "the last address");
    arg.request.parcels = 0xFFFF888000000000u;
    check(send_parcels(&arg) == EFAULT, "an address of the kernel");
    arg.request.parcels = address(parcels(2)) | (uint64_t)1 << 63;
    check(send_parcels(&arg) == EFAULT, "a bit too high");
    if (sizeof(void *) == 4) {
        arg.request.parcels = address(parcels(2)) | (uint64_t)1 << 32;
        check(send_parcels(&arg) == EFAULT, "an address of more than 32 bits");
    }

    arg = argument(2, "");
    parcels(2)[1].weight = 1001;
    check(send_parcels(&arg) == EINVAL, "what is pointed to is out of range");
    parcels(2)[1].kind = 3;
    check(send_parcels(&arg) == EINVAL, "what is pointed to is no value");
    memset(parcels(2)[1].name, 'x', 8);
    check(send_parcels(&arg) == EINVAL, "what is pointed to has no end");
    arg = argument(2, "a label that is longer than thirty-two bytes");
    check(send_parcels(&arg) == EINVAL, "a label that is too long");
}

static void call_swap(void)
{
    struct courier_swap_arg arg;
    static const unsigned char words[] = {0x12, 0x34, 1, 2};

    memset(&arg, 0, sizeof(arg));
    arg.request.words = address(words);
    arg.request.bytes = __builtin_bswap32(sizeof(words));
    check(ioctl(device, COURIER_IOC_SWAP, &arg) == 0, "swap");
    check(arg.reply.first == 0x1234 && arg.reply.total == 0x12 + 0x34 + 1 + 2, "the words");
    arg.request.bytes = __builtin_bswap32(3);
    check(ioctl(device, COURIER_IOC_SWAP, &arg) == -1 && errno == EINVAL, "half a word");
    arg.request.bytes = __builtin_bswap32(4098);
    check(ioctl(device, COURIER_IOC_SWAP, &arg) == -1 && errno == EINVAL, "too many words");
    arg.request.words = address(pages);
    arg.request.bytes = __builtin_bswap32(4096);
    check(ioctl(device, COURIER_IOC_SWAP, &arg) == 0, "a whole page");
}

static void call_unlock(void)
{
    struct courier_unlock_arg arg;

    memset(&arg, 0, sizeof(arg));
    memset(pages + PAGE - 16, 7, 16);
    arg.request.key = address(pages + PAGE - 16);
    check(ioctl(device, COURIER_IOC_UNLOCK, &arg) == 0 && arg.reply.total == 7 * 16, "unlock");
    arg.request.key++;
    check(ioctl(device, COURIER_IOC_UNLOCK, &arg) == -1 && errno == EFAULT, "fifteen bytes");
}

/* A program that is as old as the first version says so in the number. */
static void call_place(void)
{
    unsigned int old = sizeof(struct courier_sum) + 8;
    unsigned long older =
        _IOC(_IOC_READ | _IOC_WRITE, COURIER_IOC_MAGIC, _IOC_NR(COURIER_IOC_PLACE), old);
    uint32_t extra[5] = {5, 6, 7, 8, 9};
    struct courier_place_arg arg;

    memset(&arg, 0, sizeof(arg));
    arg.request.level = 40;
    arg.request.extra = address(extra);
    arg.request.extra_count = 4;
    check(ioctl(device, COURIER_IOC_PLACE, &arg) == 0, "place");
    check(arg.reply.total == 40 + 5 + 6 + 7 + 8 && arg.reply.first == 5, "the extra");
    check(arg.request.level == 40, "the request is left alone");
    arg.request.extra_count = (uint64_t)1 << 32 | 4;
    check(ioctl(device, COURIER_IOC_PLACE, &arg) == -1 && errno == EINVAL, "all 64 bits count");
    check(ioctl(device, older, &arg) == 0, "an older program");
    check(arg.reply.total == 40 && arg.reply.first == 0, "which has no extra");
}

static char label[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
static atomic_int running;

static void *rewrite(void *unused)
{
    volatile char *at = label;
    unsigned int i;

    (void)unused;
    while (atomic_load(&running) != 0)
        for (i = 0; i < 32; i++) {
            at[i] = at[i] == 'a' ? 'b' : 'a';
            if (i == 15)
                sched_yield(); /* where there is one processor */
        }
    return NULL;
}

/* What a handler got stays as it was, whatever the program writes meanwhile. */
static void race(unsigned int rounds)
{
    unsigned int mixed = 0, i;
    pthread_t writer;

    atomic_store(&running, 1);
    if (pthread_create(&writer, NULL, rewrite, NULL) != 0)
        exit(2);
    for (i = 0; i < rounds || (mixed == 0 && i < 100 * rounds); i++) {
        struct courier_send_arg arg = argument(0, label);

        check(send_parcels(&arg) == 0 && arg.reply.steady == 1, "a label that changes");
        mixed += arg.reply.total != 32u * 'a' && arg.reply.total != 32u * 'b';
    }
    check(mixed > 0, "no call met the writer");
    atomic_store(&running, 0);
    pthread_join(writer, NULL);
}

/* Documentation/fault-injection/fault-injection.rst. The write and the read may be what fails. */
static int fails_nth(int file, unsigned int nth, struct courier_send_arg *arg, int *answer)
{
    char text[16];
    int length = snprintf(text, sizeof(text), "%u", nth);
    ssize_t got;

    while (pwrite(file, text, (size_t)length, 0) != length)
        continue;
    *answer = send_parcels(arg);
    got = pread(file, text, sizeof(text) - 1, 0);
    while (pwrite(file, "0", 1, 0) != 1)
        continue;
    text[got > 0 ? got : 0] = '\0';
    return got > 0 && atoi(text) == 0;
}

static void fail_each(void)
{
    int file = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
    unsigned long answers[256] = {0};
    int answer, failed = 1;
    unsigned int i;

    check(file >= 0, "fail-nth");
    for (i = 1; failed && i < 100; i++) {
        struct courier_send_arg arg = argument(MOST, "AB");

        failed = fails_nth(file, i, &arg, &answer);
        check(answer == 0 || answer == EFAULT || answer == ENOMEM, "an answer to a fault");
        answers[answer & 255] += (unsigned long)failed;
    }
    check(!failed && answer == 0, "the call without a fault");
    check(answers[EFAULT] >= 4 && answers[ENOMEM] >= 1, "every copy and allocation failed once");
    for (i = 0; i < 256; i++)
        if (answers[i] != 0)
            printf("fault %u %lu\n", i, answers[i]);
}

int main(int count, char **words)
{
    if (count < 3)
        return 2;
    device = open(words[1], O_RDWR | O_CLOEXEC);
    pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (device < 0 || pages == MAP_FAILED || munmap(pages + PAGE, PAGE) != 0) {
        perror(words[1]);
        return 2;
    }
    call_send();
    call_send_wrongly();
    call_swap();
    call_unlock();
    call_place();
    race((unsigned int)atoi(words[2]));
    if (count > 3)
        fail_each();
    return failures != 0;
}
