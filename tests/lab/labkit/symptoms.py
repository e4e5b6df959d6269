"""Which symptoms really stand in the recorded lines: fixed texts of servers and clients, for label.json.

This is the lab's own reading, made apart from the program's catalogue, so that the two can disagree.
"""

import re

TEXTS = [
    ("maxclients-reached", r"max number of clients|rejected_connections:[1-9]"),
    ("pool-exhausted", r"Too many connections|No connection available|MaxConnectionsError|ResourceRequest timed out"
                       r"|Timeout waiting for a client|Waited [\d.]+ sec|timed out waiting for connection|Timed out in bb8|no available connection"),
    ("connect-timeout", r"[Tt]imeout connecting|connect ETIMEDOUT|Connection timeout|Error 110 connecting|Operation timed out|ConnectionTimeoutError"),
    ("command-timeout", r"Timeout reading from|Command timed out|Connection timed out|Redis::TimeoutError"
                        r"|read error on connection|Resource temporarily unavailable|socket error on read socket|Socket timeout|SocketTimeoutError|timed out$"),
    ("connection-refused", r"Connection refused|ECONNREFUSED"),
    ("connection-reset", r"Connection closed by server|ECONNRESET|Connection reset|Socket closed unexpectedly|Connection lost"
                         r"|Connection is closed|Broken pipe|EPIPE|went away|unexpected end of file"),
    ("dns-failure", r"ENOTFOUND|EAI_AGAIN|Name or service not known|name resolution|getaddrinfo"),
    ("oom-maxmemory", r"command not allowed when used memory|OOM: command"),
    ("oom-killed", r"Out of memory: Killed process|oom-kill:|OOMKilled"),
    ("evictions", r"evicted_keys:[1-9]|evicted_clients:[1-9]"),
    ("misconf-persistence", r"MISCONF|Background saving error|rdb_last_bgsave_status:err|aof_last_write_status:err|Short write while writing to the AOF|stop-writes-on-bgsave-error"),
    ("disk-full", r"No space left on device"),
    ("fork-failed", r"Can't save in background: fork"),
    ("loading", r"is loading the dataset|\bloading:1"),
    ("readonly-replica", r"read only replica"),
    ("failover", r"\+switch-master|\+odown|\+failover|MASTER MODE enabled|Before turning into a replica|Failover election won"),
    ("cluster-down", r"CLUSTERDOWN|cluster is down|Cluster state changed: fail|cluster_state:fail|Hash slot not served|ClusterAllFailedError"),
    ("cluster-redirect", r"\bMOVED \d|\bASK \d|Too many Cluster redirections"),
    ("replication-broken", r"Connection with master lost|Error condition on socket for SYNC|link is lost|NOREPLICAS|MASTERDOWN"
                           r"|master_link_status:down|Timeout connecting to the MASTER|MASTER timeout"),
    ("output-buffer-overflow", r"output buffer limits"),
    ("auth-failed", r"NOAUTH|WRONGPASS|Authentication required|invalid username-password|AuthenticationError"),
    ("acl-denied", r"NOPERM|no permissions|NoPermissionError"),
    ("tls-failure", r"SSL|CERT_|certificate|wrong version number|packet length too long"),
    ("server-restart", r"Redis is starting|Ready to accept connections|User requested shutdown|Received SIGTERM"),
    ("server-crash", r"REDIS BUG REPORT|crashed by signal|ASSERTION FAILED"),
    ("fd-limit", r"Too many open files|maxclients has been reduced|ulimit -n"),
    ("script-busy", r"BUSY Redis|Redis is busy|Slow script detected|BusyScript"),
    ("protocol-error", r"Protocol error|Possible SECURITY ATTACK|InvalidResponse|Protocol Error"),
    ("ports-exhausted", r"EADDRNOTAVAIL|Cannot assign requested address"),
    ("config-error", r"wrong number of arguments|DB index is out of range|invalid DB index|unknown command|unknown configuration"),
]

# One start at the head of a server's log is a beginning, not a restart.
STARTS = re.compile(r"Redis is starting")


def in_texts(texts):
    found = set()
    for name, text in texts.items():
        for symptom, pattern in TEXTS:
            if symptom == "server-restart":
                if len(STARTS.findall(text)) > 1 or re.search(r"User requested shutdown|Received SIGTERM", text):
                    found.add(symptom)
            elif re.search(pattern, text, re.M):
                found.add(symptom)
        found |= gauges(text)
    if not found & {"pool-exhausted", "command-timeout"}:
        found.discard("blocked-clients")  # workers that wait for jobs, as they should
    return sorted(found)


def gauges(text):
    found = set()
    limit = re.search(r"maxclients:(\d+)", text)
    clients = [int(n) for n in re.findall(r"connected_clients:(\d+)", text)]
    if limit and clients and max(clients) >= 0.9 * int(limit.group(1)):
        found.add("maxclients-near")
    if any(int(n) > 10 for n in re.findall(r"blocked_clients:(\d+)", text)):
        found.add("blocked-clients")
    for took in re.findall(r"^\s*3\) \(integer\) (\d+)", text, re.M):
        if int(took) >= 100_000:
            found.add("slow-command")
    return found
