/*
 * sensor_state.h - what a sensor remembers.
 *
 * kgen wrote the skeleton of this file once; from then on it is the author's.
 */
#ifndef SENSOR_STATE_H
#define SENSOR_STATE_H

#include "sensor_handlers.h"

/* One per device. The schema says `serialised`, so that nothing here needs a lock. */
struct sensor_device {
    int32_t shift;
    uint32_t taken;
    struct sensor_sample samples[SENSOR_HISTORY_SIZE]; /* number n is at (n - 1) % size */
};

/* One per open handle. */
struct sensor_open {
    int unused;
};

#endif /* SENSOR_STATE_H */
