/* What the C client makes of none, one and several devices; test_pnp.py plugs them in and says how many there are. */
#include <stdio.h>

#include "sensor_client.h"

#if defined(__cplusplus)
#define NULL_PATH nullptr
#else
#define NULL_PATH NULL
#endif

int main(void)
{
    char path[KGEN_DEVICE_PATH];
    struct sensor_client client;
    struct sensor_sample sample = {0, 0};
    struct sensor_sample last[4];
    struct sensor_history_reply history;
    uint32_t count = 0;
    kgen_status status;

    while (sensor_client_device(count, path, sizeof(path)) == SENSOR_OK)
        count++;
    printf("devices %u, then %lu\n", (unsigned)count, GetLastError());
    if (count > 0)
        printf("short %d\n", sensor_client_device(0, path, 8) == SENSOR_E_SHORT_BUFFER);
    status = sensor_client_open(&client, NULL_PATH, KGEN_READ_ACCESS);
    if (status != SENSOR_OK) {
        printf("not opened: %d, %lu\n", status == KGEN_OTHER, GetLastError());
        return 0;
    }
    status = sensor_measure(&client, &sample);
    printf("measured %d: %u\n", status, (unsigned)sample.number);
    status = sensor_history(&client, &history, last, 4);
    printf("history %d: %u\n", status == SENSOR_E_SHORT_BUFFER || status == SENSOR_OK,
           (unsigned)sample.number);
    sensor_client_close(&client);
    return 0;
}
