/*
 * kgen_windows_buffers.c - the memory of a request, by transfer method, in every kind of driver.
 *
 * Copied as it is by kgen.
 */
#include "kgen_windows.h"

/* Names that older kits lack. */
#if !defined(MdlMappingNoWrite)
#define MdlMappingNoWrite 0x80000000
#endif
#if !defined(MdlMappingNoExecute)
#define MdlMappingNoExecute 0x40000000
#endif

kgen_copy_function kgen_copy_once = memcpy;

SIZE_T kgen_header_size(SIZE_T size)
{
    return (size + MEMORY_ALLOCATION_ALIGNMENT - 1) & ~(SIZE_T)(MEMORY_ALLOCATION_ALIGNMENT - 1);
}

/* ExAllocatePool2 is there from Windows 10 version 2004 on. */
void *kgen_allocate(SIZE_T size, ULONG tag)
{
#if defined(NTDDI_WIN10_VB) && NTDDI_VERSION >= NTDDI_WIN10_VB
    return ExAllocatePool2(POOL_FLAG_NON_PAGED, size, tag);
#else
    void *memory = ExAllocatePoolWithTag(NonPagedPoolNx, size, tag);

    if (memory != NULL)
        RtlZeroMemory(memory, size);
    return memory;
#endif
}

bool kgen_is_direct(ULONG method)
{
    return method == METHOD_IN_DIRECT || method == METHOD_OUT_DIRECT;
}

struct kgen_lengths kgen_lengths_of(ULONG method, size_t in, size_t out, bool is_32_bit)
{
    struct kgen_lengths lengths = {in, 0, 0, is_32_bit};

    if (kgen_is_direct(method))
        lengths.data = out;
    else
        lengths.out = out;
    return lengths;
}

static bool copy_from_caller(struct kgen_data *data, size_t offset, void *bytes, size_t size)
{
    kgen_copy_once(bytes, (const UCHAR *)data->memory + offset, size);
    return true;
}

static bool copy_to_caller(struct kgen_data *data, size_t offset, void *bytes, size_t size)
{
    kgen_copy_once((UCHAR *)data->memory + offset, bytes, size);
    return true;
}

NTSTATUS kgen_map_data(struct kgen_buffers *buffers, PMDL mdl, size_t size)
{
    ULONG priority = NormalPagePriority | MdlMappingNoExecute;
    struct kgen_data *data = &buffers->data;

    data->size = size;
    data->copy = copy_to_caller;
    if (buffers->method == METHOD_IN_DIRECT) {
        priority |= MdlMappingNoWrite;
        data->copy = copy_from_caller;
    }
    if (size == 0)
        return STATUS_SUCCESS;
    data->memory = MmGetSystemAddressForMdlSafe(mdl, priority);
    return data->memory != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

NTSTATUS kgen_allocate_scratch(struct kgen_buffers *buffers)
{
    const struct kgen_plan *plan = &buffers->plan;

    buffers->scratch_size = plan->scratch;
    if (buffers->method == METHOD_NEITHER)
        buffers->scratch_size += plan->reply;
    buffers->scratch = buffers->local.bytes;
    if (buffers->scratch_size > sizeof(buffers->local))
        buffers->scratch = kgen_allocate(buffers->scratch_size, buffers->pool_tag);
    if (buffers->scratch == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (buffers->method == METHOD_NEITHER)
        buffers->out = (UCHAR *)buffers->scratch + plan->scratch;
    return STATUS_SUCCESS;
}

bool kgen_has_secret(const struct kgen_buffers *buffers)
{
    return buffers->plan.operation != NULL && buffers->plan.operation->secret;
}

bool kgen_has_handles(const struct kgen_buffers *buffers)
{
    return buffers->plan.operation->handle_count > 0;
}

bool kgen_has_pointers(const struct kgen_buffers *buffers)
{
    return buffers->plan.operation->pointer_count > 0;
}

void *kgen_allocate_pointed(struct kgen_buffers *buffers, size_t size)
{
    return kgen_allocate(size, buffers->pool_tag);
}

static void free_pointed(struct kgen_buffers *buffers)
{
    if (buffers->pointed.memory == NULL)
        return;
    kgen_wipe_pointed(buffers->plan.operation, &buffers->pointed);
    ExFreePoolWithTag(buffers->pointed.memory, buffers->pool_tag);
    buffers->pointed.memory = NULL;
}

/* The core wipes what it got. It did not get what was refused before, nor see a reply copied out. */
void kgen_free_scratch(struct kgen_buffers *buffers)
{
    if (buffers->scratch == NULL)
        return;
    kgen_release_handles(&buffers->plan, buffers->handles);
    free_pointed(buffers);
    if (kgen_has_secret(buffers))
        kgen_wipe(buffers->scratch, buffers->scratch_size);
    if (buffers->scratch != buffers->local.bytes)
        ExFreePoolWithTag(buffers->scratch, buffers->pool_tag);
    buffers->scratch = NULL;
}

/* The core says how much of the reply goes back, and that nothing does on an error. */
size_t kgen_information(const struct kgen_buffers *buffers, NTSTATUS status, size_t written)
{
    if (buffers->method == METHOD_OUT_DIRECT && NT_SUCCESS(status))
        return buffers->data.done;
    return written;
}
