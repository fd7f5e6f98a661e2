/* The least that a server of live frames can do: each line of standard input goes to every socket.
 *
 * usage: broadcaster PORT
 *
 * One process, epoll, one write per socket and line. It knows only the handshake of RFC 6455's own
 * example, which benchmarks/load/watchers.c sends, and drops a client that does not keep up.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_SOCKETS = 1 << 16, EVENTS = 1024, LONGEST_LINE = 1 << 16 };

static const char accepted[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
static int sockets[MOST_SOCKETS], places[MOST_SOCKETS], open_sockets, poller;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int fd) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
}

static void leave(int fd) {
    int place = places[fd];
    if (place < open_sockets && sockets[place] == fd) {
        sockets[place] = sockets[--open_sockets];
        places[sockets[place]] = place;
    }
    close(fd);
}

static void take_in(int listener) {
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        watch(fd);
    }
}

static void hear(int fd) {
    char data[4096];
    ssize_t got = read(fd, data, sizeof data);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return leave(fd);
    if (got > 4 && !memcmp(data, "GET ", 4)) {
        if (write(fd, accepted, sizeof accepted - 1) < 0) return leave(fd);
        places[fd] = open_sockets;
        sockets[open_sockets++] = fd;
    }
}

static void broadcast(const char *text, size_t length) {
    static char frame[LONGEST_LINE + 4];
    size_t head = length < 126 ? 2 : 4;
    frame[0] = (char)0x81;
    frame[1] = (char)(length < 126 ? length : 126);
    if (head == 4) {
        frame[2] = (char)(length >> 8);
        frame[3] = (char)length;
    }
    memcpy(frame + head, text, length);
    for (int i = open_sockets - 1; i >= 0; i--)
        if (send(sockets[i], frame, head + length, MSG_NOSIGNAL) != (ssize_t)(head + length))
            leave(sockets[i]);
}

int main(int argc, char **argv) {
    if (argc != 2) return fprintf(stderr, "see the top of broadcaster.c\n"), 2;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
    if (listen(listener, 4096) < 0) fail("listen");
    poller = epoll_create1(0);
    watch(listener);
    watch(STDIN_FILENO);
    static char line[LONGEST_LINE];
    setvbuf(stdin, NULL, _IONBF, 0); /* what is buffered here would not wake the poller */
    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) take_in(listener);
            else if (fd != STDIN_FILENO) hear(fd);
            else if (!fgets(line, sizeof line, stdin)) return 0;
            else broadcast(line, strcspn(line, "\n"));
        }
    }
}
