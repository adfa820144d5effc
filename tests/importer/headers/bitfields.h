typedef unsigned int u32;
struct bits {
	u32 a : 3;
	u32 b : 29;
	unsigned char c : 7;
	u32 : 4;
	signed int d : 12;
	unsigned short : 0;
	_Bool e : 1;
	unsigned long long f : 40;
};
#pragma pack(push, 1)
struct packed_bits { unsigned char a; u32 b : 17; u32 c : 20; };
#pragma pack(pop)
enum mode { MODE_A, MODE_B, MODE_C };
struct mode_bits { enum mode mode : 2; u32 rest : 30; };
