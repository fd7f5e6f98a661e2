/* A load generator for HTTP/1.1: keeps CONNECTIONS connections busy, one request at a time each.
 *
 *     requests FILE CONNECTIONS SECONDS PORT...
 *
 * FILE holds the requests, each behind its length in decimal and a newline. All connections to
 * 127.0.0.1 are made first, spread over the ports; then requests go out in the order of the file
 * until it ends or, where SECONDS is above 0, again from its start until the time is over. Prints one
 * line of JSON: answers by status, the latencies in milliseconds, bytes received, and the CPU time
 * of this program, which says whether it was the limit itself. An answer must have a Content-Length
 * (or be a 204 or 304), and may end its connection, which is then made anew; anything else, a closed connection or a minute of silence ends the run
 * with a message and status 1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_HEADERS = 16384, SILENCE_MS = 60000, MOST_STATUS = 600 };

struct request { const char *text; size_t length; };
struct connection {
    int fd, port, epoll;
    int closing;       /* the server said that it closes after this answer */
    struct timespec sent;
    char headers[MOST_HEADERS + 1];
    size_t received;   /* of the headers, until they are complete */
    long long missing; /* of the body, once they are; -1 before */
};

static struct request *requests;
static size_t request_count, next_request;
static double *latencies;
static size_t answered, room_for_latencies;
static long long by_status[MOST_STATUS], bytes, body_bytes;
static struct timespec end;
static int timed;

static void die(const char *what) {
    fprintf(stderr, "requests: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static double milliseconds_since(struct timespec since) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - since.tv_sec) * 1e3 + (now.tv_nsec - since.tv_nsec) / 1e6;
}

static void read_requests(const char *path) {
    FILE *file = fopen(path, "rb");
    size_t length, room = 0;
    if (!file) die(path);
    while (fscanf(file, "%zu", &length) == 1) {
        char *text = malloc(length);
        if (fgetc(file) != '\n' || !text || fread(text, 1, length, file) != length) die("bad file");
        if (request_count == room) {
            room = room ? 2 * room : 1024;
            if (!(requests = realloc(requests, room * sizeof *requests))) die("memory");
        }
        requests[request_count++] = (struct request){text, length};
    }
    fclose(file);
    errno = 0;
    if (!request_count) die("no requests");
}

static int connected(int port) {
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at)) die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* Connects a connection, also anew where the server keeps none. */
static void open_connection(struct connection *connection) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    connection->fd = connected(connection->port);
    connection->closing = 0;
    if (epoll_ctl(connection->epoll, EPOLL_CTL_ADD, connection->fd, &event)) die("epoll");
}

/* Sends the next request; returns 0 when there is none left. Requests fit into a socket's buffer. */
static int send_next(struct connection *connection) {
    if (timed && milliseconds_since(end) >= 0) return 0;
    if (next_request == request_count) {
        if (!timed) return 0;
        next_request = 0;
    }
    struct request *request = &requests[next_request++];
    connection->received = 0;
    connection->missing = -1;
    clock_gettime(CLOCK_MONOTONIC, &connection->sent);
    if (connection->closing) {
        close(connection->fd);
        open_connection(connection);
    }
    if (send(connection->fd, request->text, request->length, MSG_NOSIGNAL) != (ssize_t)request->length)
        die("send");
    return 1;
}

static void note_answer(struct connection *connection) {
    if (answered == room_for_latencies) {
        room_for_latencies = room_for_latencies ? 2 * room_for_latencies : 65536;
        if (!(latencies = realloc(latencies, room_for_latencies * sizeof *latencies))) die("memory");
    }
    latencies[answered++] = milliseconds_since(connection->sent);
}

/* Reads the status and the length once the headers are complete; returns what of the body is here. */
static long long parse_headers(struct connection *connection) {
    connection->headers[connection->received] = 0;
    char *blank = strstr(connection->headers, "\r\n\r\n");
    if (!blank) {
        if (connection->received == MOST_HEADERS) die("headers too long");
        return -1;
    }
    int status = atoi(connection->headers + 9);
    if (status < 100 || status >= MOST_STATUS) die("no status");
    by_status[status]++;
    *blank = 0;
    connection->closing = strcasestr(connection->headers, "\r\nconnection: close") != NULL;
    char *length = strcasestr(connection->headers, "\r\ncontent-length:");
    if (!length && status != 304 && status != 204) die("an answer without a length");
    connection->missing = length && status != 304 ? atoll(length + 17) : 0;
    body_bytes += connection->missing;
    return connection->received - (blank + 4 - connection->headers);
}

/* Reads what there is; returns 1 when the answer is complete. */
static int receive(struct connection *connection) {
    static char body[1 << 18];
    for (;;) {
        int in_body = connection->missing >= 0;
        char *into = in_body ? body : connection->headers + connection->received;
        size_t room = in_body ? sizeof body : MOST_HEADERS - connection->received;
        ssize_t got = recv(connection->fd, into, room, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return errno = 0;
        if (got <= 0) die("the server closed a connection");
        bytes += got;
        if (!in_body) {
            connection->received += got;
            if ((got = parse_headers(connection)) < 0) continue;
        }
        connection->missing -= got;
        if (connection->missing < 0) die("more than one answer");
        if (!connection->missing) return 1;
    }
}

static int ascending(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

static double quantile(double share) {
    size_t at = answered * share;
    return answered ? latencies[at < answered ? at : answered - 1] : 0;
}

static void report(double seconds) {
    struct rusage used;
    const char *comma = "";
    getrusage(RUSAGE_SELF, &used);
    qsort(latencies, answered, sizeof *latencies, ascending);
    printf("{\"seconds\": %.6f, \"answers\": %zu, \"statuses\": {", seconds, answered);
    for (int status = 0; status < MOST_STATUS; status++)
        if (by_status[status]) {
            printf("%s\"%d\": %lld", comma, status, by_status[status]);
            comma = ", ";
        }
    printf("}, \"p50\": %.3f, \"p99\": %.3f, \"longest\": %.3f, ", quantile(.5), quantile(.99), quantile(1));
    printf("\"bytes\": %lld, \"body_bytes\": %lld, \"cpu_seconds\": %.6f}\n", bytes, body_bytes,
           used.ru_utime.tv_sec + used.ru_stime.tv_sec +
               (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
}

int main(int argc, char **argv) {
    if (argc < 5) die("usage: requests FILE CONNECTIONS SECONDS PORT...");
    read_requests(argv[1]);
    int count = atoi(argv[2]), ports = argc - 4, busy = 0, epoll = epoll_create1(0);
    double seconds = atof(argv[3]);
    struct connection *connections = calloc(count, sizeof *connections);
    if (!connections || epoll < 0) die("start");
    for (int i = 0; i < count; i++) {
        connections[i].port = atoi(argv[4 + i % ports]);
        connections[i].epoll = epoll;
        open_connection(&connections[i]);
    }
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    timed = seconds > 0;
    end = start;
    end.tv_sec += (time_t)seconds;
    end.tv_nsec += (long)((seconds - (time_t)seconds) * 1e9);
    if (end.tv_nsec >= 1000000000) end.tv_sec++, end.tv_nsec -= 1000000000;
    for (int i = 0; i < count; i++) busy += send_next(&connections[i]);
    while (busy) {
        struct epoll_event events[256];
        int ready = epoll_wait(epoll, events, 256, SILENCE_MS);
        if (ready < 0 && errno != EINTR) die("epoll");
        if (ready == 0) die("a minute of silence");
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (receive(connection)) {
                note_answer(connection);
                if (!send_next(connection)) {
                    close(connection->fd);
                    busy--;
                }
            }
        }
    }
    report(milliseconds_since(start) / 1e3);
    return 0;
}
