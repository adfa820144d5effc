/* cellar_state.h - counters, and casks of which nobody may see one that was released. */
#ifndef CELLAR_STATE_H
#define CELLAR_STATE_H

#include <stdatomic.h>

#include "cellar_handlers.h"

struct cellar_device {
    atomic_uint made;
    atomic_uint released;
    atomic_uint wrong;
};

struct cellar_open {
    int unused;
};

/* No lock, and no atomic: written when it is made and when it is released, and read meanwhile. */
struct cellar_cask {
    uint32_t litres;
};

#endif /* CELLAR_STATE_H */
