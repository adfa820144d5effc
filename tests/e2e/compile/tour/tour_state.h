/* State of the tour driver that the tests build. */
#ifndef TOUR_STATE_H
#define TOUR_STATE_H

#include "tour_handlers.h"

struct tour_device {
    uint32_t alive;
    uint32_t level;
    uint32_t opens;
};

struct tour_open {
    uint32_t calls;
};

struct tour_token {
    uint32_t weight;
};

struct tour_basket {
    uint64_t weight;
};

#endif /* TOUR_STATE_H */
