struct common { int a; long b; };
#ifdef __x86_64__
struct wide_only { long a; };
#endif
struct differs {
	int first;
#ifdef __x86_64__
	int pad;
	long long value;
#else
	int value;
#endif
	void *last;
};
struct other_order {
#ifdef __x86_64__
	int a;
	char b;
	short c;
#else
	short c;
	int a;
	char b;
#endif
};
