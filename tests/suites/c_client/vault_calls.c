/* vault_calls.c - every call of the vault's C client; C11, and C++ through vault_calls.cpp. */
#include "vault_client.h"

#include "checks.h"

static const uint8_t key[16] = {1, 2, 3};
static const uint8_t wrong_key[16] = {3, 2, 1};

static struct vault_seal_request seal_request(uint32_t lifetime, const char *label)
{
    struct vault_seal_request request;

    memset(&request, 0, sizeof(request));
    request.lifetime = lifetime;
    request.flags = VAULT_SEAL_FLAGS_AUDITED;
    memcpy(request.key, key, sizeof(key));
    memcpy(request.label, label, strlen(label));
    return request;
}

static kgen_status unseal(const struct vault_client *client, uint32_t slot, const uint8_t *with,
                          struct vault_unseal_reply *reply, uint8_t *secret, uint32_t room)
{
    struct vault_unseal_request request;

    request.slot = slot;
    memcpy(request.key, with, sizeof(request.key));
    memset(reply, 0xEE, sizeof(*reply));
    return vault_unseal(client, &request, reply, secret, room);
}

static void seal_and_unseal(const struct vault_client *client)
{
    struct vault_seal_request request = seal_request(VAULT_LIFETIME_ONCE, "short");
    struct vault_seal_reply sealed;
    struct vault_unseal_reply reply;
    uint8_t secret[VAULT_MAX_SECRET];
    uint8_t long_secret[VAULT_MAX_SECRET];
    size_t i;

    for (i = 0; i < sizeof(long_secret); i++)
        long_secret[i] = (uint8_t)(i * 7);
    CHECK(vault_seal(client, &request, (const uint8_t *)"1234", 4, &sealed) == VAULT_OK);
    CHECK(sealed.slot == 0);
    CHECK(vault_seal(client, &request, (const uint8_t *)"1234", 4, &sealed) == VAULT_E_EXISTS);
    request = seal_request(VAULT_LIFETIME_FOREVER, "long");
    CHECK(vault_seal(client, &request, long_secret, sizeof(long_secret), &sealed) == VAULT_OK);
    CHECK(sealed.slot == 1);

    CHECK(unseal(client, 0, wrong_key, &reply, secret, sizeof(secret)) == VAULT_E_WRONG_KEY);
    CHECK(unseal(client, 5, key, &reply, secret, sizeof(secret)) == VAULT_E_NOT_FOUND);
    CHECK(unseal(client, 0, key, &reply, secret, 3) == EITHER(VAULT_E_SHORT_BUFFER, VAULT_E_INVALID));
    CHECK(unseal(client, 0, key, &reply, secret, 4) == VAULT_OK);
    CHECK(reply.lifetime == VAULT_LIFETIME_ONCE && reply.secret_count == 4);
    CHECK(memcmp(secret, "1234", 4) == 0);
    CHECK(unseal(client, 0, key, &reply, secret, sizeof(secret)) == VAULT_E_NOT_FOUND);
    CHECK(unseal(client, 1, key, &reply, secret, 0xFFFFFFFFu) == VAULT_OK);
    CHECK(reply.secret_count == sizeof(secret));
    CHECK(memcmp(secret, long_secret, sizeof(secret)) == 0);
}

static void refused(const struct vault_client *client)
{
    struct vault_seal_request request = seal_request(4, "no such lifetime");
    struct vault_erase_request erase = {VAULT_SLOT_COUNT};
    struct vault_seal_reply sealed;
    uint8_t bytes[4] = {0};

    CHECK(vault_seal(client, &request, bytes, 4, &sealed) == VAULT_E_INVALID);
    request = seal_request(VAULT_LIFETIME_ONCE, "empty");
    CHECK(vault_seal(client, &request, bytes, 0, &sealed) == VAULT_E_INVALID);
    CHECK(vault_seal(client, &request, bytes, VAULT_MAX_SECRET + 1, &sealed) == VAULT_E_INVALID);
    CHECK(vault_erase(client, &erase) == VAULT_E_INVALID);
    erase.slot = 7;
    CHECK(vault_erase(client, &erase) == VAULT_E_NOT_FOUND);
}

static void list_and_status(const struct vault_client *client)
{
    struct vault_list_request request = {0};
    struct vault_list_reply reply;
    struct vault_entry entries[VAULT_SLOT_COUNT];
    struct vault_usage usage;
    struct vault_seal_request second = seal_request(VAULT_LIFETIME_SESSION, "second");
    struct vault_seal_reply sealed;

    CHECK(vault_seal(client, &second, key, 1, &sealed) == VAULT_OK);
    CHECK(vault_list(client, &request, &reply, entries, VAULT_SLOT_COUNT) == VAULT_OK);
    CHECK(reply.total == 2 && reply.entries_count == 2);
    CHECK(strcmp(entries[0].label, "second") == 0 && entries[0].slot == 0);
    CHECK(strcmp(entries[1].label, "long") == 0 && entries[1].size == VAULT_MAX_SECRET);
    CHECK(vault_list(client, &request, &reply, entries, 1) == VAULT_TRUNCATED);
    CHECK(reply.total == 2 && reply.entries_count == 1);
    CHECK(vault_list(client, &request, &reply, NULL, 0) == VAULT_TRUNCATED);
    CHECK(reply.total == 2 && reply.entries_count == 0);
    CHECK(vault_get_status(client, &usage) == VAULT_OK);
    CHECK(usage.used == 2 && usage.free == VAULT_SLOT_COUNT - 2 && usage.unseals == 2);
}

static void data_buffers(const struct vault_client *client)
{
    struct vault_read_audit_request at = {0};
    struct vault_load_request request;
    struct vault_erase_request erase = {0};
    char trail[64];
    char record[40] = "from a backup";
    uint32_t size = 4;
    size_t done = 99;

    CHECK(vault_read_audit(client, &at, trail, sizeof(trail), &done) == VAULT_OK);
    CHECK(done == 11 && memcmp(trail, "short\nlong\n", 11) == 0);
    at.offset = 6;
    CHECK(vault_read_audit(client, &at, trail, 3, &done) == VAULT_OK);
    CHECK(done == 3 && memcmp(trail, "lon", 3) == 0);
    CHECK(vault_read_audit(client, &at, trail, 0, &done) == EITHER(VAULT_E_SHORT_BUFFER, VAULT_E_INVALID));

    memset(&request, 0, sizeof(request));
    request.lifetime = VAULT_LIFETIME_FOREVER;
    memcpy(request.key, key, sizeof(key));
    memcpy(record + 32, &size, sizeof(size));
    memcpy(record + 36, "data", 4);
    CHECK(vault_load(client, &request, record, sizeof(record)) == VAULT_OK);
    CHECK(vault_load(client, &request, record, sizeof(record)) == VAULT_E_INVALID);
    CHECK(vault_load(client, &request, record, 0) == EITHER(VAULT_E_BAD_LENGTH, VAULT_E_INVALID));
    request.reserved = 1;
    CHECK(vault_load(client, &request, record, sizeof(record)) == VAULT_E_INVALID);
    CHECK(vault_erase(client, &erase) == VAULT_OK);
}

static void rights(void)
{
    struct vault_client reader;
    struct vault_client nobody;
    struct vault_usage usage;
    struct vault_erase_request erase = {1};

    CHECK(vault_client_open(&reader, NULL, KGEN_READ_ACCESS) == VAULT_OK);
    CHECK(vault_get_status(&reader, &usage) == VAULT_OK);
    CHECK(vault_erase(&reader, &erase) == VAULT_E_ACCESS_DENIED);
    CHECK(vault_lock(&reader) == VAULT_E_ACCESS_DENIED);
    vault_client_close(&reader);
    vault_client_close(&reader);
    CHECK(vault_client_open(&nobody, VAULT_CLIENT_PATH, KGEN_ANY_ACCESS) == VAULT_OK);
    CHECK(vault_get_status(&nobody, &usage) == VAULT_E_ACCESS_DENIED);
    vault_client_close(&nobody);
    CHECK(vault_client_open(&nobody, NO_PATH, KGEN_READ_ACCESS) == EITHER(KGEN_OTHER, VAULT_E_NOT_FOUND));
    CHECK(IS_NOT_THERE && nobody.device == KGEN_CLIENT_NO_DEVICE);
}

static void info(const struct vault_client *client)
{
    struct kgen_interface_info info;

    CHECK(vault_client_info(client, &info) == VAULT_OK);
    CHECK(info.abi == KGEN_ABI && info.features == 0);
    CHECK(info.version_major == VAULT_VERSION_MAJOR && info.version_minor == VAULT_VERSION_MINOR);
    CHECK(memcmp(info.hash, VAULT_INTERFACE_HASH, sizeof(info.hash)) == 0);
}

static void lock_it(const struct vault_client *client)
{
    struct vault_unseal_reply reply;
    uint8_t secret[VAULT_MAX_SECRET];

    CHECK(vault_lock(client) == VAULT_OK);
    CHECK(unseal(client, 1, key, &reply, secret, sizeof(secret)) == VAULT_E_LOCKED);
}

static void calls(const struct vault_client *client)
{
    info(client);
    seal_and_unseal(client);
    refused(client);
    list_and_status(client);
    data_buffers(client);
    rights();
    lock_it(client);
}

#if !defined(__cplusplus)
int main(void)
{
    struct vault_client client;

    CHECK(vault_client_open(&client, NULL, KGEN_READ_ACCESS | KGEN_WRITE_ACCESS) == VAULT_OK);
    calls(&client);
    vault_client_close(&client);
    return summary();
}
#endif
