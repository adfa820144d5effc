/* Colours that a lamp has. */
enum lamp_colour {
	LAMP_COLOUR_RED,	/* as blood */
	LAMP_COLOUR_GREEN = 5,
	LAMP_COLOUR_BLUE,
	LAMP_DEFAULT = LAMP_COLOUR_GREEN,
};
enum sign { SIGN_MINUS = -1, SIGN_PLUS = 1 };
enum { ALONE = 7, BIG = 0x80000000 };
typedef enum { FIRST, SECOND } order;
/* How many there are. */
#define LAMP_COUNT (1 << 4)
#define LAMP_MASK 0xffffffffUL	// all of them
#define LAMP_LARGEST (~0ULL)
#define LAMP_NEGATIVE (-3)
#define LAMP_ALIAS LAMP_COUNT
#define lamp_helper(x) ((x) + 1)
struct lamp { enum lamp_colour colour; enum sign sign; order order; };
