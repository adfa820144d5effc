/*
 * A second thread rewrites, or takes away, what a call to the vault is made of, while the call is under way.
 *
 *   race DEVICE ROUNDS
 *
 * At least ROUNDS calls, and more of them where a race has gone one way only: how two threads meet is the machine's affair.
 *
 * What the vault holds afterwards keeps every rule: a value that was checked and then read again would show. One line for each race: its name, how many calls went through, and how
 * many were refused. Exit status 1 where something else came back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vault_ioctl.h"

#define PAGE   4096u
#define HEADER 36u /* of a record of a backup: label, size */
#define SHORT  1u
#define LONG   VAULT_MAX_SECRET

/* How many times ROUNDS a race may take to go both ways. */
#define PATIENCE 20u

static const char *device_path;
static int device;
static int failures;

/* What races: pages of its own, which a race may take away. */
static unsigned char *shared;
static unsigned char *elsewhere;

static atomic_int running;

static void fail(const char *what, unsigned int number)
{
    printf("wrong: %s: %u\n", what, number);
    failures++;
}

static unsigned char *pages(unsigned int count)
{
    void *at = mmap(NULL, (size_t)count * PAGE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    return at;
}

static uint64_t address(const void *at)
{
    return (uint64_t)(uintptr_t)at;
}

/* ---- What is asked of the vault between the calls that race --------------------------------- */

struct listing {
    __u32 total;
    __u32 count;
    struct vault_entry entries[VAULT_SLOT_COUNT];
};

static struct listing list(void)
{
    struct listing listing;
    struct vault_list_arg arg;

    memset(&listing, 0, sizeof(listing));
    memset(&arg, 0, sizeof(arg));
    arg.reply.pointer = address(&listing);
    arg.reply.length = sizeof(listing);
    if (ioctl(device, VAULT_IOC_LIST, &arg) != 0)
        fail("list", (unsigned int)errno);
    return listing;
}

/* As the rule has it: a NUL, and nothing but NULs behind it. What was copied may be of two requests. */
static int is_padded(const char *label)
{
    size_t length = strnlen(label, 32);

    while (length < 32 && label[length] == 0)
        length++;
    return label[31] == 0 && length == 32;
}

static void check_entry(const struct vault_entry *entry, unsigned int most)
{
    if (!is_padded(entry->label))
        fail("a label that is not padded", entry->slot);
    /* Not one of those that were written: of a number, too, a byte may be of one and a byte of another. */
    if (entry->size == 0 || entry->size > most)
        fail("a size that is refused", entry->size);
    if (entry->lifetime != VAULT_LIFETIME_FOREVER)
        fail("a lifetime that is none", entry->lifetime);
    if ((entry->flags & ~VAULT_SEAL_FLAGS_MASK) != 0)
        fail("a flag that is none", entry->flags);
}

/* All of it keeps the rules; and then there is nothing. */
static void check_and_empty(unsigned int most)
{
    struct listing listing = list();
    unsigned int i;

    for (i = 0; i < listing.count && i < VAULT_SLOT_COUNT; i++) {
        struct vault_erase_request erase = {listing.entries[i].slot};

        check_entry(&listing.entries[i], most);
        if (ioctl(device, VAULT_IOC_ERASE, &erase) != 0)
            fail("erase", (unsigned int)errno);
    }
}

/* ---- What the second thread does -------------------------------------------------------------- */

/* A while, each time another: a state that never lasts as long as the copy of it would never be seen whole. */
static void linger(unsigned int i)
{
    volatile unsigned int left = (i * 2654435761u) >> 22;

    while (left != 0)
        left--;
}

static void spoil_request(struct vault_seal_request *request, unsigned int i)
{
    static const __u32 counts[] = {SHORT, LONG, LONG + 1, 0, 0xFFFFFFFFu, SHORT, LONG};
    volatile __u32 *count = &request->secret_count;

    *count = counts[i % 7];
    ((volatile __u32 *)&request->lifetime)[0] = i % 5 == 0 ? 9 : VAULT_LIFETIME_FOREVER;
    ((volatile __u32 *)&request->flags)[0] = i % 6 == 0 ? 0x80000001u : VAULT_SEAL_FLAGS_AUDITED;
    memcpy(request->label, i % 2 ? "one\0\0\0\0\0" : "another", 8);
    if (i % 4 == 0)
        memset(request->label, 'x', sizeof(request->label));
    else
        memset(request->label + 8, 0, sizeof(request->label) - 8);
}

static void *rewrite_request(void *argument)
{
    struct vault_seal_arg *arg = argument;
    unsigned int i = 0;

    while (atomic_load_explicit(&running, memory_order_relaxed)) {
        spoil_request(&arg->request, i);
        linger(i++);
    }
    return NULL;
}

static void *rewrite_record(void *argument)
{
    static const __u32 sizes[] = {SHORT, 10, 0, LONG + 1, 0xFFFFFFFFu};
    unsigned char *record = argument;
    unsigned int i = 0;

    while (atomic_load_explicit(&running, memory_order_relaxed)) {
        memcpy(record + 32, &sizes[i % 5], 4);
        memcpy(record, i % 2 ? "one\0\0\0\0\0" : "another", 8);
        memset(record + 8, i % 3 == 0 ? 'x' : 0, 24);
        linger(i++);
    }
    return NULL;
}

static void *rewrite_descriptor(void *argument)
{
    struct kgen_buffer *buffer = argument;
    const uint64_t pointers[] = {address(elsewhere), 0, address(elsewhere) + PAGE,
                                 0xFFFF888000000000u, address(elsewhere)};
    static const __u32 lengths[] = {sizeof(struct listing), 8, 0, 0xFFFFFFFFu};
    unsigned int i = 0;

    while (atomic_load_explicit(&running, memory_order_relaxed)) {
        ((volatile __u64 *)&buffer->pointer)[0] = pointers[i % 5];
        ((volatile __u32 *)&buffer->length)[0] = lengths[i % 4];
        linger(i++);
    }
    return NULL;
}

static void *take_away(void *argument)
{
    static const int protections[] = {PROT_NONE, PROT_READ | PROT_WRITE, PROT_READ,
                                      PROT_READ | PROT_WRITE};
    unsigned int i = 0;

    while (atomic_load_explicit(&running, memory_order_relaxed))
        mprotect(argument, PAGE, protections[i++ % 4]);
    mprotect(argument, PAGE, PROT_READ | PROT_WRITE);
    return NULL;
}

/* ---- The races ---------------------------------------------------------------------------------- */

static int is_expected(int error)
{
    switch (error) {
    case 0:
    case EINVAL:
    case E2BIG:
    case EFAULT:
    case EEXIST:
    case ENOSPC:
        return 1;
    default:
        return 0;
    }
}

static void race(const char *name, unsigned long number, void *(*second)(void *), void *prey,
                 unsigned int rounds, unsigned int most)
{
    unsigned int passed = 0, refused = 0, i;
    pthread_t thread;

    atomic_store(&running, 1);
    if (pthread_create(&thread, NULL, second, prey) != 0)
        exit(2);
    for (i = 0; i < rounds || ((passed == 0 || refused == 0) && i < PATIENCE * rounds); i++) {
        int error = ioctl(device, number, shared) == 0 ? 0 : errno;

        if (!is_expected(error))
            fail(name, (unsigned int)error);
        passed += error == 0;
        refused += error != 0;
        check_and_empty(most);
    }
    atomic_store(&running, 0);
    pthread_join(thread, NULL);
    printf("%s %u %u\n", name, passed, refused);
}

static void start_seal(void)
{
    struct vault_seal_arg *arg = (struct vault_seal_arg *)(void *)shared;

    memset(shared, 0x5A, PAGE);
    spoil_request(&arg->request, 1);
}

static void start_load(unsigned int size)
{
    struct vault_load_arg *arg = (struct vault_load_arg *)(void *)shared;

    memset(shared, 0, PAGE);
    memset(elsewhere, 0, PAGE);
    strcpy((char *)elsewhere, "one");
    memcpy(elsewhere + 32, &size, 4);
    arg->data.pointer = address(elsewhere);
    arg->data.length = HEADER + size;
    arg->request.lifetime = VAULT_LIFETIME_FOREVER;
}

static void start_list(void)
{
    struct vault_list_arg *arg = (struct vault_list_arg *)(void *)shared;

    memset(shared, 0, PAGE);
    arg->reply.pointer = address(elsewhere);
    arg->reply.length = sizeof(struct listing);
}

int main(int count, char **words)
{
    unsigned int rounds;

    if (count != 3)
        return 2;
    device_path = words[1];
    rounds = (unsigned int)atoi(words[2]);
    device = open(device_path, O_RDWR | O_CLOEXEC);
    if (device < 0) {
        perror(device_path);
        return 2;
    }
    shared = pages(1);
    elsewhere = pages(1);
    check_and_empty(LONG);

    start_seal();
    race("a request that is rewritten", VAULT_IOC_SEAL, rewrite_request, shared, rounds, LONG);
    start_seal();
    race("a request that is taken away", VAULT_IOC_SEAL, take_away, shared, rounds, LONG);
    start_load(10);
    race("data that is rewritten", VAULT_IOC_LOAD, rewrite_record, elsewhere, rounds, 10);
    start_load(10);
    race("data that is taken away", VAULT_IOC_LOAD, take_away, elsewhere, rounds, 10);
    start_list();
    race("a descriptor that is rewritten", VAULT_IOC_LIST, rewrite_descriptor, shared, rounds, 10);
    start_list();
    race("a reply that is taken away", VAULT_IOC_LIST, take_away, elsewhere, rounds, 10);
    return failures != 0;
}
