/*
 * hevd_objects_state.h - the driver's own state: objects in the pool, as HEVD has them.
 */
#ifndef HEVD_OBJECTS_STATE_H
#define HEVD_OBJECTS_STATE_H

#include "hevd_objects.h"

struct hevd_objects_device {
    int unused;
};

struct hevd_objects_open {
    int unused;
};

/* In the pool. */
struct callback {
    uint32_t (*call)(const struct callback *callback);
    uint32_t value;
};

struct hevd_objects_thing {
    struct callback *callback;
};

struct hevd_objects_helper {
    uint32_t length;
    unsigned char *name; /* in the pool, of HEVD_OBJECTS_NAME_SIZE bytes */
};

#endif /* HEVD_OBJECTS_STATE_H */
