struct element { short a; char b; };
struct arrays {
	unsigned char bytes[16];
	int matrix[2][3];
	struct element elements[3];
	void *pointers[4];
	int none[0];
	int one[1];
};
struct flexible { int count; struct element rest[]; };
struct empty { };
struct of_nothing { int n; char nothing[0]; };
