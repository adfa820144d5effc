/*
 * kgen_objects.h - objects of an open: ids with a generation, references, release.
 *
 * Copied as it is by kgen. Freestanding C11, as kgen_runtime.h. An open has a table of slots, in
 * memory that the adapter owns. A request holds what it names from its check until its reply has
 * left; what it makes is the caller's only then. States change under the adapter's lock alone, and
 * nothing of anybody's is called under it.
 */
#ifndef KGEN_OBJECTS_H
#define KGEN_OBJECTS_H

#include "kgen_runtime.h"

/* The adapter's, first in a struct of its own. Held for as long as a table is searched. */
struct kgen_lock {
    void (*acquire)(struct kgen_lock *lock);
    void (*release)(struct kgen_lock *lock);
};

enum kgen_object_state {
    KGEN_OBJECT_FREE,
    KGEN_OBJECT_NEW,     /* made by a request that still runs; its id names nothing yet */
    KGEN_OBJECT_LIVE,    /* its id is good */
    KGEN_OBJECT_CLAIMED, /* the same, and a request that still runs gives it up */
    KGEN_OBJECT_GONE,    /* its id is stale; released with the last request that holds it */
};

struct kgen_slot {
    uint32_t generation; /* of the object in it, or of the last one; 0 before the first */
    uint32_t uses;       /* how often requests hold it */
    enum kgen_object_state state;
};

/* One row per kind of object. */
struct kgen_object_kind {
    uint32_t first; /* its slots */
    uint32_t count;
    size_t states; /* where the author's states of them are, from the table on */
    size_t size;   /* of one state */
    void (*release)(void *device, void *open, void *state);
};

/* The table of an open; slots and states follow it. Zeroed, then filled in by the adapter. */
struct kgen_objects {
    const struct kgen_object_kind *kinds;
    uint32_t kind_count;
    uint32_t number; /* of the open: no two at the same time have the same */
    struct kgen_slot *slots;
    struct kgen_lock *lock;
    void *device; /* for the release hooks */
    void *open;
};

enum kgen_role {
    KGEN_ROLE_REF,
    KGEN_ROLE_DROP,
    KGEN_ROLE_NEW,
};

struct kgen_hold {
    uint32_t kind;
    uint32_t slot;
    enum kgen_role role;
};

KGEN_STATIC_ASSERT(sizeof(struct kgen_hold) + sizeof(void *) == KGEN_HOLD_SIZE, "size of a hold");

/* What one request holds, in the order of its fields: first what it names, then what it makes. */
struct kgen_holds {
    struct kgen_objects *objects; /* of its open */
    void **states;                /* the author's, one for each hold */
    struct kgen_hold *list;
    uint32_t room;
    uint32_t count;
    uint32_t named; /* how many of them the request named */
    bool shown;     /* the handler got them */
    bool succeeded;
};

/* ---- Ids ------------------------------------------------------------------------------------ */

#define KGEN_SLOT_BITS 12
#define KGEN_OPEN_BITS 20

/* Generation, number of the open, slot: another open's id is never an id of this one. */
static inline uint64_t kgen_object_id(const struct kgen_objects *objects, uint32_t slot)
{
    uint32_t number = objects->number & ((1u << KGEN_OPEN_BITS) - 1);

    return (uint64_t)objects->slots[slot].generation << 32 | number << KGEN_SLOT_BITS | slot;
}

static inline void *kgen_object_at(struct kgen_objects *objects, uint32_t kind, uint32_t slot)
{
    const struct kgen_object_kind *row = &objects->kinds[kind];

    return (char *)objects + row->states + (slot - row->first) * row->size;
}

/* What the compiler has learned of a number before this is forgotten. Proof tools read C alone. */
#if (defined(__GNUC__) || defined(__clang__)) && !defined(__FRAMAC__) && !defined(KGEN_PROOF_ESBMC)
#define KGEN_FORGET(number) __asm__("" : "+r"(number))
#else
#define KGEN_FORGET(number) ((void)(number))
#endif

/*
 * An index that was found to be below `count`: still 0 where it is not, for a processor that goes on
 * before the comparison is known (Spectre, variant 1; array_index_nospec of Linux). No branch.
 */
static inline uint32_t kgen_index_nospec(uint32_t index, uint32_t count)
{
    uint32_t mask;

    KGEN_FORGET(index);
    mask = 0u - (uint32_t)(((uint64_t)index - count) >> 63);
    KGEN_FORGET(mask); /* or it becomes the condition of a move */
    return index & mask;
}

/* Under the lock: the slot of an object whose id is good; NULL for any other id. */
static inline struct kgen_slot *kgen_object_find(struct kgen_objects *objects, uint32_t kind,
                                                 uint64_t id)
{
    const struct kgen_object_kind *row = &objects->kinds[kind];
    uint32_t index = ((uint32_t)id & ((1u << KGEN_SLOT_BITS) - 1)) - row->first;
    struct kgen_slot *slot;

    /* What is before the first wrapped around, beyond any count. */
    if (index >= row->count)
        return NULL;
    index = row->first + kgen_index_nospec(index, row->count);
    slot = &objects->slots[index];
    if (slot->state != KGEN_OBJECT_LIVE && slot->state != KGEN_OBJECT_CLAIMED)
        return NULL;
    return id == kgen_object_id(objects, index) ? slot : NULL;
}

/* ---- What a request holds ------------------------------------------------------------------- */

/* `memory` is what kgen_plan counted in for it, behind the messages. */
static inline void kgen_holds_open(struct kgen_holds *holds, const struct kgen_plan *plan,
                                   void *scratch)
{
    /* There is no scratch memory where there is neither a message nor an object. */
    char *memory = plan->holds > 0 ? (char *)scratch + kgen_round_up(plan->messages) : NULL;

    holds->states = (void **)(void *)memory;
    holds->list = NULL;
    if (memory != NULL)
        holds->list = (struct kgen_hold *)(void *)(memory + plan->holds * sizeof(void *));
    holds->room = (uint32_t)plan->holds;
    holds->count = 0;
    holds->named = 0;
    holds->shown = false;
    holds->succeeded = false;
}

static inline void kgen_holds_add(struct kgen_holds *holds, uint32_t kind, uint32_t slot,
                                  enum kgen_role role)
{
    holds->states[holds->count] = kgen_object_at(holds->objects, kind, slot);
    holds->list[holds->count].kind = kind;
    holds->list[holds->count].slot = slot;
    holds->list[holds->count].role = role;
    holds->count++;
}

/* Hold the object that a request names; false where the id names none of this open and kind. */
static inline bool kgen_hold(struct kgen_holds *holds, uint32_t kind, enum kgen_role role,
                             uint64_t id)
{
    struct kgen_objects *objects = holds->objects;
    struct kgen_slot *slot;

    if (holds->count == holds->room)
        return false;
    objects->lock->acquire(objects->lock);
    slot = kgen_object_find(objects, kind, id);
    if (slot != NULL && slot->uses == 0xFFFFFFFFu)
        slot = NULL;
    if (slot != NULL && role == KGEN_ROLE_DROP) {
        /* Of two requests that give up one object, one gets it. */
        if (slot->state == KGEN_OBJECT_CLAIMED)
            slot = NULL;
        else
            slot->state = KGEN_OBJECT_CLAIMED;
    }
    if (slot != NULL)
        slot->uses++;
    objects->lock->release(objects->lock);
    if (slot == NULL)
        return false;
    kgen_holds_add(holds, kind, (uint32_t)(slot - objects->slots), role);
    holds->named++;
    return true;
}

/* Under the lock: a free slot of the kind; NULL where there is none. */
static inline struct kgen_slot *kgen_object_free(struct kgen_objects *objects, uint32_t kind)
{
    const struct kgen_object_kind *row = &objects->kinds[kind];
    uint32_t i;

    for (i = 0; i < row->count; i++) {
        if (objects->slots[row->first + i].state == KGEN_OBJECT_FREE)
            return &objects->slots[row->first + i];
    }
    return NULL;
}

/* Make an object for the request; false where the open has all that it may have. */
static inline bool kgen_make(struct kgen_holds *holds, uint32_t kind)
{
    struct kgen_objects *objects = holds->objects;
    struct kgen_slot *slot;

    if (holds->count == holds->room)
        return false;
    objects->lock->acquire(objects->lock);
    slot = kgen_object_free(objects, kind);
    if (slot != NULL) {
        slot->state = KGEN_OBJECT_NEW;
        slot->uses = 1;
        slot->generation++;
        if (slot->generation == 0) /* after 2^32 of them; 0 is no generation */
            slot->generation = 1;
    }
    objects->lock->release(objects->lock);
    if (slot == NULL)
        return false;
    kgen_holds_add(holds, kind, (uint32_t)(slot - objects->slots), KGEN_ROLE_NEW);
    memset(holds->states[holds->count - 1], 0, objects->kinds[kind].size);
    return true;
}

/* The state of what the request made as its n-th, and the id that its reply carries. */
static inline void *kgen_made(const struct kgen_holds *holds, uint32_t n)
{
    return holds->states[holds->named + n];
}

static inline uint64_t kgen_made_id(const struct kgen_holds *holds, uint32_t n)
{
    return kgen_object_id(holds->objects, holds->list[holds->named + n].slot);
}

static inline kgen_status kgen_holds_close(struct kgen_holds *holds, kgen_status status)
{
    holds->succeeded = status == KGEN_OK || status == KGEN_TRUNCATED;
    return status;
}

/* ---- The end of a hold, and of an object ---------------------------------------------------- */

/* The author's hook, then the slot is free again. Nobody else has the object any more. */
static inline void kgen_object_release(struct kgen_objects *objects, uint32_t kind, uint32_t slot,
                                       bool shown)
{
    if (shown)
        objects->kinds[kind].release(objects->device, objects->open,
                                     kgen_object_at(objects, kind, slot));
    objects->lock->acquire(objects->lock);
    objects->slots[slot].state = KGEN_OBJECT_FREE;
    objects->lock->release(objects->lock);
}

/* Under the lock: what the object is when the request lets go; true where it is to be released. */
static inline bool kgen_object_leave(struct kgen_slot *slot, enum kgen_role role, bool good)
{
    if (role == KGEN_ROLE_NEW)
        slot->state = good ? KGEN_OBJECT_LIVE : KGEN_OBJECT_GONE;
    else if (role == KGEN_ROLE_DROP)
        slot->state = good ? KGEN_OBJECT_GONE : KGEN_OBJECT_LIVE;
    slot->uses--;
    return slot->state == KGEN_OBJECT_GONE && slot->uses == 0;
}

/*
 * For the adapter, once for each request that came to run, after its reply was delivered or was
 * not, and before it is completed. At PASSIVE_LEVEL: release hooks run in here.
 */
static inline void kgen_settle(struct kgen_holds *holds, bool delivered)
{
    struct kgen_objects *objects = holds->objects;
    bool good = holds->succeeded && delivered;
    uint32_t i;

    for (i = 0; i < holds->count; i++) {
        const struct kgen_hold *hold = &holds->list[i];
        bool last;

        objects->lock->acquire(objects->lock);
        last = kgen_object_leave(&objects->slots[hold->slot], hold->role, good);
        objects->lock->release(objects->lock);
        if (last)
            kgen_object_release(objects, hold->kind, hold->slot,
                                hold->role != KGEN_ROLE_NEW || holds->shown);
    }
    holds->count = 0;
}

/*
 * For the adapter, at cleanup: no request of the open runs, and none will. Kind by kind, as they
 * are declared.
 */
static inline void kgen_objects_close(struct kgen_objects *objects)
{
    uint32_t kind;
    uint32_t i;

    for (kind = 0; kind < objects->kind_count; kind++) {
        const struct kgen_object_kind *row = &objects->kinds[kind];

        for (i = row->first; i < row->first + row->count; i++) {
            if (objects->slots[i].state == KGEN_OBJECT_LIVE)
                kgen_object_release(objects, kind, i, true);
        }
    }
}

/* ---- What is wrong with an id, for the trace ------------------------------------------------- */

static inline kgen_status kgen_refuse_object(const struct kgen_place *place, kgen_status stale)
{
    kgen_trace(place, KGEN_RULE_OBJECT);
    return stale;
}

static inline kgen_status kgen_refuse_full(const struct kgen_place *place, kgen_status full)
{
    kgen_trace(place, KGEN_RULE_FULL);
    return full;
}

#endif /* KGEN_OBJECTS_H */
