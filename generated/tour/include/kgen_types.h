/*
 * kgen_types.h - what every header that kgen generates builds upon.
 *
 * Copied as it is by kgen. For user mode, Windows and Linux kernel mode; C11 and C++11.
 */
#ifndef KGEN_TYPES_H
#define KGEN_TYPES_H

#if defined(__KERNEL__)
#include <asm/byteorder.h>
#include <linux/stddef.h>
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

/* Flexible arrays and initialisers that are no constants are C11, and yet Microsoft warns of them. */
#if defined(_MSC_VER)
#pragma warning(disable : 4200 4204 4221)
#endif

#if defined(__cplusplus)
#define KGEN_STATIC_ASSERT(condition, text) static_assert(condition, text)
#define KGEN_ALIGNOF(type)                  alignof(type)
/* A struct whose tail, which C++ does not see, is aligned to more than what it does see. */
#define KGEN_CXX_ALIGNED(alignment) alignas(alignment)
#else
#define KGEN_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#define KGEN_ALIGNOF(type)                  _Alignof(type)
#define KGEN_CXX_ALIGNED(alignment)
#endif

/* The layout that kgen computed is the layout that this compiler makes. */
#define KGEN_ASSERT_LAYOUT(type, size, alignment)                                   \
    KGEN_STATIC_ASSERT(sizeof(type) == (size) && KGEN_ALIGNOF(type) == (alignment), \
                       "size or alignment of " #type)
#define KGEN_ASSERT_OFFSET(type, member, offset) \
    KGEN_STATIC_ASSERT(offsetof(type, member) == (offset), "offset of " #type "." #member)

/* How existing structs are laid out. What of C11 or C++ has no name for goes without a warning. */
#if defined(_MSC_VER) && !defined(__clang__)
#define KGEN_PACKED
#define KGEN_ALIGN(bytes) __declspec(align(bytes))
#define KGEN_EXTENSION
#else
#define KGEN_PACKED       __attribute__((packed))
#define KGEN_ALIGN(bytes) __attribute__((aligned(bytes)))
#define KGEN_EXTENSION    __extension__
#endif

/* A struct that has none has so many for Microsoft's compilers. */
#if defined(_MSC_VER)
#define KGEN_NO_BYTES(size) (size)
#else
#define KGEN_NO_BYTES(size) 0
#endif

/* Before a flexible array that is all there is in its struct, which C11 does not have. */
#if defined(_MSC_VER) && !defined(__clang__)
#define KGEN_ALONE(member) member
#else
#define KGEN_ALONE(member) \
    __extension__ struct { \
    } kgen_alone;          \
    member
#endif

/* i386 Linux aligns a 64-bit member to 4. These are aligned to 8 everywhere. */
#if defined(_WIN32)
typedef uint64_t kgen_u64;
typedef int64_t kgen_s64;
#else
typedef uint64_t kgen_u64 __attribute__((aligned(8)));
typedef int64_t kgen_s64 __attribute__((aligned(8)));
#endif

/* Integers whose byte order is written in the schema, as they are stored. */
#if defined(__KERNEL__)
typedef __be16 kgen_be16;
typedef __be32 kgen_be32;
typedef __aligned_be64 kgen_be64;
typedef __le16 kgen_le16;
typedef __le32 kgen_le32;
typedef __aligned_le64 kgen_le64;

#define kgen_from_be16(stored) be16_to_cpu(stored)
#define kgen_from_be32(stored) be32_to_cpu(stored)
#define kgen_from_be64(stored) be64_to_cpu(stored)
#define kgen_from_le16(stored) le16_to_cpu(stored)
#define kgen_from_le32(stored) le32_to_cpu(stored)
#define kgen_from_le64(stored) le64_to_cpu(stored)
#define kgen_to_be16(value)    cpu_to_be16((uint16_t)(value))
#define kgen_to_be32(value)    cpu_to_be32((uint32_t)(value))
#define kgen_to_be64(value)    cpu_to_be64((uint64_t)(value))
#define kgen_to_le16(value)    cpu_to_le16((uint16_t)(value))
#define kgen_to_le32(value)    cpu_to_le32((uint32_t)(value))
#define kgen_to_le64(value)    cpu_to_le64((uint64_t)(value))
#else
typedef uint16_t kgen_be16;
typedef uint32_t kgen_be32;
typedef kgen_u64 kgen_be64;
typedef uint16_t kgen_le16;
typedef uint32_t kgen_le32;
typedef kgen_u64 kgen_le64;

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define KGEN_SWAP_BE 0
#define KGEN_SWAP_LE 1
#else
#define KGEN_SWAP_BE 1
#define KGEN_SWAP_LE 0
#endif

static inline uint16_t kgen_swap16(uint16_t value, int swap)
{
    if (!swap)
        return value;
    return (uint16_t)(value >> 8 | value << 8);
}

static inline uint32_t kgen_swap32(uint32_t value, int swap)
{
    if (!swap)
        return value;
    value = (value >> 8 & 0x00FF00FFu) | (value & 0x00FF00FFu) << 8;
    return value >> 16 | value << 16;
}

static inline uint64_t kgen_swap64(uint64_t value, int swap)
{
    if (!swap)
        return value;
    return (uint64_t)kgen_swap32((uint32_t)value, 1) << 32 |
           kgen_swap32((uint32_t)(value >> 32), 1);
}

#define kgen_from_be16(stored) kgen_swap16(stored, KGEN_SWAP_BE)
#define kgen_from_be32(stored) kgen_swap32(stored, KGEN_SWAP_BE)
#define kgen_from_be64(stored) kgen_swap64(stored, KGEN_SWAP_BE)
#define kgen_from_le16(stored) kgen_swap16(stored, KGEN_SWAP_LE)
#define kgen_from_le32(stored) kgen_swap32(stored, KGEN_SWAP_LE)
#define kgen_from_le64(stored) kgen_swap64(stored, KGEN_SWAP_LE)
#define kgen_to_be16(value)    kgen_swap16((uint16_t)(value), KGEN_SWAP_BE)
#define kgen_to_be32(value)    kgen_swap32((uint32_t)(value), KGEN_SWAP_BE)
#define kgen_to_be64(value)    kgen_swap64((uint64_t)(value), KGEN_SWAP_BE)
#define kgen_to_le16(value)    kgen_swap16((uint16_t)(value), KGEN_SWAP_LE)
#define kgen_to_le32(value)    kgen_swap32((uint32_t)(value), KGEN_SWAP_LE)
#define kgen_to_le64(value)    kgen_swap64((uint64_t)(value), KGEN_SWAP_LE)
#endif

/* A UTF-16 code unit: WCHAR where there is one. */
#if defined(_WIN32)
typedef wchar_t kgen_char16;
#else
typedef uint16_t kgen_char16;
#endif

/* How a request ends. An interface's statuses are these, under its own names, and its own. */
typedef int32_t kgen_status;
enum {
    KGEN_OK,
    KGEN_UNKNOWN_CODE,
    KGEN_INVALID,
    KGEN_SHORT_BUFFER,
    KGEN_BAD_LENGTH,
    KGEN_TOO_BIG,
    KGEN_OVERFLOW,
    KGEN_FAULT,
    KGEN_NO_MEMORY,
    KGEN_ACCESS_DENIED,
    KGEN_PRIVILEGE,
    KGEN_UNSUPPORTED,
    KGEN_TIMEOUT,
    KGEN_CANCELLED,
    KGEN_BUSY,
    KGEN_NOT_FOUND,
    KGEN_EXISTS,
    KGEN_NO_SPACE,
    KGEN_BAD_HANDLE,
    KGEN_GONE,
    KGEN_IO,
    KGEN_PROTOCOL,
    KGEN_INTERNAL,
    KGEN_TRUNCATED,     /* the reply holds what fitted; its total tells the rest */
    KGEN_OTHER,         /* in a client: GetLastError or errno tells */
    KGEN_OTHER_VERSION, /* in a client: the driver has another interface */
    KGEN_OWN = 64,      /* the first of an interface's own */
};

/* Shared with the headers for Linux alone (INTERFACE_ioctl.h), whichever is seen first. */
#if !defined(KGEN_IOCTL_TYPES)
#define KGEN_IOCTL_TYPES

/* Laid out as a Windows GUID. */
struct kgen_guid {
    uint32_t data1;
    uint16_t data2;
    uint16_t data3;
    uint8_t data4[8];
};

/* What the interface-info code of every interface answers. */
struct kgen_interface_info {
    uint32_t abi;
    uint16_t version_major;
    uint16_t version_minor;
    kgen_u64 features;
    uint8_t hash[32];
};

/* How the argument of a Linux ioctl names memory elsewhere. */
struct kgen_buffer {
    kgen_u64 pointer;
    uint32_t length; /* bytes */
    uint32_t done;   /* of them the driver filled */
};

#endif

#define KGEN_ABI 1u

KGEN_ASSERT_LAYOUT(struct kgen_guid, 16, 4);
KGEN_ASSERT_LAYOUT(struct kgen_interface_info, 48, 8);
KGEN_ASSERT_LAYOUT(struct kgen_buffer, 16, 8);

/* CTL_CODE and its arguments, for files that include no Windows header. */
#define KGEN_CTL_CODE(device_type, function, method, access) \
    (((device_type) << 16) | ((access) << 14) | ((function) << 2) | (method))

#define KGEN_METHOD_BUFFERED   0u
#define KGEN_METHOD_IN_DIRECT  1u
#define KGEN_METHOD_OUT_DIRECT 2u
#define KGEN_METHOD_NEITHER    3u

#define KGEN_ANY_ACCESS   0u
#define KGEN_READ_ACCESS  1u
#define KGEN_WRITE_ACCESS 2u

/* _IOC and its arguments (asm/ioctl.h), for files that include no header of Linux. */
#if defined(__powerpc__) || defined(__mips__) || defined(__sparc__) || defined(__alpha__)
#define KGEN_IOC_NONE  1u
#define KGEN_IOC_READ  2u
#define KGEN_IOC_WRITE 4u
#define KGEN_IOC(direction, type, nr, size) \
    (((direction) << 29) | ((type) << 8) | (nr) | ((unsigned int)(size) << 16))
#else
#define KGEN_IOC_NONE  0u
#define KGEN_IOC_WRITE 1u
#define KGEN_IOC_READ  2u
#define KGEN_IOC(direction, type, nr, size) \
    (((direction) << 30) | ((type) << 8) | (nr) | ((unsigned int)(size) << 16))
#endif

#endif /* KGEN_TYPES_H */
