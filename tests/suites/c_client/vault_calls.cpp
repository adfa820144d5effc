// vault_calls.cpp - the same calls from C++, on a connection that closes itself.
#include "vault_calls.c"

#include <utility>

int main()
{
    vault::connection first;

    CHECK(first.open(KGEN_READ_ACCESS, NO_PATH) == EITHER(KGEN_OTHER, VAULT_E_NOT_FOUND));
    CHECK(first.open(KGEN_READ_ACCESS | KGEN_WRITE_ACCESS) == VAULT_OK);
    vault::connection second(std::move(first));
    CHECK(first.get()->device == KGEN_CLIENT_NO_DEVICE);
    first = std::move(second);
    calls(first.get());
    first.close();
    CHECK(first.get()->device == KGEN_CLIENT_NO_DEVICE);
    return summary();
}
