#pragma pack(push, 2)
struct by_two { char a; int b; long long c; };
#pragma pack(pop)
struct attribute { char a; int b; } __attribute__((packed));
struct by_member { char a; int b __attribute__((packed)); short c; };
struct aligned_member { char a; int b __attribute__((aligned(16))); char c; };
struct aligned_record { char a; } __attribute__((aligned(32)));
struct both { char a; long long b; } __attribute__((packed, aligned(4)));
struct holds { char a; struct attribute b; struct aligned_record c; };
