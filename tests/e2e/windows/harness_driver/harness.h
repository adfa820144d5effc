/* Codes of the driver that proves the harness; shared with its C client. */
#ifndef HARNESS_H
#define HARNESS_H

#define HARNESS_CODE(function, method, access)                                    \
    ((0x8123u << 16) | ((unsigned)(access) << 14) | ((unsigned)(function) << 2) | \
     (unsigned)(method))

/* Every byte comes back plus one. */
#define HARNESS_BUFFERED HARNESS_CODE(0x800, 0, 0)
/* The caller's data is summed up; HARNESS_GET tells the sum. */
#define HARNESS_IN_DIRECT HARNESS_CODE(0x801, 1, 0)
/* The output is filled with first, first + 1 ...; the input is the first byte. */
#define HARNESS_OUT_DIRECT HARNESS_CODE(0x802, 2, 0)
/* Every byte comes back inverted. */
#define HARNESS_NEITHER HARNESS_CODE(0x803, 3, 0)
/* The sum of this handle, four bytes; needs read access to get and write access to set. */
#define HARNESS_GET HARNESS_CODE(0x804, 0, 1)
#define HARNESS_SET HARNESS_CODE(0x805, 0, 2)
/* Does what the four input bytes name; see enum harness_fault. */
#define HARNESS_FAULT HARNESS_CODE(0x806, 0, 0)
/* The eight input bytes are an address, which is probed and read; the answer is the status. */
#define HARNESS_PROBE HARNESS_CODE(0x807, 0, 0)
/* Waits for HARNESS_WAKE of the same handle, whose input byte it answers. */
#define HARNESS_WAIT HARNESS_CODE(0x808, 0, 0)
#define HARNESS_WAKE HARNESS_CODE(0x809, 0, 0)
/* Needs the privilege to load drivers. */
#define HARNESS_PRIVILEGED HARNESS_CODE(0x80A, 0, 0)

enum harness_fault {
    FAULT_CRASH = 1,
    FAULT_HANG = 2,
    FAULT_COMPLETE_TWICE = 3,
    FAULT_LONG_INFORMATION = 4,
    FAULT_ERROR_INFORMATION = 5,
    FAULT_OTHER_STATUS = 6,
    FAULT_POOL_LEAK = 7,
    FAULT_POOL_OVERRUN = 8,
    FAULT_POOL_TAG = 9,
    FAULT_FAIL_CREATE = 10,
    FAULT_MARK_PENDING = 11,
    FAULT_STALE_OUTPUT = 12
};

#endif
