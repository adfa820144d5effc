/*
 * What only a program in C can do to a simulated tour: pointers that are none, and looking at each
 * number by itself. Prints one line per call.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kgen_sim.h"
#include "tour.h"

#define BOTH (KGEN_READ_ACCESS | KGEN_WRITE_ACCESS)

static struct kgen_sim_open *open_device(struct kgen_sim_device *device, uint32_t access,
                                         bool from_kernel)
{
    const struct kgen_sim_caller caller = {access, from_kernel, false};
    struct kgen_sim_open *open = NULL;

    if (kgen_sim_open(device, &caller, &open) != 0)
        exit(2);
    return open;
}

static void send(struct kgen_sim_open *open, const char *name, uint32_t code, const void *in,
                 uint32_t in_size, void *out, uint32_t out_size)
{
    struct kgen_sim_request request = {
        .code = code, .in_size = in_size, .in = in, .out = out, .out_size = out_size};
    uint32_t status = kgen_sim_control(open, &request);

    printf("%s: %08x %u, %u bytes%s%s\n", name, status, kgen_sim_win32(status), request.information,
           request.refused[0] != '\0' ? ", " : "", request.refused);
}

int main(void)
{
    const uint32_t neither = IOCTL_TOUR_NEITHER;
    uint32_t good[3] = {1, 2, 0};
    unsigned char reply[12];
    struct kgen_sim_device *device = NULL;
    struct kgen_sim_open *user;
    struct kgen_sim_open *kernel;

    if (kgen_sim_abi() != KGEN_SIM_ABI || kgen_sim_start(NULL, &device) != 0)
        return 2;
    user = open_device(device, BOTH, false);
    kernel = open_device(device, BOTH, true);

    send(user, "good", neither, good, 12, reply, 12);
    send(user, "in, null", neither, NULL, 12, reply, 12);
    send(user, "in, of the kernel", neither, (void *)(UINTPTR_MAX - 4096), 12, reply, 12);
    send(user, "in, wraps", neither, (void *)(UINTPTR_MAX - 3), 12, reply, 12);
    send(user, "out, null", neither, good, 12, NULL, 12);
    send(user, "out, of the kernel", neither, good, 12, (void *)(UINTPTR_MAX - 4096), 12);
    send(kernel, "kernel, good", neither, good, 12, reply, 12);
    send(kernel, "kernel, in, null", neither, NULL, 12, reply, 12);
    send(user, "nothing either way", IOCTL_TOUR_PING, NULL, 0, NULL, 0);
    send(user, "no such code", neither ^ 4u << 2, good, 12, reply, 12);
    send(user, "too long", IOCTL_TOUR_SET_LEVEL, good, 8, NULL, 0);

    kgen_sim_close(user);
    kgen_sim_close(kernel);
    kgen_sim_stop(device);
    return 0;
}
