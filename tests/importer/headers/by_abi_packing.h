#ifdef __i386__
#pragma pack(push, 2)
#define ALIGNED
#else
#define ALIGNED __attribute__((aligned(32)))
#endif
struct packed_on_one { char a; int b; long long c; };
#ifdef __i386__
#pragma pack(pop)
#endif
struct aligned_on_one { char a; int b; } ALIGNED;
union aligned_union { char a[3]; long b; } ALIGNED;
