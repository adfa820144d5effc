/*
 * kgen_windows_trace.c - where a driver tells why it refused a request.
 *
 * Copied as it is by kgen. A driver that traces elsewhere links functions of its own instead.
 * To see it: a kernel debugger with `ed nt!Kd_IHVDRIVER_Mask 0xf`, or any ETW session that
 * enables the provider below.
 */
#include "kgen_windows.h"

#if defined(_MSC_VER) && !defined(__clang__) && defined(__has_include)
#if __has_include(<TraceLoggingProvider.h>)
#define KGEN_WITH_ETW 1
#endif
#endif

#if defined(KGEN_WITH_ETW)
#include <TraceLoggingProvider.h>

/* {BBB89811-8669-529E-D05D-970A8AC4B3F3}: what tools derive from the name. */
TRACELOGGING_DEFINE_PROVIDER(kgen_provider, "Kgen.Boundary",
                             (0xbbb89811, 0x8669, 0x529e, 0xd0, 0x5d, 0x97, 0x0a, 0x8a, 0xc4, 0xb3,
                              0xf3));
#endif

void kgen_trace_start(void)
{
#if defined(KGEN_WITH_ETW)
    (void)TraceLoggingRegister(kgen_provider);
#endif
}

void kgen_trace_stop(void)
{
#if defined(KGEN_WITH_ETW)
    TraceLoggingUnregister(kgen_provider);
#endif
}

void kgen_trace(const struct kgen_place *place, enum kgen_rule rule)
{
    char text[160];
    const char *where = kgen_place_text(place, text, sizeof(text));

#if defined(KGEN_WITH_ETW)
    TraceLoggingWrite(kgen_provider, "Refused", TraceLoggingString(where, "place"),
                      TraceLoggingString(kgen_rule_name(rule), "rule"));
#endif
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_WARNING_LEVEL, "kgen: refused: %s: %s\n", where,
               kgen_rule_name(rule));
}
