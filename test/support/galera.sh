# galera.sh: for scripts to source, after nodes.sh: a Galera cluster of three MariaDB nodes.
# shellcheck shell=sh disable=SC2154

# State transfer by rsync does not work for root. When root runs this, the nodes therefore run as mysql,
# and must be able to reach what they read.
prepare_nodes() {
    cp "$root/test/support/database.sh" "$scratch"
    chmod 711 "$scratch"
    owner=
    [ "$(id -u)" != 0 ] || owner='setpriv --reuid=mysql --regid=mysql --init-groups'
    for node in $NODES; do
        mkdir "$scratch/node$node"
        [ -z "$owner" ] || chown mysql: "$scratch/node$node"
    done
    choose_ports
}

# on NODE [OPTION]...: runs a client of the node.
on() {
    socket=$scratch/node$1/mysql.sock
    shift
    mariadb --no-defaults --socket="$socket" --user=root --batch --skip-column-names "$@"
}

# synced NODE DATABASE SQL: runs the SQL once the node has all that any node has committed.
synced() {
    on "$1" "$2" -e "SET SESSION wsrep_sync_wait = 15; $3"
}

# Is the node a full member of a cluster of this size?
member() {
    [ "$(on "$1" -e "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME
        IN ('WSREP_CLUSTER_SIZE', 'WSREP_LOCAL_STATE_COMMENT', 'WSREP_READY') ORDER BY VARIABLE_NAME" |
        xargs)" = "$2 Synced ON" ]
}

away() {
    ! member "$1" 3
}

# start_node NODE [OPTION]...: $server is its process.
start_node() {
    node=$1 provider=/usr/lib/galera/libgalera_smm.so
    address=127.0.0.$node group=$((ports + 1)) transfer=$((ports + 3))
    options="gmcast.listen_addr=tcp://$address:$group;ist.recv_addr=$address:$((ports + 2))"
    shift
    # shellcheck disable=SC2086
    serve $owner bash "$scratch/database.sh" run "$scratch/node$node" -- \
        --bind-address="$address" --port="$ports" --binlog-format=ROW --innodb-autoinc-lock-mode=2 \
        --wsrep-on=ON --wsrep-provider="$provider" --wsrep-cluster-name="test-$ports" \
        --wsrep-cluster-address="gcomm://127.0.0.1:$group,127.0.0.2:$group,127.0.0.3:$group" \
        --wsrep-node-address="$address" --wsrep-node-name="node$node" --wsrep-sst-method=rsync \
        --wsrep-sst-receive-address="$address:$transfer" \
        --wsrep-provider-options="$options;gcache.size=32M" "$@"
    eval "node$node=$server"
}

start_cluster() {
    prepare_nodes
    start_node 1 --wsrep-new-cluster
    joined 1 1
    start_node 2
    joined 2 2
    start_node 3
    joined 3 3
}

# signal_node NODE SIGNAL: for a signal that does not end it.
signal_node() {
    eval "server=\$node$1"
    kill "-$2" "$server"
}

# Cuts the node off from the others (1), or lets it back (0).
isolate() {
    on "$1" -e "SET GLOBAL wsrep_provider_options='gmcast.isolate=$2'"
}
