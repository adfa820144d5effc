/*
 * adapter.c - plays the I/O manager for a driver of test_adapter.py's schema, whatever it is built on.
 *
 * Every request comes in buffers of exactly its size. After each: completed once, nothing held,
 * nothing leaked, Information within the buffer, and no byte of a secret in memory that was freed.
 */
#include <stdio.h>

#include "adapter.h"
#include "hidden_state.h"

enum {
    SECRET = 0x5E,
    REPLY = 0x77,
    STALE = 0xCD,
    TRACE = 4
};

int live_blocks, fail_allocation;
bool fault_in, fault_probe, fault_out;
DRIVER_OBJECT driver;
static int failures, runs, starts, stops, opens, cleanups, closes;
static bool refuse;
static ULONG mapped;

void expect(const char *file, int line, const char *what, bool good)
{
    if (good)
        return;
    printf("%s:%d: %s\n", file, line, what);
    failures++;
}

/* A run of bytes of the request's secret, or of the reply's. */
static bool has_secret(const void *memory, size_t size)
{
    const unsigned char *bytes = memory;
    size_t run = 0;
    size_t i;

    for (i = 0; i < size; i++) {
        bool same = i > 0 && bytes[i] == bytes[i - 1];

        run = bytes[i] != SECRET && bytes[i] != REPLY ? 0 : same ? run + 1 : 1;
        if (run >= TRACE)
            return true;
    }
    return false;
}

/* ---- The kernel ----------------------------------------------------------------------------- */

struct block {
    size_t size;
    size_t align;
    unsigned char bytes[];
};

static void *allocate(SIZE_T size, ULONG tag)
{
    struct block *block;

    EXPECT(size > 0 && tag != 0);
    if (fail_allocation > 0 && --fail_allocation == 0)
        return NULL;
    block = malloc(sizeof(*block) + size);
    block->size = size;
    live_blocks++;
    return block->bytes;
}

#if NTDDI_VERSION >= NTDDI_WIN10_VB
void *ExAllocatePool2(ULONGLONG flags, SIZE_T size, ULONG tag)
{
    void *memory = allocate(size, tag);

    EXPECT(flags == POOL_FLAG_NON_PAGED);
    return memory != NULL ? memset(memory, 0, size) : NULL;
}
#else
void *ExAllocatePoolWithTag(int type, SIZE_T size, ULONG tag)
{
    EXPECT(type == NonPagedPoolNx);
    return allocate(size, tag);
}
#endif

void ExFreePoolWithTag(void *memory, ULONG tag)
{
    struct block *block = (struct block *)((char *)memory - offsetof(struct block, bytes));

    (void)tag;
    EXPECT(!has_secret(block->bytes, block->size));
    live_blocks--;
    free(block);
}

void IoCompleteRequest(PIRP irp, int boost)
{
    (void)boost;
    irp->completions++;
}

void *MmGetSystemAddressForMdlSafe(PMDL mdl, ULONG priority)
{
    mapped = priority;
    return mdl->pages;
}

void IoInitializeRemoveLock(IO_REMOVE_LOCK *lock, ULONG tag, ULONG minutes, ULONG high)
{
    (void)tag;
    (void)minutes;
    (void)high;
    *lock = (IO_REMOVE_LOCK){0};
}

NTSTATUS IoAcquireRemoveLock(IO_REMOVE_LOCK *lock, void *tag)
{
    (void)tag;
    if (lock->removed)
        return STATUS_DELETE_PENDING;
    lock->held++;
    return STATUS_SUCCESS;
}

void IoReleaseRemoveLock(IO_REMOVE_LOCK *lock, void *tag)
{
    (void)tag;
    lock->held--;
    EXPECT(lock->held == 0);
}

void IoReleaseRemoveLockAndWait(IO_REMOVE_LOCK *lock, void *tag)
{
    IoReleaseRemoveLock(lock, tag);
    lock->removed = true;
}

void RtlInitUnicodeString(PUNICODE_STRING string, const WCHAR *text)
{
    string->Buffer = text;
    string->Length = wcslen(text) * sizeof(*text);
}

void kgen_trace(const struct kgen_place *place, enum kgen_rule rule)
{
    char text[64];

    EXPECT(kgen_place_text(place, text, sizeof(text))[0] != '\0' && kgen_rule_name(rule)[0] != '?');
}

void kgen_trace_start(void)
{
}

void kgen_trace_stop(void)
{
}

/* ---- The driver's own ----------------------------------------------------------------------- */

hidden_status hidden_hook_start(struct hidden_device *device)
{
    (void)device;
    if (refuse)
        return HIDDEN_E_NOT_FOUND;
    starts++;
    return HIDDEN_OK;
}

void hidden_hook_stop(struct hidden_device *device)
{
    (void)device;
    stops++;
}

hidden_status hidden_hook_open(struct hidden_device *device, struct hidden_open *open)
{
    (void)device;
    (void)open;
    if (refuse)
        return HIDDEN_E_NOT_FOUND;
    opens++;
    return HIDDEN_OK;
}

void hidden_hook_cleanup(struct hidden_device *device, struct hidden_open *open)
{
    (void)device;
    (void)open;
    cleanups++;
}

void hidden_hook_close(struct hidden_device *device, struct hidden_open *open)
{
    (void)device;
    (void)open;
    closes++;
}

static hidden_status answer(uint32_t how, uint8_t *echo, size_t size)
{
    runs++;
    memset(echo, REPLY, size);
    return how == 1 ? HIDDEN_E_NOT_FOUND : how == 2 ? HIDDEN_E_ACCESS_DENIED : HIDDEN_OK;
}

hidden_status hidden_on_buffered(struct hidden_call *call, const struct hidden_buffered_request *in,
                                 struct hidden_buffered_reply *out)
{
    (void)call;
    return answer(in->how, out->echo, sizeof(out->echo));
}

hidden_status hidden_on_neither(struct hidden_call *call, const struct hidden_neither_request *in,
                                struct hidden_neither_reply *out)
{
    (void)call;
    return answer(in->how, out->echo, sizeof(out->echo));
}

hidden_status hidden_on_give(struct hidden_call *call, const struct hidden_give_request *in,
                             struct kgen_data *data)
{
    (void)call;
    runs++;
    (void)kgen_data_write(data, 0, in->key, sizeof(in->key) / 2);
    return in->how == 1 ? HIDDEN_E_NOT_FOUND : HIDDEN_OK;
}

hidden_status hidden_on_take(struct hidden_call *call, const struct hidden_take_request *in,
                             struct kgen_data *data)
{
    uint8_t word[2];

    (void)call;
    runs++;
    EXPECT(!kgen_data_write(data, 0, word, sizeof(word)));
    EXPECT(kgen_data_read(data, 0, word, sizeof(word)) == (data->size >= sizeof(word)));
    return in->how == 1 ? HIDDEN_E_NOT_FOUND : HIDDEN_OK;
}

/* ---- The I/O manager ------------------------------------------------------------------------ */

static NTSTATUS send(PFILE_OBJECT file, int major, PIRP irp)
{
    NTSTATUS status;

    irp->stack.FileObject = file;
    irp->RequestorMode = UserMode;
    status = driver.MajorFunction[major](driver.DeviceObject, irp);
    EXPECT(irp->completions == 1 && irp->IoStatus.Status == status);
    return status;
}

/*
 * Of what else is in a request nobody knows that it is secret; a request of no open, or to a device that is gone, is not
 * looked at.
 */
static bool is_secret(ULONG code, NTSTATUS status)
{
    bool known =
        code == IOCTL_HIDDEN_BUFFERED || code == IOCTL_HIDDEN_GIVE || code == IOCTL_HIDDEN_TAKE;

    return known && status != STATUS_INVALID_HANDLE && status != STATUS_DELETE_PENDING &&
           status != STATUS_DEVICE_REMOVED;
}

static ULONG_PTR information;

/* `in` holds the request; what comes back is checked and forgotten. */
static NTSTATUS control(PFILE_OBJECT file, ULONG code, const void *in, ULONG in_size,
                        ULONG out_size)
{
    IRP irp = {0};
    ULONG method = METHOD_FROM_CTL_CODE(code);
    size_t system_size = method == METHOD_BUFFERED && out_size > in_size ? out_size : in_size;
    bool system = method != METHOD_NEITHER && system_size > 0;
    unsigned char *system_buffer = system ? malloc(system_size) : NULL;
    unsigned char *request = malloc(in_size + 1u);
    unsigned char *second = malloc(out_size + 1u);
    MDL mdl = {out_size, second, 0};
    NTSTATUS status;
    int blocks = live_blocks;

    mapped = 0;
    memset(second, STALE, out_size + 1u);
    memcpy(request, in, in_size);
    irp.stack.Parameters.DeviceIoControl.IoControlCode = code;
    irp.stack.Parameters.DeviceIoControl.InputBufferLength = in_size;
    irp.stack.Parameters.DeviceIoControl.OutputBufferLength = out_size;
    if (method == METHOD_NEITHER) {
        irp.stack.Parameters.DeviceIoControl.Type3InputBuffer = request;
        irp.UserBuffer = second;
    } else if (system) {
        memset(system_buffer, STALE, system_size);
        memcpy(system_buffer, in, in_size);
        irp.AssociatedIrp.SystemBuffer = system_buffer;
    }
    if (method == METHOD_IN_DIRECT || method == METHOD_OUT_DIRECT)
        irp.MdlAddress = out_size > 0 ? &mdl : NULL;

    status = send(file, IRP_MJ_DEVICE_CONTROL, &irp);
    information = irp.IoStatus.Information;
    EXPECT(live_blocks == blocks && information <= out_size);
    EXPECT(NT_SUCCESS(status) || information == 0);
    EXPECT(second[out_size] == STALE);
    if (system && !NT_SUCCESS(status) && is_secret(code, status))
        EXPECT(!has_secret(system_buffer, system_size));
    free(system_buffer);
    free(request);
    free(second);
    return status;
}

static NTSTATUS simple(PFILE_OBJECT file, int major)
{
    IRP irp = {0};

    return send(file, major, &irp);
}

/* ---- Tests ---------------------------------------------------------------------------------- */

struct message {
    uint32_t how;
    uint8_t key[8];
    uint32_t count;
    uint8_t tail[600];
};

#define BUFFERED IOCTL_HIDDEN_BUFFERED
#define NEITHER  IOCTL_HIDDEN_NEITHER
#define HEAD     16u

static struct message make(uint32_t how, uint32_t count)
{
    struct message message = {.how = how, .count = count};

    memset(message.key, SECRET, sizeof(message.key));
    memset(message.tail, SECRET, sizeof(message.tail));
    return message;
}

/* Short ones are captured on the stack, long ones in pool. */
static void test_secrets(PFILE_OBJECT file, ULONG code, uint32_t count)
{
    struct message good = make(0, count);
    struct message declared = make(1, count);
    struct message undeclared = make(2, count);
    struct message wrong = make(0, count + 1);

    EXPECT(control(file, code, &good, HEAD + count, 16) == STATUS_SUCCESS && information == 16);
    EXPECT(control(file, code, &good, HEAD + count, 900) == STATUS_SUCCESS && information == 16);
    EXPECT(control(file, code, &declared, HEAD + count, 16) == STATUS_NOT_FOUND);
    EXPECT(control(file, code, &undeclared, HEAD + count, 16) == STATUS_INTERNAL_ERROR);
    EXPECT(control(file, code, &wrong, HEAD + count, 16) == STATUS_INFO_LENGTH_MISMATCH);
    EXPECT(control(file, code, &good, HEAD + count, 15) == STATUS_BUFFER_TOO_SMALL);
    EXPECT(control(file, code, &good, HEAD - 1, 16) == STATUS_INFO_LENGTH_MISMATCH);
    EXPECT(control(file, code, &good, sizeof(good), 16) != STATUS_SUCCESS || count == 600);
    if (count > 300) {
        fail_allocation = 1;
        EXPECT(control(file, code, &good, HEAD + count, 16) == STATUS_INSUFFICIENT_RESOURCES);
    }
}

/* What a bad address costs: nothing before the handler, which then does not run. */
static void test_faults(PFILE_OBJECT file)
{
    uint32_t counts[] = {4, 500};
    size_t i;

    for (i = 0; i < 2; i++) {
        struct message good = make(0, counts[i]);
        int before = runs;

        fault_in = true;
        EXPECT(control(file, NEITHER, &good, HEAD + counts[i], 16) == STATUS_ACCESS_VIOLATION);
        fault_in = false;
        fault_probe = true;
        EXPECT(control(file, NEITHER, &good, HEAD + counts[i], 16) == STATUS_ACCESS_VIOLATION);
        fault_probe = false;
        EXPECT(runs == before);
        fault_out = true;
        EXPECT(control(file, NEITHER, &good, HEAD + counts[i], 16) ==
               (locks_memory ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION));
        fault_out = false;
        EXPECT(runs == before + 1);
    }
}

static void test_data(PFILE_OBJECT file)
{
    struct message good = make(0, 0);
    struct message declared = make(1, 0);

    EXPECT(control(file, IOCTL_HIDDEN_GIVE, &good, 12, 8) == STATUS_SUCCESS && information == 4);
    EXPECT(mapped == (NormalPagePriority | MdlMappingNoExecute));
    EXPECT(control(file, IOCTL_HIDDEN_GIVE, &good, 12, 3) == STATUS_SUCCESS && information == 0);
    EXPECT(control(file, IOCTL_HIDDEN_GIVE, &declared, 12, 8) == STATUS_NOT_FOUND);
    EXPECT(control(file, IOCTL_HIDDEN_GIVE, &good, 12, 0) == STATUS_BUFFER_TOO_SMALL);
    EXPECT(control(file, IOCTL_HIDDEN_TAKE, &good, 12, 8) == STATUS_SUCCESS && information == 0);
    EXPECT(mapped == (NormalPagePriority | MdlMappingNoExecute | MdlMappingNoWrite));
    EXPECT(control(file, IOCTL_HIDDEN_TAKE, &good, 12, 65) == STATUS_INVALID_BUFFER_SIZE);
    EXPECT(control(file, IOCTL_HIDDEN_TAKE, &good, 11, 8) == STATUS_INFO_LENGTH_MISMATCH);
}

static void test_opens(void)
{
    FILE_OBJECT file = {0};
    FILE_OBJECT below = {.FileName = {2, L"x"}};
    struct message good = make(0, 0);

    EXPECT(simple(&below, IRP_MJ_CREATE) == STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT(below.FsContext == NULL);
    EXPECT(control(&below, BUFFERED, &good, HEAD, 16) == STATUS_INVALID_HANDLE);
    EXPECT(control(NULL, BUFFERED, &good, HEAD, 16) == STATUS_INVALID_HANDLE);
    fail_allocation = 1;
    EXPECT(simple(&file, IRP_MJ_CREATE) == STATUS_INSUFFICIENT_RESOURCES && file.FsContext == NULL);
    refuse = true;
    EXPECT(simple(&file, IRP_MJ_CREATE) == STATUS_NOT_FOUND && file.FsContext == NULL);
    refuse = false;
    EXPECT(opens == 0);
    EXPECT(simple(&file, IRP_MJ_CREATE) == STATUS_SUCCESS && opens == 1);
    EXPECT(simple(&file, IRP_MJ_CLEANUP) == STATUS_SUCCESS && cleanups == 1);
    EXPECT(control(&file, BUFFERED, &good, HEAD, 16) == STATUS_DELETE_PENDING);
    EXPECT(simple(&file, IRP_MJ_CLOSE) == STATUS_SUCCESS && file.FsContext == NULL);
    EXPECT(opens == 1 && cleanups == 1 && closes == 1);
}

static uint32_t next(void)
{
    static uint64_t state = 88172645463325252ull;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static void test_anything(PFILE_OBJECT file)
{
    const ULONG codes[] = {BUFFERED, NEITHER, IOCTL_HIDDEN_GIVE, IOCTL_HIDDEN_TAKE,
                           IOCTL_HIDDEN_INTERFACE_INFO};
    int i;

    for (i = 0; i < 40000; i++) {
        struct message message = make(next() % 4, next() % 8 == 0 ? next() : next() % 610);
        uint32_t good = HEAD + (message.count < 600 ? message.count : 600);
        uint32_t size = next() % 4 == 0 ? next() % (uint32_t)sizeof(message) : good;
        uint32_t room = next() % 3 == 0 ? next() % 900 : next() % 3 * 8;
        ULONG code = codes[next() % 5] ^ (next() % 8 == 0 ? 1u << next() % 32 : 0);

        if (next() % 2 == 0 && code != BUFFERED && code != NEITHER)
            size = code == IOCTL_HIDDEN_INTERFACE_INFO ? 0 : 12;
        fail_allocation = next() % 16 == 0;
        fault_in = next() % 8 == 0;
        fault_probe = next() % 8 == 0;
        fault_out = next() % 8 == 0;
        (void)control(file, code, &message, size, room);
    }
    fault_in = fault_probe = fault_out = false;
    fail_allocation = 0;
}

/* A device that is pulled out while it is open: until its handle closes, requests are told so. */
static void test_gone(PFILE_OBJECT file)
{
    struct message good = make(0, 4);
    int before = runs;

    if (!pull_out())
        return;
    EXPECT(control(file, BUFFERED, &good, HEAD + 4, 16) == STATUS_DEVICE_REMOVED);
    EXPECT(control(file, NEITHER, &good, HEAD + 4, 16) == STATUS_DEVICE_REMOVED);
    EXPECT(control(file, IOCTL_HIDDEN_GIVE, &good, 12, 8) == STATUS_DEVICE_REMOVED);
    EXPECT(runs == before && stops == starts - 1);
}

int main(void)
{
    FILE_OBJECT file = {0};

    fail_allocation = 1;
    EXPECT(start_driver() == STATUS_INSUFFICIENT_RESOURCES);
    EXPECT(driver.DeviceObject == NULL && live_blocks == 0 && starts == 0);
    refuse = true;
    EXPECT(start_driver() == STATUS_NOT_FOUND);
    refuse = false;
    EXPECT(driver.DeviceObject == NULL && live_blocks == 0 && stops == 0);
    EXPECT(start_driver() == STATUS_SUCCESS && starts == 1);
    test_opens();
    EXPECT(simple(&file, IRP_MJ_CREATE) == STATUS_SUCCESS);
    test_secrets(&file, BUFFERED, 4);
    test_secrets(&file, BUFFERED, 500);
    test_secrets(&file, NEITHER, 4);
    test_secrets(&file, NEITHER, 500);
    test_faults(&file);
    test_data(&file);
    test_anything(&file);
    EXPECT(runs > 5000);
    test_gone(&file);
    EXPECT(simple(&file, IRP_MJ_CLEANUP) == STATUS_SUCCESS);
    EXPECT(simple(&file, IRP_MJ_CLOSE) == STATUS_SUCCESS && stops == 0);
    stop_driver();
    EXPECT(driver.DeviceObject == NULL && live_blocks == 0 && stops == 1);
    printf("%d failures\n", failures);
    return failures != 0;
}
