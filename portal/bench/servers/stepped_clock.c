/* A date that jumps: preloaded into a process, it adds the seconds that a file holds to what the machine's clock says.
 *
 * The file is named by PORTAL_BENCH_CLOCK and holds one 64-bit integer; it is mapped, so a step holds at once. The
 * monotonic clocks are left alone: setting a machine's date does not move them. (libfaketime 0.9 either moves them too
 * or breaks sleeping in Python 3.11.)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef int (*clock_reader)(clockid_t, struct timespec *);

static volatile const int64_t *offset_s;

__attribute__((constructor)) static void map_offset(void) {
  const char *path = getenv("PORTAL_BENCH_CLOCK");
  int descriptor = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  void *mapped = mmap(NULL, sizeof *offset_s, PROT_READ, MAP_SHARED, descriptor, 0);
  close(descriptor);
  if (mapped != MAP_FAILED) offset_s = mapped;
}

int clock_gettime(clockid_t which, struct timespec *told) {
  static clock_reader machines;
  if (machines == NULL) machines = (clock_reader)dlsym(RTLD_NEXT, "clock_gettime");
  int status = machines(which, told);
  if (status == 0 && offset_s != NULL && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) {
    told->tv_sec += *offset_s;
  }
  return status;
}

time_t time(time_t *told) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (told != NULL) *told = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(struct timeval *told, void *zone) {
  (void)zone;
  struct timespec now;
  int status = clock_gettime(CLOCK_REALTIME, &now);
  told->tv_sec = now.tv_sec;
  told->tv_usec = now.tv_nsec / 1000;
  return status;
}
