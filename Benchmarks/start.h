// Starting the command that is measured, and waiting until it serves.

#ifndef BENCHMARK_START_H
#define BENCHMARK_START_H

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "wire.h"

struct started {
    pid_t child;
    // When the child called exec, in memory that both see: the copying of this process is none of the command's time.
    volatile double *exec_ms;
};

// Forks, and executes `command` in a session of its own, without output.
static struct started start_command(char **command) {
    struct started started;
    started.exec_ms = mmap(NULL, sizeof *started.exec_ms, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (started.exec_ms == MAP_FAILED) fail("mmap");
    *started.exec_ms = now_ms();
    started.child = fork();
    if (started.child < 0) fail("fork");
    if (started.child == 0) {
        setsid();
        int log = open("/dev/null", O_WRONLY);
        dup2(log, 1);
        dup2(log, 2);
        *started.exec_ms = now_ms();
        execvp(command[0], command);
        _exit(127);
    }
    return started;
}

static double since_exec_ms(const struct started *started) { return now_ms() - *started->exec_ms; }

// Ends this program when the command has ended, or does not do `what` within 180 s.
static void require_running(const struct started *started, const char *what) {
    if (waitpid(started->child, NULL, WNOHANG) == started->child) {
        fprintf(stderr, "client: the command ended before it served\n");
        exit(1);
    }
    if (since_exec_ms(started) > 180000) {
        fprintf(stderr, "client: %s within 180 s\n", what);
        kill(started->child, SIGKILL);
        exit(1);
    }
}

// Before the next attempt: Kafka needs seconds, and this machine's cores.
static void pause_us(long microseconds) {
    const struct timespec pause = {.tv_nsec = microseconds * 1000};
    nanosleep(&pause, NULL);
}

#endif
