/* Every type that C has a word for, on Linux. */
#include <linux/types.h>
#include <stddef.h>
#include <stdbool.h>

struct scalars {
	char c;
	signed char sc;
	unsigned char uc;
	short s;
	unsigned short us;
	int i;
	unsigned int ui;
	long l;
	unsigned long ul;
	long long ll;
	unsigned long long ull;
	__u64 aligned_by_typedef __attribute__((aligned(8)));
	__aligned_u64 aligned_u64;
	size_t size;
	ptrdiff_t difference;
	bool b;
	float f;
	double d;
	long double ld;
	wchar_t w;
	void *pointer;
	int (*function)(int, void *);
	const char *const *strings;
};
