/*
 * race_objects.c - one thread uses an object of the simulated driver, the other frees it and makes the next.
 *
 * Prints whether both happened: uses of an object, and uses that came too late. With an argument it goes on until a
 * sanitizer ends it, or for very long.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "hevd_objects.h"
#include "kgen_sim.h"

enum {
    OBJECTS = 30000,
    SEEN = 100,
    MOST_OBJECTS = 5000000,
    VALUE = 0x5EED,
};

static struct kgen_sim_open *open_of_both;
static _Atomic uint64_t current;
static atomic_uint used, late, wrong;
static atomic_bool stop;

static uint32_t send(uint32_t code, const void *in, uint32_t in_size, void *out, uint32_t out_size)
{
    struct kgen_sim_request request = {
        .code = code, .in = in, .in_size = in_size, .out = out, .out_size = out_size};

    return kgen_sim_control(open_of_both, &request);
}

static void *use(void *unused)
{
    while (!atomic_load(&stop)) {
        uint64_t thing = atomic_load(&current);
        uint32_t value = 0;
        uint32_t status =
            send(IOCTL_HEVD_OBJECTS_USE, &thing, sizeof(thing), &value, sizeof(value));

        if (status == 0 && value == VALUE)
            atomic_fetch_add(&used, 1);
        else if (status == 0xC0000008)
            atomic_fetch_add(&late, 1);
        else
            atomic_fetch_add(&wrong, 1);
    }
    return unused;
}

static bool seen(void)
{
    return atomic_load(&used) >= SEEN && atomic_load(&late) >= SEEN;
}

int main(int count, char **arguments)
{
    const struct kgen_sim_caller caller = {KGEN_READ_ACCESS | KGEN_WRITE_ACCESS, false, false};
    const uint32_t value = VALUE;
    unsigned least = count > 1 ? MOST_OBJECTS : OBJECTS;
    struct kgen_sim_device *device;
    pthread_t thread;
    unsigned i;

    (void)arguments;
    if (kgen_sim_start(NULL, &device) != 0 || kgen_sim_open(device, &caller, &open_of_both) != 0 ||
        pthread_create(&thread, NULL, use, NULL) != 0)
        return 2;
    for (i = 0; i < MOST_OBJECTS && (i < least || !seen()); i++) {
        uint64_t thing;

        if (send(IOCTL_HEVD_OBJECTS_ALLOCATE, &value, sizeof(value), &thing, sizeof(thing)) != 0)
            continue; /* a use still holds one of the last */
        atomic_store(&current, thing);
        if (send(IOCTL_HEVD_OBJECTS_FREE, &thing, sizeof(thing), NULL, 0) != 0)
            atomic_fetch_add(&wrong, 1);
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    kgen_sim_close(open_of_both);
    kgen_sim_stop(device);
    printf("%s, %u wrong\n", seen() ? "both" : "one", atomic_load(&wrong));
    return 0;
}
