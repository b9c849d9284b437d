/*
 * socketCalls WORKERS CALLS SOCKET PATH new|kept: asks over HTTP on a unix socket, with a connection for each
 * call or one for all of a worker's, and takes the plain token.
 */
#include "calls.h"
#include <sys/socket.h>
#include <sys/un.h>

static char request[512], *path;
static int kept, connected = -1;

static void prepare(char **words) {
  path = words[0];
  kept = strcmp(words[2], "kept") == 0;
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: fob\r\nAccept: text/plain\r\n%s\r\n", words[1],
           kept ? "" : "Connection: close\r\n");
}

static int opened(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

/* Reads one answer: its head, and as many bytes as it announces. */
static int answered(char *token) {
  char bytes[TOKEN_BYTES * 2];
  size_t have = 0;
  for (;;) {
    ssize_t more = read(connected, bytes + have, sizeof bytes - 1 - have);
    if (more <= 0) return 0;
    have += more;
    bytes[have] = 0;
    char *body = strstr(bytes, "\r\n\r\n");
    if (body == NULL) continue;
    char *length = strcasestr(bytes, "\r\ncontent-length:");
    if (length == NULL || length > body) return 0;
    size_t size = strtoul(length + 17, NULL, 10);
    if (have < (size_t)(body + 4 - bytes) + size) continue;
    snprintf(token, TOKEN_BYTES, "%s", body + 4);
    return strncmp(bytes, "HTTP/1.1 200 ", 13) == 0;
  }
}

static int call(char *token) {
  if (connected < 0) connected = opened();
  if (connected < 0) return 0;
  size_t length = strlen(request);
  int well = write(connected, request, length) == (ssize_t)length && answered(token);
  if (!kept || !well) {
    close(connected);
    connected = -1;
  }
  return well;
}
