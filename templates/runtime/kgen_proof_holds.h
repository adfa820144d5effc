/*
 * kgen_proof_holds.h - objects and handles of unknown states, for proofs.
 *
 * Copied as it is by kgen.
 */
#ifndef KGEN_PROOF_HOLDS_H
#define KGEN_PROOF_HOLDS_H

#include "kgen_handles.h"
#include "kgen_objects.h"
#include "kgen_proof.h"

/* ---- Objects -------------------------------------------------------------------------------- */

/* Taken and given back in turns. */
static bool kgen_proof_locked;

static inline void kgen_proof_acquire(struct kgen_lock *lock)
{
    (void)lock;
    KGEN_PROVE(!kgen_proof_locked);
    kgen_proof_locked = true;
}

static inline void kgen_proof_release(struct kgen_lock *lock)
{
    (void)lock;
    KGEN_PROVE(kgen_proof_locked);
    kgen_proof_locked = false;
}

/* A table as any requests before may have left it; as a program, one that requests can succeed with. */
static inline void kgen_proof_slots(struct kgen_slot *slots, uint32_t count)
{
    uint32_t i;

    for (i = 0; i < count; i++) {
#if defined(KGEN_PROOF_PROGRAM)
        slots[i].generation = 1;
        slots[i].uses = 0;
        slots[i].state = kgen_proof_whether() ? KGEN_OBJECT_LIVE : KGEN_OBJECT_FREE;
#else
        slots[i].generation = kgen_proof_number();
        slots[i].uses = kgen_proof_number();
        slots[i].state = (enum kgen_object_state)(kgen_proof_number() % 5);
#endif
    }
}

#if defined(KGEN_PROOF_PROGRAM)

/* What samples have for an id in its upper half (kgen/targets/_ids.py); kind and number in the lower. */
#define KGEN_PROOF_ID 0xC0DE1D00u

/* The objects that a sample names are there, most often, and it has their ids. */
static inline void kgen_proof_name(struct kgen_objects *objects, void *captured, size_t size)
{
    size_t at;

    for (at = 0; at + sizeof(uint64_t) <= size; at += sizeof(uint64_t)) {
        const struct kgen_object_kind *kind;
        uint32_t slot;
        uint64_t id;

        memcpy(&id, (char *)captured + at, sizeof(id));
        if (id >> 32 != KGEN_PROOF_ID || (id >> 16 & 0xFFFF) >= objects->kind_count)
            continue;
        kind = &objects->kinds[id >> 16 & 0xFFFF];
        slot = kind->first + (uint32_t)(id & 0xFFFF) % kind->count;
        if (kgen_proof_good || kgen_proof_random() % 8 != 0)
            objects->slots[slot].state = KGEN_OBJECT_LIVE;
        id = kgen_object_id(objects, slot);
        memcpy((char *)captured + at, &id, sizeof(id));
    }
}

#else
#define kgen_proof_name(objects, captured, size) ((void)0)
#endif

/* Read each of them. */
static inline void kgen_proof_objects(const void *objects, uint32_t count, size_t size)
{
    void *const *each = objects;
    uint32_t i;

    for (i = 0; i < count; i++)
        kgen_proof_reads(each[i], size);
}

/* ---- Handles -------------------------------------------------------------------------------- */

/* How many are referenced. */
static uint32_t kgen_proof_held;
static char kgen_proof_object;

/* As a program: a request has handles, as no sample has one. */
static inline void kgen_proof_give(const struct kgen_operation *operation, void *captured,
                                   size_t size)
{
#if defined(KGEN_PROOF_PROGRAM)
    const uint64_t handle = 4;
    uint32_t i;

    for (i = 0; i < operation->handle_count; i++) {
        size_t at = operation->handles[i].offset;

        if (at + sizeof(handle) <= size && (kgen_proof_good || kgen_proof_random() % 2 == 0))
            memcpy((char *)captured + at, &handle, sizeof(handle));
    }
#else
    (void)operation;
    (void)captured;
    (void)size;
#endif
}

static inline kgen_status kgen_proof_reference(const struct kgen_handle_caller *caller,
                                               const struct kgen_handle_field *field,
                                               uintptr_t handle, void **object)
{
    (void)caller;
    (void)field;
    (void)handle;
    if (!kgen_proof_good && kgen_proof_number() % 8 == 0)
        return KGEN_ACCESS_DENIED;
    kgen_proof_held++;
    *object = &kgen_proof_object;
    return KGEN_OK;
}

static inline void kgen_proof_reference_again(void *object)
{
    KGEN_PROVE(object == &kgen_proof_object);
    kgen_proof_held++;
}

static inline void kgen_proof_unreference(void *object)
{
    KGEN_PROVE(object == &kgen_proof_object && kgen_proof_held > 0);
    kgen_proof_held--;
}

static inline void kgen_proof_set_event(void *object)
{
    KGEN_PROVE(object == &kgen_proof_object);
}

static const struct kgen_handle_host kgen_proof_host = {
    kgen_proof_reference,
    kgen_proof_reference_again,
    kgen_proof_unreference,
    kgen_proof_set_event,
};

#endif /* KGEN_PROOF_HOLDS_H */
