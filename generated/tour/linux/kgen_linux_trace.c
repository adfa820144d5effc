/*
 * kgen_linux_trace.c - where a module tells why it refused a request.
 *
 * Copied as it is by kgen. A module that traces elsewhere links a function of its own instead. To
 * see it: echo 'module NAME +p' > /sys/kernel/debug/dynamic_debug/control
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/printk.h>

#include "kgen_runtime.h"

void kgen_trace(const struct kgen_place *place, enum kgen_rule rule)
{
    char text[160];

    pr_debug("refused: %s: %s\n", kgen_place_text(place, text, sizeof(text)), kgen_rule_name(rule));
}
