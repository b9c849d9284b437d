/*
 * Callers as the machine's own programs are: WORKERS processes of CALLS calls each, all let go at one moment.
 * Each call is timed by itself. Prints one line of JSON:
 *   {"us":[…],"failures":N,"answers":N,"seconds":S,"cpuUs":C}
 * `answers` counts different tokens, `cpuUs` is what a call cost these processes. A program includes this and
 * defines `call`, which writes the token it got, or gives 0.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TOKEN_BYTES 4096

static void prepare(char **words);
static int call(char *token);

static double microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

/* FNV-1a; 0 stands for a failure. */
static uint64_t digest(const char *text) {
  uint64_t sum = 14695981039346656037u;
  for (; *text; text++) sum = (sum ^ (unsigned char)*text) * 1099511628211u;
  return sum | 1;
}

static int ascending(const void *one, const void *other) {
  uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;
  return (a > b) - (a < b);
}

static void *shared(size_t bytes) {
  void *memory = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) exit(2);
  return memory;
}

int main(int count, char **words) {
  if (count < 4) return 2;
  long workers = atol(words[1]), calls = atol(words[2]), all = workers * calls;
  double *took = shared(sizeof(double) * all);
  uint64_t *tokens = shared(sizeof(uint64_t) * all);
  int gate[2];
  if (pipe(gate) != 0) return 2;
  for (long worker = 0; worker < workers; worker++) {
    if (fork() != 0) continue;
    close(gate[1]);
    char token[TOKEN_BYTES];
    prepare(words + 3);
    if (read(gate[0], token, 1) != 0) _exit(2);
    for (long each = worker * calls; each < (worker + 1) * calls; each++) {
      double begin = microseconds();
      int well = call(token);
      took[each] = microseconds() - begin;
      tokens[each] = well ? digest(token) : 0;
    }
    _exit(0);
  }
  close(gate[0]);
  double begin = microseconds();
  close(gate[1]);
  while (wait(NULL) > 0);
  double seconds = (microseconds() - begin) / 1e6;
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  double cpu = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
  printf("{\"us\":[");
  for (long each = 0; each < all; each++) printf(each ? ",%.1f" : "%.1f", took[each]);
  qsort(tokens, all, sizeof(uint64_t), ascending);
  long failures = 0, answers = 0;
  for (long each = 0; each < all; each++) {
    if (tokens[each] == 0) failures++;
    else if (each == 0 || tokens[each] != tokens[each - 1]) answers++;
  }
  printf("],\"failures\":%ld,\"answers\":%ld,\"seconds\":%f,\"cpuUs\":%.1f}\n", failures, answers, seconds, cpu / all);
  return 0;
}
