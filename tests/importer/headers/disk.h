/* What an overlay is laid over. */
#define CTL_CODE(t, f, m, a) (((t) << 16) | ((a) << 14) | ((f) << 2) | (m))

#define DISK_FLAG_READ_ONLY 0x1
#define DISK_FLAG_REMOVABLE 0x4
#define DISK_MOST 16

typedef struct _DISK_ENTRY {
    unsigned long Number;
    unsigned int Flags;
    char Name[32];
} DISK_ENTRY;

#define IOCTL_DISK_ENTRY CTL_CODE(0x8337, 0x801, 0, 1)
#define IOCTL_DISK_RENAME CTL_CODE(0x8337, 0x802, 0, 2)
