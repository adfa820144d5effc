/*
 * Reads lines of a condition's number and seven values; prints 1 where the core accepts them.
 * Every request of the schema in test_conditions.py has the same fields and one condition.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sums_core.h"
#include "sums_state.h"

void kgen_trace(const struct kgen_place *place, enum kgen_rule rule)
{
    (void)place;
    (void)rule;
}

int main(void)
{
    struct sums_device device = {0};
    struct sums_open open = {0};
    const struct kgen_lengths lengths = {sizeof(struct sums_numbers), 0, 0, false};
    struct sums_numbers in = {0};
    unsigned number;
    int small;

    while (scanf("%u %" SCNu64 " %" SCNu64 " %" SCNd64 " %" SCNd64 " %" SCNu32 " %d %" SCNu64,
                 &number, (uint64_t *)&in.a, (uint64_t *)&in.b, (int64_t *)&in.c, (int64_t *)&in.d,
                 &in.e, &small, (uint64_t *)&in.g) == 8) {
        struct sums_call call = {.device = &device, .open = &open};
        struct kgen_plan plan;
        size_t written;
        sums_status status;
        void *scratch;

        in.f = (int8_t)small;
        status =
            sums_plan(KGEN_CTL_CODE(SUMS_DEVICE_TYPE, 0x800u + number, 0u, 0u), 0, &lengths, &plan);
        if (status != SUMS_OK)
            return 1;
        scratch = malloc(plan.scratch);
        memcpy(scratch, &in, sizeof(in));
        status = sums_run(&call, &plan, scratch, NULL, NULL, &written);
        free(scratch);
        /* The skeleton of a handler is not written yet, and says so. */
        printf("%d\n", status == SUMS_E_INTERNAL);
    }
    return 0;
}
