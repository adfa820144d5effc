/*
 * kgen_linux_trace.c - where a module tells why it refused a request.
 *
 * Copied as it is by kgen. A module that traces elsewhere links a function of its own instead. To
 * see it: the tracepoint NAME_refused of each interface, or the log, after
 * echo 'module NAME +p' > /sys/kernel/debug/dynamic_debug/control
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/printk.h>

#include "kgen_linux.h"

void kgen_trace(const struct kgen_place *place, enum kgen_rule rule)
{
    char room[160];
    const char *text = kgen_place_text(place, room, sizeof(room));

    pr_debug("refused: %s: %s\n", text, kgen_rule_name(rule));
    kgen_linux_refused(place, text, rule);
}
