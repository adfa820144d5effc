union number { int i; float f; unsigned char bytes[8]; };
struct outer {
	int kind;
	union { int a; long long b; };
	struct { short x, y; } point;
	union number n[2];
	struct inner { char c; } in;
	struct { union { char deep; int deeper; } u; };
};
typedef struct { int only_a_typedef; } by_typedef;
typedef struct tagged { by_typedef t; } tagged_t;
