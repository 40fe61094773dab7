# nodes.sh: for scripts to source, after servers.sh: what both kinds of cluster share. A cluster has three
# nodes, each with an address of its own on loopback (127.0.0.1 to 127.0.0.3) and all with the same ports.
# The file of the kind, galera.sh or group.sh, defines the functions on, synced, member and start_node,
# which keeps the process of node 1 in $node1, and so on.
# shellcheck shell=sh disable=SC2034,SC2154 # NODES is for those who source this

NODES='1 2 3'

# Sets $ports to the first of five consecutive ports that are free at each address; it is the server's.
choose_ports() {
    ports=$((10000 + $$ % 4000 * 5))
    while ss -Htln | grep -qE "127\.0\.0\.[123]:($(seq -s '|' "$ports" $((ports + 4)))) "; do
        ports=$((ports + 5))
    done
}

# joined NODE SIZE: waits until it is a member of a cluster of that size.
joined() {
    eval "server=\$node$1"
    up member "$1" "$2" || {
        grep -F '[ERROR]' "$scratch/node$1/log.err" | cut -c1-400 | tail -n 20 >&2
        echo "node $1 is no member of a cluster of $2" >&2
        return 1
    }
}

# kill_node NODE: the process is gone when this returns.
kill_node() {
    eval "server=\$node$1"
    kill -KILL "$server"
    wait "$server" 2>/dev/null || true
    forget "$server"
}
