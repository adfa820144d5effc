#include "kernel.h"

#define TP_PROTO(...)            __VA_ARGS__
#define TRACE_EVENT(name, proto, ...)                     \
    __attribute__((unused)) static void trace_##name(proto) \
    {                                                     \
    }
