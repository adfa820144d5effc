#include "tour_calls.c" // the same program, as C++
