/*
 * courier_module.c - what insmod runs. Yours: kgen wrote it once and does not touch it again.
 */
#include <linux/module.h>

#include "courier_linux.h"

/* A module that carries more interfaces lists them here; each gets a device of its own. */
static const struct kgen_linux_interface *const interfaces[] = {
    &courier_linux,
};

static int __init start(void)
{
    return kgen_linux_start(interfaces, sizeof(interfaces) / sizeof(interfaces[0]));
}

static void __exit stop(void)
{
    kgen_linux_stop();
}

module_init(start);
module_exit(stop);

MODULE_DESCRIPTION("Requests that point to more of the caller's memory.");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
