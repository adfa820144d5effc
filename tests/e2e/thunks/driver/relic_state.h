#ifndef RELIC_STATE_H
#define RELIC_STATE_H

#include "relic.h"

struct relic_device {
    int nothing;
};

struct relic_open {
    struct relic_note note;
};

#endif
