/*
 * race.c - threads that make, use and give up the objects of one handle, with ids of each other.
 *
 * Prints what did not add up; nothing else. Built under ThreadSanitizer, which sees a state that one thread
 * reads while another releases it.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "cellar.h"
#include "kgen_sim.h"

enum {
    THREADS = 4,
    ROUNDS = 15000,
    KNOWN = 8,
    LEAST = 50
};

#define STALE 0xC0000008u
#define FULL  0xC000007Fu
#define FAULT 0xC0000005u

static struct kgen_sim_open *shared;
static _Atomic uint64_t known[KNOWN];
static atomic_uint made, dropped, tasted, stale, full, undone, odd;

static uint32_t next(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static uint32_t send(uint32_t code, const void *in, uint32_t in_size, void *out, uint32_t out_size)
{
    struct kgen_sim_request request = {
        .code = code, .in = in, .in_size = in_size, .out = out, .out_size = out_size};

    return kgen_sim_control(shared, &request);
}

static uint64_t any(uint32_t *seed)
{
    return atomic_load(&known[next(seed) % KNOWN]);
}

static void count(uint32_t status, atomic_uint *good, unsigned step)
{
    if (status == 0)
        atomic_fetch_add(good, step);
    else if (status == STALE)
        atomic_fetch_add(&stale, 1);
    else if (status == FULL)
        atomic_fetch_add(&full, 1);
    else
        atomic_fetch_add(&odd, 1);
}

static void keep(uint32_t status, uint64_t id, uint32_t *seed)
{
    count(status, &made, 1);
    if (status == 0)
        atomic_store(&known[next(seed) % KNOWN], id);
}

static void fill(uint32_t *seed)
{
    struct cellar_fill_request in = {.litres = next(seed) % 1000 + 1, .fails = next(seed) % 8 == 0};
    uint64_t id = 0;
    uint32_t status = send(IOCTL_CELLAR_FILL, &in, sizeof(in), &id, sizeof(id));

    if (in.fails && status != FULL)
        atomic_fetch_add(status == 0 ? &odd : &undone, 1);
    else
        keep(status, id, seed);
}

static void taste(uint32_t *seed)
{
    uint64_t in[5] = {next(seed) % 5};
    uint64_t out;
    unsigned i;

    for (i = 1; i <= in[0]; i++)
        in[i] = any(seed);
    count(send(IOCTL_CELLAR_TASTE, in, (uint32_t)(8 + 8 * in[0]), &out, sizeof(out)), &tasted, 1);
}

static void pour(uint32_t *seed)
{
    struct cellar_pour_request in = {.cask = any(seed), .fails = next(seed) % 8 == 0};
    uint32_t out;
    uint32_t status = send(IOCTL_CELLAR_POUR, &in, sizeof(in), &out, sizeof(out));

    if (in.fails && status != STALE)
        atomic_fetch_add(status == 0 ? &odd : &undone, 1);
    else
        count(status, &dropped, 1);
}

/* Some of its replies have nowhere to go. */
static void blend(uint32_t *seed)
{
    struct cellar_blend_request in = {.into = any(seed), .from_ = {any(seed), any(seed)}};
    bool lost = next(seed) % 4 == 0;
    uint64_t id = 0;
    uint32_t status =
        send(IOCTL_CELLAR_BLEND, &in, sizeof(in), lost ? NULL : (void *)&id, sizeof(id));

    if (lost && status == FAULT) {
        atomic_fetch_add(&undone, 1);
        return;
    }
    if (lost && status == 0)
        atomic_fetch_add(&odd, 1);
    if (status == 0)
        atomic_fetch_add(&dropped, 2);
    keep(status, id, seed);
}

static void *work(void *number)
{
    uint32_t seed = 7919u * (uint32_t)(uintptr_t)number + 17;
    unsigned round;

    for (round = 0; round < ROUNDS; round++) {
        switch (next(&seed) % 8) {
        case 0:
        case 1:
        case 2:
            fill(&seed);
            break;
        case 3:
        case 4:
            taste(&seed);
            break;
        case 5:
            blend(&seed);
            break;
        default:
            pour(&seed);
            break;
        }
    }
    return NULL;
}

static void check(bool good, const char *what)
{
    if (!good)
        printf("%s\n", what);
}

int main(void)
{
    const struct kgen_sim_caller caller = {KGEN_READ_ACCESS | KGEN_WRITE_ACCESS, false, false};
    struct kgen_sim_device *device;
    struct kgen_sim_open *other;
    struct cellar_count_reply counted;
    pthread_t threads[THREADS];
    unsigned left;
    uintptr_t i;

    if (kgen_sim_start(NULL, &device) != 0 || kgen_sim_open(device, &caller, &shared) != 0 ||
        kgen_sim_open(device, &caller, &other) != 0)
        return 2;
    for (i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, work, (void *)i) != 0)
            return 2;
    }
    for (i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);

    if (send(IOCTL_CELLAR_COUNT, NULL, 0, &counted, sizeof(counted)) != 0)
        return 2;
    left = counted.made - counted.released;
    check(counted.wrong == 0, "a handler or hook got an object that was released");
    check(left == made - dropped, "what is left is not what was made and not given up");
    check(left <= 6, "more objects than there may be");
    check(odd == 0, "an answer that is none");
    check(made >= LEAST && dropped >= LEAST && tasted >= LEAST && stale >= LEAST && full >= LEAST &&
              undone >= LEAST,
          "not every kind of answer was seen");
    kgen_sim_close(shared);
    shared = other;
    if (send(IOCTL_CELLAR_COUNT, NULL, 0, &counted, sizeof(counted)) != 0)
        return 2;
    check(counted.made == counted.released, "closing a handle left objects");
    check(counted.wrong == 0, "an object was released after the hook of cleanup");
    kgen_sim_close(other);
    kgen_sim_stop(device);
    return 0;
}
