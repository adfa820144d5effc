/* tour_state.h - what the driver of these tests remembers. */
#ifndef TOUR_STATE_H
#define TOUR_STATE_H

#include "tour_handlers.h"

/* No lock: the tests call one at a time. */
struct tour_device {
    uint32_t level;
    uint32_t pings;
    struct tour_reading reading;
    uint32_t opens;
    uint32_t cleanups;
    uint32_t alive; /* objects of all opens */
};

struct tour_open {
    uint32_t pings;
    struct kgen_handle changed; /* of `watch`, kept */
};

struct tour_token {
    uint32_t weight;
};

struct tour_basket {
    uint64_t weight;
};

#endif /* TOUR_STATE_H */
