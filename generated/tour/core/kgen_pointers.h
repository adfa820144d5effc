/*
 * kgen_pointers.h - memory of the caller that a request points to: captured once, before the handler runs.
 *
 * Copied as it is by kgen. A handler gets a private copy, never the address. The rules are here; the
 * adapter brings the memory and the copies of its system as a `struct kgen_pointer_host`.
 */
#ifndef KGEN_POINTERS_H
#define KGEN_POINTERS_H

#include "kgen_runtime.h"

/* The pointers of one request, at most. */
#define KGEN_MOST_POINTERS 8

enum kgen_count_order {
    KGEN_COUNT_NATIVE,
    KGEN_COUNT_LITTLE,
    KGEN_COUNT_BIG,
};

/* A field of a request that holds an address: 64 bits on every system. Sizes and offsets in bytes. */
struct kgen_pointer_field {
    const char *name;
    uint32_t offset;
    uint32_t most;    /* behind the address */
    uint32_t element; /* there are whole ones only */

    /* What counts them, and how much one of it is; where nothing does, there are always `most`. */
    const char *counter;
    uint32_t count;
    uint32_t count_size;
    uint32_t count_unit;
    enum kgen_count_order count_order;
};

/* What the pointers of one request pointed to. Zeroed before, and freed by the adapter. */
struct kgen_pointed {
    void *memory; /* NULL where there was nothing to capture */
    size_t size;
    const void *at[KGEN_MOST_POINTERS]; /* each aligned to 8; never NULL */
};

struct kgen_pointer_host {
    /* Aligned to 8; NULL where there is none. */
    void *(*allocate)(void *context, size_t size);

    /* Copy from the caller, once; false where its memory is not there. */
    bool (*fetch)(void *context, uintptr_t address, void *to, size_t size);
};

/* Whose addresses they are, and who reads them. */
struct kgen_pointer_caller {
    bool is_32_bit; /* under a 64-bit kernel */
    const struct kgen_pointer_host *host;
    void *context; /* the host's */
};

static inline uint64_t kgen_pointer_count(const struct kgen_pointer_field *field,
                                          const unsigned char *bytes)
{
    const uint16_t one = 1;
    bool is_big = field->count_order == KGEN_COUNT_BIG;
    uint64_t count = 0;
    uint32_t i;

    if (field->count_order == KGEN_COUNT_NATIVE)
        is_big = *(const unsigned char *)&one == 0;
    for (i = 0; i < field->count_size; i++)
        count = count << 8 | bytes[is_big ? i : field->count_size - 1 - i];
    return count;
}

/* How many bytes are behind a pointer; false where the schema does not allow that many. */
static inline bool kgen_pointer_size(const struct kgen_plan *plan, const void *captured,
                                     const struct kgen_pointer_field *field, uint32_t *size)
{
    uint64_t count = 0;

    *size = field->most;
    if (field->count_size == 0)
        return true;
    /* A request of an older version of the interface ends before it. */
    if (field->count + field->count_size <= plan->capture)
        count = kgen_pointer_count(field, (const unsigned char *)captured + field->count);
    if (count > field->most / field->count_unit)
        return false;
    *size = (uint32_t)count * field->count_unit;
    return *size % field->element == 0;
}

static inline kgen_status kgen_refuse_pointer(const struct kgen_operation *operation,
                                              const char *name, enum kgen_rule rule,
                                              kgen_status status)
{
    const struct kgen_place ioctl = {NULL, operation->name, 0};
    const struct kgen_place place = {&ioctl, name, 0};

    kgen_trace(&place, rule);
    return status;
}

/* Check every count, and reserve memory for all. */
static inline kgen_status kgen_reserve_pointed(const struct kgen_plan *plan, const void *captured,
                                               const struct kgen_pointer_caller *caller,
                                               struct kgen_pointed *pointed)
{
    const struct kgen_operation *operation = plan->operation;
    uint64_t total = 0;
    uint32_t i;

    for (i = 0; i < operation->pointer_count; i++) {
        const struct kgen_pointer_field *field = &operation->pointers[i];
        uint32_t size;

        if (!kgen_pointer_size(plan, captured, field, &size))
            return kgen_refuse_pointer(operation, field->counter, KGEN_RULE_COUNT, KGEN_INVALID);
        total += ((uint64_t)size + 7) & ~(uint64_t)7;
    }
    if (total == 0)
        return KGEN_OK;
    if (total > SIZE_MAX)
        return KGEN_NO_MEMORY;
    pointed->memory = caller->host->allocate(caller->context, (size_t)total);
    pointed->size = (size_t)total;
    return pointed->memory != NULL ? KGEN_OK : KGEN_NO_MEMORY;
}

static inline bool kgen_fetch_pointed(const struct kgen_pointer_caller *caller, uint64_t address,
                                      void *to, size_t size)
{
    uintptr_t value = (uintptr_t)address;

    if (value != address || (caller->is_32_bit && address > UINT32_MAX))
        return false;
    return caller->host->fetch(caller->context, value, to, size);
}

/*
 * Between capture and run, in the context of the caller: capture what the captured request points to,
 * and take the addresses out of it. What is in `pointed` is freed on every path, as is what is secret
 * wiped: kgen_wipe_pointed.
 */
static inline kgen_status kgen_take_pointers(const struct kgen_plan *plan, void *captured,
                                             const struct kgen_pointer_caller *caller,
                                             struct kgen_pointed *pointed)
{
    const struct kgen_operation *operation = plan->operation;
    kgen_status status = kgen_reserve_pointed(plan, captured, caller, pointed);
    size_t used = 0;
    uint32_t i;

    for (i = 0; status == KGEN_OK && i < operation->pointer_count; i++) {
        const struct kgen_pointer_field *field = &operation->pointers[i];
        uint64_t address = 0;
        uint32_t size = 0;
        char *to = (char *)captured; /* of nothing: no byte of it is read */

        (void)kgen_pointer_size(plan, captured, field, &size);
        if (field->offset + sizeof(address) <= plan->capture) {
            memcpy(&address, (char *)captured + field->offset, sizeof(address));
            memset((char *)captured + field->offset, 0, sizeof(address));
        }
        if (size > 0) {
            to = (char *)pointed->memory + used;
            if (!kgen_fetch_pointed(caller, address, to, size))
                status = kgen_refuse_pointer(operation, field->name, KGEN_RULE_POINTER, KGEN_FAULT);
        }
        pointed->at[i] = to;
        used += kgen_round_up(size);
    }
    return status;
}

/* Before the memory is freed. */
static inline void kgen_wipe_pointed(const struct kgen_operation *operation,
                                     const struct kgen_pointed *pointed)
{
    if (operation->secret && pointed->memory != NULL)
        kgen_wipe(pointed->memory, pointed->size);
}

#endif /* KGEN_POINTERS_H */
