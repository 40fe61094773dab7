# group.sh: for scripts to source, after nodes.sh: MySQL Group Replication on three nodes. Behind
# MySQL's port comes one for each node's part in the group, which accepts only the address of an
# interface, and one for a router.
# shellcheck shell=sh disable=SC2154

# on NODE [OPTION]...: runs a client of the node.
on() {
    client=$scratch/node$1/client
    shift
    "$client" --batch --skip-column-names "$@"
}

# start_node NODE [OPTION]...: starts a server that belongs to no group yet; $server is its process.
start_node() {
    node=$1
    shift
    serve env TEST_SERVER=mysql bash "$root/test/support/database.sh" run "$scratch/node$node" -- \
        --bind-address="127.0.0.$node" --port="$ports" --report-host="127.0.0.$node" \
        --server-id="$node" --log-bin=binlog --gtid-mode=ON --enforce-gtid-consistency=ON \
        --plugin-load-add=group_replication.so --loose-group-replication-start-on-boot=OFF \
        --loose-group-replication-group-name=aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa \
        --loose-group-replication-local-address="127.0.0.1:$((ports + node))" \
        --loose-group-replication-group-seeds="$seeds" \
        --loose-group-replication-recovery-get-public-key=ON \
        --loose-group-replication-member-weight="$((100 - 10 * node))" "$@"
    eval "node$node=$server"
    up on "$node" -e 'SELECT 1' || {
        tail -n 20 "$scratch/node$node/log.err" >&2
        return 1
    }
    # What the server wrote when it started does not belong to the group.
    on "$node" -e "RESET BINARY LOGS AND GTIDS; CHANGE REPLICATION SOURCE TO SOURCE_USER = 'test',
        SOURCE_PASSWORD = 'test' FOR CHANNEL 'group_replication_recovery'"
}

# synced NODE DATABASE SQL: runs the SQL once the node has all that any node has committed.
synced() {
    on "$1" "$2" -e "SET SESSION group_replication_consistency = 'BEFORE'; $3"
}

# Is the node a member of a group in which this many are online?
member() {
    [ "$(on "$1" -e "SELECT COUNT(*), SUM(MEMBER_HOST = '127.0.0.$1') FROM
        performance_schema.replication_group_members WHERE MEMBER_STATE = 'ONLINE'" | xargs)" = "$2 1" ]
}

# start_group FIRST [OPTION]...: the node FIRST starts the group, and is its primary if it has one.
start_group() {
    choose_ports
    seeds=127.0.0.1:$((ports + 1)),127.0.0.1:$((ports + 2)),127.0.0.1:$((ports + 3))
    first=$1
    shift
    for node in $NODES; do
        start_node "$node" "$@"
    done
    on "$first" -e 'SET GLOBAL group_replication_bootstrap_group = ON; START GROUP_REPLICATION;
        SET GLOBAL group_replication_bootstrap_group = OFF'
    joined "$first" 1
    size=1
    for node in $NODES; do
        [ "$node" != "$first" ] || continue
        size=$((size + 1))
        on "$node" -e 'START GROUP_REPLICATION'
        joined "$node" "$size"
    done
}

# Prints the node that can be written to.
primary() {
    on "$1" -e "SELECT RIGHT(MEMBER_HOST, 1) FROM performance_schema.replication_group_members
        WHERE MEMBER_ROLE = 'PRIMARY' AND MEMBER_STATE = 'ONLINE'"
}

# start_router NODE...: MySQL Router at 127.0.0.1:$router_port, which leads to the first of the nodes
# that it can reach; $router_version is what it says of itself. The nodes' port is four below its own.
start_router() {
    router=$(bash "$root/test/support/fetch.sh" sid mysql-router)
    router_port=$((ports + 4)) destinations=
    router_version=$("$router/run" usr/bin/mysqlrouter --version | xargs)
    for node; do
        destinations=$destinations${destinations:+,}127.0.0.$node:$ports
    done
    mkdir -p "$scratch/router"
    cat >"$scratch/router/router.conf" <<END
[DEFAULT]
plugin_folder = $router/usr/lib/mysqlrouter/plugin
logging_folder =
runtime_folder = $scratch/router
data_folder = $scratch/router
[routing:writing]
bind_address = 127.0.0.1
bind_port = $router_port
destinations = $destinations
routing_strategy = first-available
protocol = classic
END
    serve "$router/run" usr/bin/mysqlrouter -c "$scratch/router/router.conf"
    up sh -c "ss -Htln | grep -qF '127.0.0.1:$router_port '" || {
        tail -n 20 "$scratch/servers.log" >&2
        return 1
    }
}
