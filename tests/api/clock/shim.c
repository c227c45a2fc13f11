/* Shows a program other clocks than the machine's: put in front of the C library with LD_PRELOAD. The file that
   CLOCK_SHIFTS names holds two numbers of 64 bits, milliseconds by which the wall clock and the time since the
   boot are ahead; they may change at any moment. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t none[2] = {0, 0};
static const volatile int64_t *shifts;

static const volatile int64_t *shifts_now(void) {
    if (shifts == NULL) {
        const char *path = getenv("CLOCK_SHIFTS");
        int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
        void *pages = file < 0 ? MAP_FAILED : mmap(NULL, sizeof none, PROT_READ, MAP_SHARED, file, 0);
        if (file >= 0) {
            close(file);
        }
        shifts = pages == MAP_FAILED ? none : pages;
    }
    return shifts;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (syscall(SYS_clock_gettime, clock, time) != 0) {
        return -1;
    }
    int64_t shift = 0;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
        shift = shifts_now()[0];
    } else if (clock == CLOCK_BOOTTIME) {
        shift = shifts_now()[1];
    }
    int64_t nanoseconds = time->tv_nsec + shift % 1000 * 1000000;
    int64_t carry = nanoseconds < 0 ? -1 : nanoseconds / 1000000000;
    time->tv_sec += shift / 1000 + carry;
    time->tv_nsec = nanoseconds - carry * 1000000000;
    return 0;
}

int gettimeofday(struct timeval *time, void *zone) {
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    time->tv_sec = precise.tv_sec;
    time->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *seconds) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (seconds != NULL) {
        *seconds = precise.tv_sec;
    }
    return precise.tv_sec;
}
