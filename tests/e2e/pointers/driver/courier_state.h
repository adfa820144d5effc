#ifndef COURIER_STATE_H
#define COURIER_STATE_H

#include "courier.h"

struct courier_device {
    int nothing;
};

struct courier_open {
    int nothing;
};

#endif
