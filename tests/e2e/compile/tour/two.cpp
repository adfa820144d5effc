/* Two devices of one driver, from C++; prints every expectation that fails. */
#include <cstdio>
#include <utility>

#include "tour_client.h"
#include "vault_client.h"

static int failures;

static void expect(int line, const char *what, bool good)
{
    if (good)
        return;
    std::printf("line %d: %s (error %lu)\n", line, what, GetLastError());
    failures++;
}

#define EXPECT(condition) expect(__LINE__, #condition, condition)

int main()
{
    tour::connection tour;
    vault::connection vault;
    vault_usage usage;
    vault_client closed;
    kgen_interface_info info;

    EXPECT(tour.open(KGEN_READ_ACCESS | KGEN_WRITE_ACCESS) == TOUR_OK);
    EXPECT(vault.open(KGEN_READ_ACCESS) == VAULT_OK);
    EXPECT(tour_ping(tour.get()) == TOUR_OK);
    EXPECT(vault_get_status(vault.get(), &usage) == VAULT_OK);
    EXPECT(usage.used == 0 && usage.free == VAULT_SLOT_COUNT);
    EXPECT(vault_lock(vault.get()) == VAULT_E_ACCESS_DENIED);

    /* Each device answers for its own interface, and knows nothing of the other's codes. */
    EXPECT(tour_client_info(tour.get(), &info) == TOUR_OK);
    EXPECT(memcmp(info.hash, TOUR_INTERFACE_HASH, sizeof(info.hash)) == 0);
    closed.device = tour.get()->device;
    EXPECT(vault_get_status(&closed, &usage) == VAULT_E_UNKNOWN_CODE);

    vault::connection moved(std::move(vault));
    EXPECT(vault_get_status(moved.get(), &usage) == VAULT_OK);
    EXPECT(vault.get()->device == INVALID_HANDLE_VALUE);
    std::printf("%d failures\n", failures);
    return failures != 0;
}
