/* Tracepoints of a program do nothing (linux/tracepoint.h). */
