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
