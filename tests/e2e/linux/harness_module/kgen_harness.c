// SPDX-License-Identifier: MIT
/* A module that does, as it is loaded, what its parameter says: for tests of what notices. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/slab.h>

static char *deed = "nothing";
module_param(deed, charp, 0444);
MODULE_PARM_DESC(deed, "nothing, warn, overflow or crash");

static int overflow(void)
{
    volatile u8 *bytes = kmalloc(64, GFP_KERNEL);

    if (!bytes)
        return -ENOMEM;
    bytes[64] = 1;
    kfree((const void *)bytes);
    return 0;
}

static int __init harness_init(void)
{
    pr_info("does %s\n", deed);
    if (strcmp(deed, "warn") == 0)
        WARN(1, "the module warns\n");
    if (strcmp(deed, "overflow") == 0)
        return overflow();
    if (strcmp(deed, "crash") == 0)
        *(volatile int *)8 = 1;
    return 0;
}

static void __exit harness_exit(void)
{
    pr_info("ends\n");
}

module_init(harness_init);
module_exit(harness_exit);
MODULE_DESCRIPTION("Does what it should not");
MODULE_LICENSE("Dual MIT/GPL");
