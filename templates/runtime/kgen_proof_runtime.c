/*
 * kgen_proof_runtime.c - the functions of kgen_runtime.h that proofs of an interface replace: for every
 * text of up to 4 units, in memory of exactly its size.
 *
 * Copied as it is by kgen.
 */
#define KGEN_PROOF_RUNTIME
#include "kgen_proof.h"

void kgen_trace(const struct kgen_place *place, enum kgen_rule rule)
{
    (void)place;
    (void)rule;
}

static void utf8(char *text, size_t size)
{
    (void)kgen_utf8_valid(text, size);
    (void)kgen_utf8_length(text, size);
    (void)kgen_is_zero(text, size);
    if (size == 0)
        return;
    if (kgen_utf8_padded(text, size))
        KGEN_PROVE(text[size - 1] == 0);
    kgen_utf8_scrub(text, size);
    KGEN_PROVE(text[size - 1] == 0);
    kgen_wipe(text, size);
}

static void utf16(kgen_char16 *text, size_t size)
{
    (void)kgen_utf16_valid(text, size);
    (void)kgen_utf16_length(text, size);
    if (size == 0)
        return;
    if (kgen_utf16_padded(text, size))
        KGEN_PROVE(text[size - 1] == 0);
    kgen_utf16_scrub(text, size);
    KGEN_PROVE(text[size - 1] == 0);
}

void kgen_prove_utf8(void);

void kgen_prove_utf8(void)
{
    char one[1];
    char two[2];
    char three[3];
    char four[4];

    switch (kgen_proof_number() % 5) {
    case 0:
        utf8(one, 0);
        break;
    case 1:
        utf8(one, 1);
        break;
    case 2:
        utf8(two, 2);
        break;
    case 3:
        utf8(three, 3);
        break;
    default:
        utf8(four, 4);
        break;
    }
    kgen_proof_reached("utf8");
}

void kgen_prove_utf16(void);

void kgen_prove_utf16(void)
{
    kgen_char16 one[1];
    kgen_char16 two[2];
    kgen_char16 three[3];
    kgen_char16 four[4];

    switch (kgen_proof_number() % 5) {
    case 0:
        utf16(one, 0);
        break;
    case 1:
        utf16(one, 1);
        break;
    case 2:
        utf16(two, 2);
        break;
    case 3:
        utf16(three, 3);
        break;
    default:
        utf16(four, 4);
        break;
    }
    kgen_proof_reached("utf16");
}
