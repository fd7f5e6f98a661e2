/* Visitors who come to a show, each from an address of its own: page, live map, and some buy seats.
 *
 * usage: visitors ADDRESS PORT SCRIPT VISITORS SECONDS PATIENCE GREETED
 *   SCRIPT    a file of requests, each behind its name and length ("page 81\n"): that of the page, that of
 *             the socket, and those of a buyer, one after the other, which every second visitor is.
 *             "{number}" in a request is the visitor's number in as many digits, "{since}" the version that
 *             the page's ETag names between its dots, and "{seats}" the seats that the first answer to a
 *             buyer names; the bytes after either, all the same, fill what is left of its length
 *   SECONDS   the time over which they come, evenly
 *   PATIENCE  the seconds after which a visitor gives up waiting for an answer, and goes; an error of the
 *             server counts as so long a wait
 *   GREETED   1 where a map is live with the socket's first frame, 0 where with the end of its handshake
 *
 * Whoever has the page opens the socket; a buyer whose map is live sends the other requests, each when the
 * one before it was not refused. Whoever is asked to come again (503) for the page or for the first of those
 * sends it again, after what Retry-After says or a second, which doubles each time: a person does so, and the
 * page's script. When nobody waits any more it says so in a line, and reads one:
 *   until V S MAP   wait until every socket has version V, S seconds at most
 * Then it prints a line of JSON: of each step the answers by status, those that never came, refusals by their
 * code, and how long it took; how many don't see MAP, a letter a seat, but for seats of which no frame told
 * because the page had; and what this program used.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_STEPS = 8, MOST_STATUS = 600, MOST_CODES = 16, MOST_PLACES = 8, MOST_SEATS = 1 << 14, MOST_TAKEN = 64 };
enum { HEAD = 8192, CHUNK = 1 << 18, FRAME = 1 << 20, EVENTS = 512, DIGITS = 8 };
enum { PAGE, SOCKET, FIRST_ACT };
enum { MOST_ATTEMPTS = 4 };
enum { UNTOLD = '?' }; /* instead of the letter of a seat */
enum { TO_COME = -1, WATCHING = MOST_STEPS, GONE }; /* instead of a step that a visitor waits for */

struct latencies { uint32_t *microseconds; size_t count, room; };
struct code { char name[40]; long long count; };
struct step {
    char name[16], *request, *numbers[MOST_PLACES], *taken; /* where a number goes, and what was taken */
    size_t length, number_count, taken_length;
    long long by_status[MOST_STATUS], closed, gave_up;
    struct code codes[MOST_CODES];
    struct latencies took;
};
struct connection {
    struct visitor *visitor;
    int fd, connecting;
    char *text; /* an answer's head and the start of its body, or a frame whose end has not come yet */
    size_t length;
    int status, closing, chunked, last_chunk, digits;
    long long missing, size; /* of the body or a chunk; of the chunk that is announced */
};
struct visitor {
    int step, attempts;
    uint64_t came, asked, began, again_at; /* the last: of this attempt; when to send it again */
    struct connection web, socket;
    char taken[MOST_TAKEN]; /* from an answer, for the next request */
    int64_t version;
    char *states;
};
/* What a frame says; the same one comes to every socket, so the last one is remembered. */
static struct {
    char text[FRAME + 1], type, letters[MOST_SEATS];
    size_t length;
    int64_t from, version;
    int seats[MOST_SEATS], count;
    const char *states;
    size_t states_length;
} frame;

static struct step steps[MOST_STEPS];
static struct visitor *visitors;
static struct sockaddr_in server;
static int step_count, total, greeted, poller, waiting, lost_sockets;
static uint64_t patience;
static long long frames, gaps;
static struct latencies lateness;

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void *room_for(void *had, size_t bytes) {
    void *got = realloc(had, bytes);
    if (!got) fail("memory");
    return got;
}

static void note(struct latencies *all, uint64_t nanoseconds) {
    if (all->count == all->room) {
        all->room = all->room ? all->room * 2 : 1 << 12;
        all->microseconds = room_for(all->microseconds, all->room * sizeof *all->microseconds);
    }
    all->microseconds[all->count++] = (uint32_t)(nanoseconds / 1000);
}

/* ---- Connections */

/* Connects from the visitor's own address: 127.16.0.1 and the next ones. */
static void connect_from(struct visitor *v, struct connection *c) {
    int one = 1;
    uint32_t number = (uint32_t)(v - visitors);
    struct sockaddr_in from = {.sin_family = AF_INET};
    from.sin_addr.s_addr = htonl(0x7f100000u + (number / 250 << 8) + 1 + number % 250);
    c->visitor = v;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) fail("socket");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(c->fd, (struct sockaddr *)&from, sizeof from) < 0) fail("bind");
    if (connect(c->fd, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS) fail("connect");
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) < 0) fail("epoll_ctl");
    c->connecting = 1;
    c->closing = 0;
}

static void hang_up(struct connection *c) {
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    free(c->text);
    c->text = NULL;
    c->length = 0;
}

static void go(struct visitor *v) {
    if (v->step < WATCHING) waiting--;
    v->step = GONE;
    v->again_at = 0;
    hang_up(&v->web);
    hang_up(&v->socket);
}

static uint64_t since(struct visitor *v) { return v->step <= SOCKET ? v->came : v->asked; }

/* Ends a visit without the answer that it waits for. */
static void go_without(struct visitor *v, long long *counter) {
    ++*counter;
    note(&steps[v->step].took, now() - since(v));
    go(v);
}

static void write_request(struct connection *c) {
    struct visitor *v = c->visitor;
    struct step *step = &steps[v->step];
    char number[DIGITS + 1];
    snprintf(number, sizeof number, "%0*d", DIGITS, (int)(v - visitors));
    for (size_t i = 0; i < step->number_count; i++) memcpy(step->numbers[i], number, DIGITS);
    if (step->taken) {
        memset(step->taken, step->taken[step->taken_length - 1], step->taken_length - 1);
        memcpy(step->taken, v->taken, strnlen(v->taken, step->taken_length - 1));
    }
    if (write(c->fd, step->request, step->length) != (ssize_t)step->length) return go_without(v, &step->closed);
    c->connecting = 0;
    c->length = 0;
    c->status = c->chunked = c->last_chunk = c->digits = 0;
    c->missing = -1;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event) < 0) fail("epoll_ctl");
}

/* ---- A visit, step by step */

static void take_step(struct visitor *v, int step) {
    v->began = now();
    if (v->step != step) v->asked = v->began, v->attempts = 0;
    v->step = step;
    v->again_at = 0;
    if (step == SOCKET) return connect_from(v, &v->socket);
    if (v->web.fd >= 0 && !v->web.closing) return write_request(&v->web);
    hang_up(&v->web);
    connect_from(v, &v->web);
}

static void next_act(struct visitor *v, int act) {
    if ((v - visitors) % 2 == 0 && act < step_count) return take_step(v, act);
    v->step = WATCHING;
    waiting--;
}

static void is_live(struct visitor *v) {
    if (v->step != SOCKET) return;
    note(&steps[SOCKET].took, now() - v->came);
    next_act(v, FIRST_ACT);
}

/* Notes how long an answer took. */
static void note_answer(struct visitor *v, int status) {
    uint64_t took = now() - since(v);
    note(&steps[v->step].took, status >= 500 && took < patience ? patience : took);
}

static void note_code(struct step *step, const char *text) {
    const char *at = strstr(text, "\"code\":"), *end = NULL;
    at = at ? strchr(at + 7, '"') : NULL;
    end = at ? strchr(at + 1, '"') : NULL;
    char name[40] = "none";
    if (end && end - at < (long)sizeof name) snprintf(name, sizeof name, "%.*s", (int)(end - at - 1), at + 1);
    for (struct code *code = step->codes; code < step->codes + MOST_CODES; code++) {
        if (!code->count) strcpy(code->name, name);
        if (strcmp(code->name, name)) continue;
        code->count++;
        return;
    }
}

/* Keeps what stands between a character and another, after a key; without spaces. */
static void take(struct visitor *v, const char *key, char before, char after) {
    const char *at = strcasestr(v->web.text, key);
    size_t length = 0;
    for (at = at ? strchr(at, before) : NULL; at && *++at && *at != after && length < MOST_TAKEN - 1;)
        if (*at != ' ') v->taken[length++] = *at;
    v->taken[length] = 0;
}

/* Keeps VERSION.DIGEST of an ETag such as W/"a.VERSION.DIGEST.b". */
static void take_version(struct visitor *v) {
    take(v, "\r\netag:", '.', '"');
    char *last = strrchr(v->taken, '.');
    if (last) *last = 0;
    v->version = atol(v->taken);
}

static void ask_again_later(struct visitor *v) {
    char *told = strcasestr(v->web.text, "\r\nretry-after:");
    int seconds = told ? atoi(told + 14) : 0, doubled = 1 << v->attempts++;
    note_code(&steps[v->step], v->web.text);
    v->again_at = now() + 1000000000ull * (uint64_t)(seconds > doubled ? seconds : doubled);
}

static void answered(struct visitor *v) {
    struct step *step = &steps[v->step];
    step->by_status[v->web.status]++;
    int may_come_again = v->step == PAGE || v->step == FIRST_ACT;
    if (v->web.status == 503 && may_come_again && v->attempts < MOST_ATTEMPTS) return ask_again_later(v);
    note_answer(v, v->web.status);
    if (v->web.status >= 400) {
        note_code(step, v->web.text);
        if (v->step == PAGE) return go(v);
        v->step = WATCHING; /* somebody refused looks on */
        waiting--;
    } else if (v->step == PAGE) {
        take_version(v);
        take_step(v, SOCKET);
    } else {
        if (v->step == FIRST_ACT) take(v, "\"seats\":", '[', ']');
        next_act(v, v->step + 1);
    }
}

/* ---- Answers */

/* Passes over chunks; returns 1 after the last one. */
static int take_chunks(struct connection *c, const char *data, size_t length) {
    for (size_t at = 0; at < length;) {
        if (c->missing > 0) {
            size_t skip = (size_t)c->missing < length - at ? (size_t)c->missing : length - at;
            c->missing -= (long long)skip;
            at += skip;
            continue;
        }
        char byte = data[at++];
        if (byte == '\r') continue;
        if (byte != '\n') {
            c->size = 16 * c->size + (byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10);
            c->digits++;
        } else if (c->digits) {
            c->missing = c->size;
            c->last_chunk = !c->size;
            c->size = c->digits = 0;
        } else if (c->last_chunk) {
            return 1;
        }
    }
    return 0;
}

/* Keeps the head and the start of the body; returns how much of the data the head took, 0 if it is not whole. */
static size_t take_head(struct connection *c, const char *data, size_t length) {
    size_t before = c->length, kept = length < HEAD - before ? length : HEAD - before;
    if (!c->text) c->text = room_for(NULL, HEAD + 1);
    memcpy(c->text + before, data, kept);
    c->length += kept;
    c->text[c->length] = 0;
    char *body = strstr(c->text, "\r\n\r\n");
    if (!body) return 0;
    c->status = atoi(c->text + 9);
    if (c->status < 100 || c->status >= MOST_STATUS) c->status = 0;
    *body = 0;
    char *size = strcasestr(c->text, "\r\ncontent-length:");
    c->chunked = strcasestr(c->text, "\r\ntransfer-encoding: chunked") != NULL;
    c->closing = strcasestr(c->text, "\r\nconnection: close") != NULL;
    *body = '\r';
    c->missing = size ? atoll(size + 17) : 0;
    return (size_t)(body + 4 - c->text) - before;
}

/* Takes what comes of an answer; returns 1 when it is whole. */
static int take_answer(struct connection *c, const char *data, size_t length) {
    if (c->missing < 0) {
        size_t head = take_head(c, data, length);
        if (!head) return 0;
        data += head;
        length -= head;
    } else if (c->length < HEAD) {
        size_t kept = length < HEAD - c->length ? length : HEAD - c->length;
        memcpy(c->text + c->length, data, kept);
        c->length += kept;
        c->text[c->length] = 0;
    }
    if (c->chunked) return take_chunks(c, data, length);
    c->missing -= (long long)length;
    return c->missing <= 0;
}

/* ---- Frames */

static int64_t number_after(const char *text, const char *key) {
    const char *found = strstr(text, key);
    return found ? strtoll(found + strlen(key), NULL, 10) : -1;
}

/* Notes the seats in [[4,"b"],[1,"h",1790000480000]]. */
static void read_changes(const char *at) {
    while ((at = strchr(at, '[')) && frame.count < MOST_SEATS) {
        if (*++at == '[') at++;
        if (*at < '0' || *at > '9') continue;
        char *end;
        frame.seats[frame.count] = (int)strtol(at, &end, 10);
        frame.letters[frame.count++] = end[2];
        at = end;
    }
}

static void read_frame(const char *text, size_t length) {
    if (length == frame.length && !memcmp(text, frame.text, length)) return;
    memcpy(frame.text, text, length);
    frame.text[length] = 0;
    frame.length = length;
    const char *type = strstr(frame.text, "\"type\":");
    type = type ? strchr(type + 7, '"') : NULL;
    frame.type = type ? type[1] : '?';
    frame.from = number_after(frame.text, "\"from\":");
    frame.version = number_after(frame.text, "\"version\":");
    frame.states = strstr(frame.text, "\"states\":\"");
    if (frame.states) frame.states += 10, frame.states_length = strcspn(frame.states, "\"");
    frame.count = 0;
    const char *changes = strstr(frame.text, "\"changes\":");
    if (changes) read_changes(changes);
}

static void take_frame(struct visitor *v, const char *text, size_t length) {
    read_frame(text, length);
    frames++;
    if (frame.type == 's' && frame.states) {
        free(v->states);
        v->states = strndup(frame.states, frame.states_length);
        v->version = frame.version;
    } else if (frame.type == 'c') {
        if (frame.from != v->version + 1) gaps++;
        if (!v->states) v->states = memset(calloc(MOST_SEATS + 1, 1), UNTOLD, MOST_SEATS);
        size_t seats = strlen(v->states);
        for (int i = 0; i < frame.count; i++)
            if (frame.seats[i] > 0 && (size_t)frame.seats[i] <= seats)
                v->states[frame.seats[i] - 1] = frame.letters[i];
        v->version = frame.version;
    } else if (frame.type == 't' && frame.version != v->version) {
        gaps++;
    }
    if (greeted) is_live(v);
}

/* Takes the whole frames and returns their length; -1 when the server closes. */
static ssize_t take_frames(struct connection *c, unsigned char *data, size_t length) {
    size_t used = 0;
    while (length - used >= 2) {
        unsigned char *at = data + used;
        size_t head = 2, size = at[1] & 127;
        if (size == 126) head = 4;
        if (size == 127) head = 10;
        if (length - used < head) break;
        if (size == 126) size = (size_t)at[2] << 8 | at[3];
        if (size == 127) size = be64toh(*(uint64_t *)(at + 2));
        if (size >= FRAME) fail("a frame that is too large");
        if (length - used < head + size) break;
        int kind = at[0] & 15;
        if (kind == 8) return -1;
        if (kind == 9) {
            unsigned char pong[131] = {0x8a, (unsigned char)(0x80 | size)}; /* masked with zeros */
            memcpy(pong + 6, at + head, size);
            if (write(c->fd, pong, 6 + size) < 0) return -1;
        }
        if (kind == 1) take_frame(c->visitor, (char *)at + head, size);
        used += head + size;
    }
    return (ssize_t)used;
}

/* Takes what a socket got; returns 0 when it is closed. */
static int take_socket(struct connection *c, char *data, size_t length) {
    struct visitor *v = c->visitor;
    size_t used = 0;
    if (!c->status) {
        size_t head = take_head(c, data, length);
        if (!head) return 1;
        steps[SOCKET].by_status[c->status]++;
        if (c->status != 101) {
            note_code(&steps[SOCKET], c->text);
            note_answer(v, c->status);
            go(v);
            return 1;
        }
        used = head;
        c->length = 0;
        if (!greeted) is_live(v);
    }
    ssize_t taken = take_frames(c, (unsigned char *)data + used, length - used);
    if (taken < 0) return 0;
    used += (size_t)taken;
    c->length = length - used;
    if (c->length) {
        c->text = room_for(c->text, c->length > HEAD ? c->length : HEAD + 1);
        memcpy(c->text, data + used, c->length);
    }
    return 1;
}

/* ---- The loop */

static void readable(struct connection *c) {
    static char data[CHUNK + FRAME];
    struct visitor *v = c->visitor;
    int is_socket = c == &v->socket, open = is_socket && c->status;
    size_t kept = open ? c->length : 0;
    if (kept) memcpy(data, c->text, kept);
    ssize_t got = recv(c->fd, data + kept, CHUNK, 0);
    if (got < 0 && errno == EAGAIN) return;
    int is_awaited = is_socket ? v->step == SOCKET : v->step == PAGE || (v->step >= FIRST_ACT && v->step < WATCHING);
    if (got > 0 && !is_socket) {
        if (is_awaited && take_answer(c, data, (size_t)got)) answered(v);
        return;
    }
    if (got > 0 && take_socket(c, data, kept + (size_t)got)) return;
    if (is_awaited && (is_socket || !v->again_at)) return go_without(v, &steps[v->step].closed);
    if (is_socket) {
        lost_sockets++;
        return go(v);
    }
    hang_up(c);
}

static void serve(int milliseconds) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poller, events, EVENTS, milliseconds);
    for (int i = 0; i < count; i++) {
        struct connection *c = events[i].data.ptr;
        if (c->fd < 0) continue; /* hung up by an event before this one */
        if (!c->connecting) readable(c);
        else if (events[i].events & (EPOLLERR | EPOLLHUP)) go_without(c->visitor, &steps[c->visitor->step].closed);
        else write_request(c);
    }
}

/* Lets those give up, or ask again, whose time it is. */
static void look_at_clock(void) {
    uint64_t at = now();
    for (struct visitor *v = visitors; v < visitors + total; v++)
        if (v->again_at) {
            if (at >= v->again_at) take_step(v, v->step);
        } else if (v->step > TO_COME && v->step < WATCHING && at - v->began > patience) {
            go_without(v, &steps[v->step].gave_up);
        }
}

static void come_all(double over) {
    uint64_t start = now(), looked = start;
    for (int come = 0; come < total || waiting;) {
        uint64_t at = now();
        for (; come < total && (double)(at - start) / 1e9 >= over * come / total; at = now()) {
            struct visitor *v = &visitors[come];
            note(&lateness, at - start - (uint64_t)(over * come / total * 1e9));
            come++;
            waiting++;
            v->came = at;
            take_step(v, PAGE);
        }
        serve(1);
        if (at - looked > 100000000u) looked = at, look_at_clock();
    }
}

static void until(int64_t version, double within) {
    uint64_t deadline = now() + (uint64_t)(within * 1e9);
    for (int i = 0; i < total && now() < deadline;) {
        struct visitor *v = &visitors[i];
        if (v->step != WATCHING || v->version >= version) i++;
        else serve(10);
    }
}

/* ---- What came of it */

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double quantile(struct latencies *all, double q) {
    return all->count ? all->microseconds[(size_t)(q * (double)(all->count - 1))] / 1000.0 : 0;
}

static void report_latencies(struct latencies *all) {
    qsort(all->microseconds, all->count, sizeof *all->microseconds, ascending);
    printf("\"p50\": %.3f, \"p99\": %.3f, \"longest\": %.3f", quantile(all, .5), quantile(all, .99), quantile(all, 1));
}

static void report_step(struct step *step) {
    const char *comma = "";
    printf("\"%s\": {\"statuses\": {", step->name);
    for (int status = 0; status < MOST_STATUS; status++)
        if (step->by_status[status]) printf("%s\"%d\": %lld", comma, status, step->by_status[status]), comma = ", ";
    printf("}, \"codes\": {");
    comma = "";
    for (struct code *code = step->codes; code < step->codes + MOST_CODES && code->count; code++)
        printf("%s\"%s\": %lld", comma, code->name, code->count), comma = ", ";
    printf("}, \"closed\": %lld, \"gave_up\": %lld, ", step->closed, step->gave_up);
    report_latencies(&step->took);
    printf("}");
}

/* Counts who sees another map than this one. */
static int wrong_maps(int64_t version, const char *map) {
    int wrong = 0;
    for (struct visitor *v = visitors; v < visitors + total; v++) {
        if (v->step != WATCHING) continue;
        int differs = v->version != version;
        for (size_t i = 0; v->states && map[i] && !differs; i++)
            differs = v->states[i] != map[i] && v->states[i] != UNTOLD;
        wrong += differs;
    }
    return wrong;
}

static void report(int64_t version, const char *map) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    printf("{\"steps\": {");
    for (int i = 0; i < step_count; i++) {
        if (i) printf(", ");
        report_step(&steps[i]);
    }
    printf("}, \"frames\": %lld, \"gaps\": %lld, \"lost_sockets\": %d, \"wrong_maps\": %d, \"late\": {", frames, gaps,
           lost_sockets, wrong_maps(version, map));
    report_latencies(&lateness);
    printf("}, \"cpu_seconds\": %.3f}\n",
           (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
               (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
    fflush(stdout);
}

static void read_script(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path);
    struct step *step = steps;
    for (; step < steps + MOST_STEPS && fscanf(file, "%15s %zu", step->name, &step->length) == 2; step++) {
        step->request = calloc(step->length + 1, 1);
        if (fgetc(file) != '\n' || fread(step->request, 1, step->length, file) != step->length) fail("bad script");
        for (char *at = step->request; (at = strstr(at, "{number}")); at += DIGITS) {
            if (step->number_count == MOST_PLACES) fail("too many numbers");
            step->numbers[step->number_count++] = at;
        }
        step->taken = strstr(step->request, "{since}");
        if (!step->taken) step->taken = strstr(step->request, "{seats}");
        if (step->taken) {
            char filler[2] = {step->taken[7], 0};
            step->taken_length = 7 + strspn(step->taken + 7, filler);
        }
    }
    step_count = (int)(step - steps);
    fclose(file);
    if (step_count < FIRST_ACT) fail("a script without a page or a socket");
}

int main(int argc, char **argv) {
    if (argc != 8) return fprintf(stderr, "see the top of visitors.c\n"), 2;
    read_script(argv[3]);
    total = atoi(argv[4]);
    patience = (uint64_t)(atof(argv[6]) * 1e9);
    greeted = atoi(argv[7]);
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)atoi(argv[2]));
    inet_pton(AF_INET, argv[1], &server.sin_addr);
    poller = epoll_create1(0);
    visitors = calloc((size_t)total, sizeof *visitors);
    if (!visitors || poller < 0) fail("start");
    for (struct visitor *v = visitors; v < visitors + total; v++) v->step = TO_COME, v->web.fd = v->socket.fd = -1;
    come_all(atof(argv[5]));
    puts("all have come");
    fflush(stdout);
    static char map[MOST_SEATS + 1];
    long version;
    double within;
    if (scanf(" until %ld %lf %16384s", &version, &within, map) != 3) return 1;
    until(version, within);
    report(version, map);
    return 0;
}
