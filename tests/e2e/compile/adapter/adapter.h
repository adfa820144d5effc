/* adapter.h - what the I/O manager of adapter.c and the kind of driver under it know of each other. */
#ifndef ADAPTER_H
#define ADAPTER_H

#include <wdm.h>

#define EXPECT(condition) expect(__FILE__, __LINE__, #condition, condition)
void expect(const char *file, int line, const char *what, bool good);

/* In adapter.c: what is wrong with the caller's memory, which allocation fails, the driver. */
extern int live_blocks, fail_allocation;
extern bool fault_in, fault_probe, fault_out;
extern DRIVER_OBJECT driver;

/* In adapter_wdm.c or adapter_kmdf.c. */
NTSTATUS start_driver(void);
void stop_driver(void);
bool pull_out(void);            /* false: not a device that can be */
extern const bool locks_memory; /* of METHOD_NEITHER, so that no reply is lost */

#endif
