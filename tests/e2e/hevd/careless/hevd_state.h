/*
 * hevd_state.h - the driver's own state. What is indexed or copied comes last, so that a sanitizer sees who goes beyond.
 */
#ifndef HEVD_STATE_H
#define HEVD_STATE_H

#include "hevd.h"

struct hevd_device {
    uint32_t counters[3];
    kgen_u64 slots[HEVD_SLOT_COUNT];
};

struct hevd_open {
    uint32_t sum;
    unsigned char object[HEVD_OBJECT_SIZE];
};

#endif /* HEVD_STATE_H */
