/* probe_state.h - what the driver of these tests remembers. */
#ifndef PROBE_STATE_H
#define PROBE_STATE_H

#include "probe_handlers.h"

struct probe_device {
    uint32_t opens;
    struct probe_note note;
};

struct probe_open {
    struct kgen_handle done;
    struct kgen_handle log;
};

struct probe_token {
    uint32_t made;
};

/* What handlers tell the program. */
extern unsigned int handled, released, refuse_open;
void expect_that(const char *what, bool good);
#define EXPECT_VALID(condition) expect_that(#condition, (condition))

#endif /* PROBE_STATE_H */
