/* Opens many WebSockets to one server and checks, times and counts every frame that they get.
 *
 * usage: watchers ADDRESS PORT PATH SOCKETS SECONDS STAMPS GREETED
 *   SECONDS   the time over which the connections start; 0 starts each as the ones before it join
 *   STAMPS    a file of 64-bit instants (CLOCK_MONOTONIC, ns), one per version: when it was published
 *   GREETED   1 where a socket has joined with its first frame, 0 where with the end of its handshake
 *
 * When all sockets have joined it prints a line of JSON, and then obeys lines on its standard input:
 *   measure         forget what was counted so far
 *   until V S       wait until every socket that reads has version V, S seconds at most, and report
 *   stall N         let the first N sockets read nothing more
 *   resume          let them read again
 * It ends with its input. Reports are one line of JSON each.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_VERSIONS = 1 << 20, CHUNK = 1 << 18, AT_ONCE = 128, EVENTS = 1024, NAP_US = 500 };
enum state { NEW, CONNECTING, OPEN, JOINED, CLOSED };

struct watcher {
    int fd;
    enum state state;
    int stalled;
    int64_t version; /* -1 before the first frame */
    uint64_t started;
    char *rest; /* a frame whose end has not come yet */
    size_t rest_length;
};

/* What one frame says; the same one comes to every socket, so the last one is remembered. */
struct frame {
    char text[CHUNK];
    size_t length;
    char type; /* of snapshot, changes, tick, or anything else */
    int64_t from, version;
    uint64_t seats;
};

struct latencies {
    uint32_t *microseconds;
    size_t count, room;
};

static struct {
    uint64_t frames, seats, other_frames, lost, disordered;
    struct latencies latencies;
    struct rusage before;
} counted;

static struct watcher *watchers;
static struct frame last;
static struct latencies joins;
static volatile uint64_t *stamps;
static int total, greeted, poller, begun, in_flight, joined, closed, closed_slow;
static struct sockaddr_in server;
static char request[512];

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void note(struct latencies *all, uint64_t nanoseconds) {
    if (all->count == all->room) {
        all->room = all->room ? all->room * 2 : 1 << 16;
        all->microseconds = realloc(all->microseconds, all->room * sizeof *all->microseconds);
        if (!all->microseconds) fail("realloc");
    }
    all->microseconds[all->count++] = (uint32_t)(nanoseconds / 1000);
}

static void watch(struct watcher *w, int operation, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = w};
    if (epoll_ctl(poller, operation, w->fd, &event) < 0) fail("epoll_ctl");
}

static void begin(struct watcher *w) {
    int one = 1;
    w->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (w->fd < 0) fail("socket");
    setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    w->state = CONNECTING;
    w->version = -1;
    w->started = now();
    if (connect(w->fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS)
        fail("connect");
    watch(w, EPOLL_CTL_ADD, EPOLLOUT);
    in_flight++;
}

static void join(struct watcher *w) {
    if (w->state == JOINED) return;
    w->state = JOINED;
    note(&joins, now() - w->started);
    in_flight--;
    joined++;
}

static void end(struct watcher *w) {
    if (w->state < JOINED) {
        in_flight--;
        fprintf(stderr, "a socket was closed before it joined\n");
    }
    w->state = CLOSED;
    close(w->fd);
    free(w->rest);
    w->rest = NULL;
    closed++;
}

static int64_t number_after(const char *text, const char *key) {
    const char *found = strstr(text, key);
    return found ? strtoll(found + strlen(key), NULL, 10) : -1;
}

static void read_text(const char *text, size_t length) {
    if (length == last.length && !memcmp(text, last.text, length)) return;
    memcpy(last.text, text, length);
    last.text[length] = 0;
    last.length = length;
    const char *type = strstr(last.text, "\"type\":");
    type = type ? strchr(type + 7, '"') : NULL;
    last.type = type ? type[1] : '?';
    last.version = number_after(last.text, "\"version\":");
    last.from = number_after(last.text, "\"from\":");
    last.seats = 0;
    if (last.type == 'c')
        for (const char *at = last.text; (at = strchr(at, '[')); at++) last.seats++;
    if (last.seats) last.seats--; /* the list around them */
}

static void take(struct watcher *w, const char *text, size_t length, uint64_t at) {
    read_text(text, length);
    join(w);
    if (last.type == 's') {
        if (last.version < w->version) counted.disordered++;
        w->version = last.version;
    } else if (last.type == 'c') {
        counted.frames++;
        counted.seats += last.seats;
        if (w->version >= 0 && last.from <= w->version) {
            counted.disordered++;
            return;
        }
        if (w->version >= 0) counted.lost += (uint64_t)(last.from - w->version - 1);
        w->version = last.version;
        /* What a stalled socket held when it was closed says nothing about the others. */
        for (int64_t v = last.from; v <= last.version && v < MOST_VERSIONS && !w->stalled; v++)
            if (stamps[v]) note(&counted.latencies, at - stamps[v]);
    } else {
        counted.other_frames++;
        if (last.type == 't' && w->version >= 0 && last.version != w->version) counted.disordered++;
        if (last.type == 't') w->version = last.version;
    }
}

static void answer_ping(struct watcher *w, const unsigned char *payload, size_t length) {
    unsigned char pong[131] = {0x8a, (unsigned char)(0x80 | length)}; /* masked with zeros */
    memcpy(pong + 6, payload, length);
    if (write(w->fd, pong, 6 + length) < 0 && errno != EAGAIN) return;
}

/* Takes the whole frames of what came and returns their length; -1 when the server closed. */
static ssize_t take_all(struct watcher *w, char *data, size_t length, uint64_t at) {
    size_t used = 0;
    while (length - used >= 2) {
        unsigned char *frame = (unsigned char *)data + used;
        size_t head = 2, size = frame[1] & 127;
        if (size == 126) head = 4;
        if (size == 127) head = 10;
        if (length - used < head) break;
        if (size == 126) size = (size_t)frame[2] << 8 | frame[3];
        if (size == 127) size = be64toh(*(uint64_t *)(frame + 2));
        if (size >= CHUNK) fail("a frame that is too large");
        if (length - used < head + size) break;
        switch (frame[0] & 15) {
        case 1: take(w, (char *)frame + head, size, at); break;
        case 8:
            if (size >= 2 && (frame[head] << 8 | frame[head + 1]) == 4408) closed_slow++;
            return -1;
        case 9: answer_ping(w, frame + head, size); break;
        default: break;
        }
        used += head + size;
    }
    return (ssize_t)used;
}

static void readable(struct watcher *w, uint64_t at) {
    static char data[2 * CHUNK + 1];
    size_t length = w->rest_length;
    if (length) memcpy(data, w->rest, length);
    ssize_t got = recv(w->fd, data + length, CHUNK, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return end(w);
    length += (size_t)got;
    ssize_t used = 0;
    if (w->state == CONNECTING) {
        data[length] = 0;
        char *body = strstr(data, "\r\n\r\n");
        if (body) {
            if (strncmp(data, "HTTP/1.1 101", 12)) {
                fprintf(stderr, "%.200s\n", data);
                return end(w);
            }
            used = body + 4 - data;
            w->state = OPEN;
            if (!greeted) join(w);
        }
    }
    if (w->state != CONNECTING) {
        ssize_t frames = take_all(w, data + used, length - (size_t)used, at);
        if (frames < 0) return end(w);
        used += frames;
    }
    w->rest_length = length - (size_t)used;
    free(w->rest);
    w->rest = NULL;
    if (w->rest_length) {
        w->rest = malloc(w->rest_length);
        memcpy(w->rest, data + used, w->rest_length);
    }
}

/* Serves what happens within some milliseconds; returns whether there is a command to read. */
static int serve(int milliseconds) {
    struct epoll_event events[EVENTS];
    int command = 0, count = epoll_wait(poller, events, EVENTS, milliseconds);
    for (int i = 0; i < count; i++) {
        struct watcher *w = events[i].data.ptr;
        if (!w) {
            command = 1;
        } else if (w->state == CONNECTING && events[i].events & EPOLLOUT) {
            /* Each is another visitor, to a server that trusts a proxy. */
            char all[sizeof request + 64];
            int n = (int)(w - watchers);
            int length = snprintf(all, sizeof all, "%sX-Forwarded-For: 10.%d.%d.%d\r\n\r\n",
                                  request, n >> 16, n >> 8 & 255, n & 255);
            if (write(w->fd, all, (size_t)length) < 0) end(w);
            else watch(w, EPOLL_CTL_MOD, EPOLLIN);
        } else if (w->state != CLOSED) {
            readable(w, now());
        }
    }
    /* A server on the same machine pays for waking this process with nearly every frame that it sends,
     * which no server pays for clients elsewhere. So what comes is collected for a moment. */
    if (count) usleep(NAP_US);
    return command;
}

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double quantile(struct latencies *all, double q) {
    if (!all->count) return 0;
    return all->microseconds[(size_t)(q * (double)(all->count - 1))] / 1000.0;
}

static void print_latencies(const char *name, struct latencies *all) {
    qsort(all->microseconds, all->count, sizeof *all->microseconds, ascending);
    printf("\"%s_p50_ms\":%.3f,\"%s_p99_ms\":%.3f,\"%s_max_ms\":%.3f,", name, quantile(all, .5),
           name, quantile(all, .99), name, quantile(all, 1));
}

static double seconds(struct timeval t) { return (double)t.tv_sec + (double)t.tv_usec / 1e6; }

static void report(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime) -
                 seconds(counted.before.ru_utime) - seconds(counted.before.ru_stime);
    int64_t least = INT64_MAX;
    for (int i = 0; i < total; i++)
        if (watchers[i].state == JOINED && !watchers[i].stalled && watchers[i].version < least)
            least = watchers[i].version;
    printf("{");
    print_latencies("delivery", &counted.latencies);
    print_latencies("join", &joins);
    printf("\"joined\":%d,\"closed\":%d,\"closed_slow\":%d,\"frames\":%lu,\"other_frames\":%lu,"
           "\"seats\":%lu,\"lost\":%lu,\"disordered\":%lu,\"version\":%ld,\"now\":%lu,"
           "\"cpu_seconds\":%.3f}\n",
           joined, closed, closed_slow, counted.frames, counted.other_frames, counted.seats,
           counted.lost, counted.disordered, least, now(), cpu);
    fflush(stdout);
}

static void measure(void) {
    struct latencies kept = {counted.latencies.microseconds, 0, counted.latencies.room};
    memset(&counted, 0, sizeof counted);
    counted.latencies = kept;
    getrusage(RUSAGE_SELF, &counted.before);
}

/* Where a socket did not come to the version, what it misses counts as lost. */
static void until(int64_t version, double within) {
    uint64_t deadline = now() + (uint64_t)(within * 1e9);
    for (int i = 0; i < total;) {
        struct watcher *w = &watchers[i];
        if (w->state != JOINED || w->stalled || w->version >= version) {
            i++;
        } else if (now() < deadline) {
            serve(10);
        } else {
            counted.lost += (uint64_t)(version - w->version);
            i++;
        }
    }
    report();
}

static void stall(int count, int stalled) {
    for (int i = 0; i < count && i < total; i++) {
        if (watchers[i].state != JOINED || watchers[i].stalled == stalled) continue;
        watchers[i].stalled = stalled;
        watch(&watchers[i], EPOLL_CTL_MOD, stalled ? 0 : EPOLLIN);
    }
}

static void obey(const char *line) {
    long version;
    double within;
    int count;
    if (!strncmp(line, "measure", 7)) measure();
    else if (sscanf(line, "until %ld %lf", &version, &within) == 2) until(version, within);
    else if (sscanf(line, "stall %d", &count) == 1) stall(count, 1);
    else if (!strncmp(line, "resume", 6)) stall(total, 0);
    else fprintf(stderr, "unknown: %s", line);
}

static void open_all(double over) {
    uint64_t start = now();
    while (joined + closed < total) {
        double due = over > 0 ? (double)(now() - start) / 1e9 / over * total : total;
        while (begun < total && begun < due && (over > 0 || in_flight < AT_ONCE))
            begin(&watchers[begun++]);
        serve(2);
    }
}

int main(int argc, char **argv) {
    if (argc != 8) return fprintf(stderr, "see the top of watchers.c\n"), 2;
    total = atoi(argv[4]);
    greeted = atoi(argv[7]);
    struct rlimit files = {(rlim_t)total + 64, (rlim_t)total + 64};
    struct rlimit had;
    getrlimit(RLIMIT_NOFILE, &had);
    if (had.rlim_cur < files.rlim_cur && setrlimit(RLIMIT_NOFILE, &files) < 0) fail("setrlimit");
    int file = open(argv[6], O_RDONLY);
    stamps = mmap(NULL, MOST_VERSIONS * sizeof *stamps, PROT_READ, MAP_SHARED, file, 0);
    if (stamps == MAP_FAILED) fail(argv[6]);
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)atoi(argv[2]));
    inet_pton(AF_INET, argv[1], &server.sin_addr);
    /* The key of RFC 6455's example. */
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: %s:%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n",
             argv[3], argv[1], argv[2]);
    poller = epoll_create1(0);
    watchers = calloc((size_t)total, sizeof *watchers);
    measure();
    open_all(atof(argv[5]));
    struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &input);
    report();
    char line[256];
    setvbuf(stdin, NULL, _IONBF, 0); /* what is buffered here would not wake the poller */
    for (;;)
        if (serve(1000)) {
            if (!fgets(line, sizeof line, stdin)) return 0;
            obey(line);
        }
}
