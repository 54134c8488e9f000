#!/bin/bash
# oar2_up.sh -- a real, single-machine OAR 2.5.9 server (Debian packages) on loopback,
# to try schedulers and meta-schedulers inside it.
#
#   oar2_up.sh [up]                     install, start, create resources and users, run one job to Terminated
#   oar2_up.sh sched PATH [QUEUE [PRIORITY]]
#                                       make PATH the external scheduler of QUEUE (default: default,3), then run one job
#   oar2_up.sh meta  PATH               make PATH the meta-scheduler (META_SCHED_CMD), then run one job
#   oar2_up.sh reset                    back to the packaged scheduler and meta-scheduler, restart
#   oar2_up.sh clean                    delete every job (truncate the job tables), keep resources and queues
#   oar2_up.sh nudge                    wake Almighty so that it looks at its timers now
#   oar2_up.sh check                    run one job as the test user and wait for Terminated
#   oar2_up.sh conf KEY VALUE           set KEY="VALUE" in oar.conf (VALUE '-' comments KEY out); restart by hand
#   oar2_up.sh sql 'SQL'                run SQL as the oar database user
#   oar2_up.sh json 'SELECT ...'        the same for a query: an object of JSON a line
#   oar2_up.sh start | stop | restart   Almighty only
#   oar2_up.sh down                     stop Almighty, sshd and the PostgreSQL cluster
#   oar2_up.sh status
#
# Everything is idempotent.  Must be run as root.  No systemd needed.
# Only processes started here are ever signalled, by recorded PID.
#
# Environment:
#   OAR2_PG_PORT (5436)   port of the dedicated PostgreSQL 15 cluster "oar2"
#   OAR2_NODES   (4)      number of virtual nodes node-1..node-N, 2 cpus x 4 cores each, on 127.0.0.11 to .25
#   OAR2_USERS   ("alice bob")  unix users to create; the first one submits the test job
#   OAR2_MIN_CALL (2)     SCHEDULER_MIN_TIME_BETWEEN_2_CALLS (package default is 5)
#   OAR2_SQL_LOG (0)      1: PostgreSQL log_statement=all  (log: /var/log/postgresql/postgresql-15-oar2.log)
#   OAR2_WAIT    (120)    seconds to wait for the test job
set -u
export LC_ALL=C LANG=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

PGPORT_=${OAR2_PG_PORT:-5436}
PGV=15
NODES=${OAR2_NODES:-4}
USERS=${OAR2_USERS:-"alice bob"}
MINCALL=${OAR2_MIN_CALL:-2}
SQLLOG=${OAR2_SQL_LOG:-0}
WAIT=${OAR2_WAIT:-120}
CONF=/etc/oar/oar.conf
STATE=/run/oar2up
SWAPDIR=/usr/local/lib/oar2up
DBPW=oar DBROPW=oar_ro PGADMPW=oar2adm
ORIG_SCHED=oar_sched_gantt_with_timesharing_and_fairsharing_and_quotas

say() { echo "[oar2_up] $*"; }
die() { echo "[oar2_up] ERROR: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die "run me as root"
mkdir -p $STATE

psql_oar() { PGPASSWORD=$DBPW psql -X -q -h 127.0.0.1 -p "$PGPORT_" -U oar -d oar "$@"; }
q1() { psql_oar -At -c "$1" 2>/dev/null; }
# sshd listens on 16 addresses at most, and one is localhost: the 16th node has the address of the first again.
ADDRESSES=15
address() { echo "127.0.0.$((11 + ($1 - 1) % ADDRESSES))"; }
first_user() { set -- $USERS; echo "$1"; }

# --- packages ---------------------------------------------------------------------------------
apt_install() {
    apt-get update -qq > $STATE/apt-update.log 2>&1
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "$@" > $STATE/apt.log 2>&1
}

do_install() {
    local want="oar-server oar-server-pgsql oar-node oar-user oar-user-pgsql taktuk openssh-server libyaml-perl libjson-perl procps postgresql-$PGV"
    local miss="" p
    [ -e $CONF.dist ] || ! dpkg-query -W -f='${db:Status-Status}\n' oar-server 2>/dev/null | grep -qx installed ||
        die "an OAR server is installed that this script has not set up: it is left alone"
    for p in $want; do
        dpkg-query -W -f='${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed || miss="$miss $p"
    done
    if [ -n "$miss" ]; then
        say "installing:$miss"
        # keep every packaged service from starting by itself while installing
        local own_policy=0 rc
        if [ ! -e /usr/sbin/policy-rc.d ]; then own_policy=1; printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; fi
        apt_install $miss || { say "that failed: once more"; apt_install $miss; }; rc=$?
        [ $own_policy = 1 ] && rm -f /usr/sbin/policy-rc.d
        [ $rc = 0 ] || { tail -20 $STATE/apt.log; die "apt-get install failed"; }
    fi
    say "packages: oar-server $(dpkg-query -W -f='${Version}' oar-server)"
}

# --- configuration ----------------------------------------------------------------------------
setconf() { # KEY VALUE   (VALUE '-' : comment the key out)
    KEY="$1" VAL="$2" perl -0777 -e '
        my ($f)=@ARGV; my ($k,$v)=($ENV{KEY},$ENV{VAL});
        open(F,"<",$f) or die; local $/; my $t=<F>; close F;
        my $new = ($v eq "-") ? "" : "$k=\"$v\"";
        if ($v eq "-") { $t =~ s/^[ \t]*(\Q$k\E[ \t]*=)/#$1/mg; }
        elsif ($t =~ /^[ \t]*\Q$k\E[ \t]*=.*$/m) { $t =~ s/^[ \t]*\Q$k\E[ \t]*=.*$/$new/m; }
        elsif ($t =~ /^(.*\n)?#[ \t]*\Q$k\E[ \t]*=[^\n]*$/ms) { $t =~ s/\A(.*^)#[ \t]*\Q$k\E[ \t]*=[^\n]*$/$1$new/ms; }
        else { $t =~ s/\n*\z/\n/; $t .= "$new\n"; }
        open(F,">",$f) or die; print F $t; close F;' "$CONF" || die "cannot edit $CONF"
}

do_conf() {
    [ -e $CONF.dist ] || cp -p $CONF $CONF.dist
    setconf DB_TYPE Pg
    setconf DB_HOSTNAME 127.0.0.1
    setconf DB_PORT "$PGPORT_"
    setconf DB_BASE_NAME oar
    setconf DB_BASE_LOGIN oar
    setconf DB_BASE_PASSWD "$DBPW"
    setconf DB_BASE_LOGIN_RO oar_ro
    setconf DB_BASE_PASSWD_RO "$DBROPW"
    setconf SERVER_HOSTNAME localhost
    setconf SERVER_PORT 6666
    setconf LOG_LEVEL 3
    setconf SCHEDULER_MIN_TIME_BETWEEN_2_CALLS "$MINCALL"
    setconf TAKTUK_CMD "/usr/bin/taktuk -t 30 -s"
    # No cpuset/cgroup on the "nodes" (they are all one host), but keep JOB_RESOURCE_MANAGER_PROPERTY_DB_FIELD
    # so that the suspend/resume code paths stay active.
    setconf CPUSET_PATH -
    # The virtual nodes are one host: skip the ssh health probe (a generic checker printing nothing on stderr = all good).
    setconf PINGCHECKER_SENTINELLE_SCRIPT_COMMAND -
    setconf PINGCHECKER_GENERIC_COMMAND "/bin/true"
    chown oar:root $CONF; chmod 600 $CONF
    touch /var/log/oar.log; chown oar:root /var/log/oar.log

    # names
    local h n ip
    h=$(hostname)
    getent hosts "$h" >/dev/null || echo "127.0.0.1 $h" >> /etc/hosts
    for n in $(seq 1 "$NODES"); do
        grep -qE "[[:space:]]node-$n([[:space:]]|\$)" /etc/hosts || echo "$(address "$n") node-$n" >> /etc/hosts
    done
    local u
    for u in $USERS; do
        id "$u" >/dev/null 2>&1 || useradd -m -s /bin/bash "$u" || die "useradd $u"
    done
}

# --- database ---------------------------------------------------------------------------------
pg_up() {
    pg_lsclusters -h | awk '{print $1" "$2}' | grep -qx "$PGV oar2" ||
        pg_createcluster --locale C.UTF-8 --encoding UTF8 $PGV oar2 -p "$PGPORT_" > $STATE/pg_createcluster.log 2>&1 || { cat $STATE/pg_createcluster.log; die "pg_createcluster"; }
    local port st
    port=$(pg_lsclusters -h | awk -v v=$PGV '$1==v && $2=="oar2"{print $3}')
    [ "$port" = "$PGPORT_" ] || die "cluster $PGV/oar2 exists on port $port, not $PGPORT_ (set OAR2_PG_PORT)"
    st=$(pg_lsclusters -h | awk -v v=$PGV '$1==v && $2=="oar2"{print $4}')
    {   # (pg_conftool does not quote what it writes)
        echo "listen_addresses = '127.0.0.1'"
        echo "max_connections = 200"
        if [ "$SQLLOG" = 1 ]; then
            echo "log_statement = 'all'"
            echo "log_line_prefix = '%m [%p] %q%u@%d '"
        fi
    } > /etc/postgresql/$PGV/oar2/conf.d/oar2_up.conf
    chmod 644 /etc/postgresql/$PGV/oar2/conf.d/oar2_up.conf
    case $st in
        online*) pg_ctlcluster --skip-systemctl-redirect $PGV oar2 reload ;;
        *)       pg_ctlcluster --skip-systemctl-redirect $PGV oar2 start || die "cannot start PostgreSQL cluster oar2" ;;
    esac
    local i
    for i in $(seq 1 30); do su postgres -s /bin/sh -c "psql -X -q -p $PGPORT_ -c 'select 1'" >/dev/null 2>&1 && break; sleep 0.5; done
    # oar-database --create needs an administrator reachable over TCP, for a cluster that is not the default one
    echo "ALTER ROLE postgres PASSWORD '$PGADMPW'" | su postgres -s /bin/sh -c "psql -X -q -p $PGPORT_" >/dev/null || die "psql as postgres"
}

db_up() {
    pg_up
    if [ -z "$(q1 'select version from schema limit 1')" ]; then
        say "creating the database with oar-database"
        PGDATABASE=postgres oar-database --create --db-admin-user=postgres --db-admin-pass="$PGADMPW" \
            > $STATE/oar-database.log 2>&1
        [ -n "$(q1 'select version from schema limit 1')" ] || { cat $STATE/oar-database.log; die "oar-database --create failed"; }
    fi
    say "database: PostgreSQL $PGV/oar2 port $PGPORT_, OAR schema $(q1 'select version from schema limit 1')"
}

# --- sshd for the "nodes" -----------------------------------------------------------------------
alive() { # a zombie (PID 1 may be slow to reap) is not alive
    [ -n "${1:-}" ] && kill -0 "$1" 2>/dev/null && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null
}
group_alive() { ps -eo pgid=,stat= | awk -v g="$1" '$1==g && $2!~/^Z/ {f=1} END{exit !f}'; }

sshd_up() {
    mkdir -p /run/sshd; chmod 755 /run/sshd
    local pid; pid=$(cat $STATE/sshd.pid 2>/dev/null)
    if alive "$pid" && grep -q '^sshd' /proc/$pid/comm 2>/dev/null; then return; fi
    local opt="-o ListenAddress=127.0.0.1" n
    for n in $(seq 1 $ADDRESSES); do opt="$opt -o ListenAddress=$(address "$n")"; done
    /usr/sbin/sshd -f /etc/oar/sshd_config -o PidFile=$STATE/sshd.pid $opt 2> $STATE/sshd.err || { cat $STATE/sshd.err; die "sshd on 6667"; }
    local i; for i in $(seq 1 20); do [ -s $STATE/sshd.pid ] && break; sleep 0.2; done
    # prove that oar can reach each node the way bipbip does
    for n in $(seq 1 "$NODES"); do
        setpriv --reuid oar --regid oar --init-groups env HOME=/var/lib/oar \
            /usr/bin/ssh -p 6667 -e none -x -T -o BatchMode=yes node-"$n" true </dev/null 2> $STATE/ssh.err ||
            { cat $STATE/ssh.err; die "oar cannot ssh to node-$n:6667"; }
    done
}

# --- Almighty -----------------------------------------------------------------------------------
almighty_pid() { local p; p=$(cat $STATE/almighty.pid 2>/dev/null); if alive "$p" && tr '\0' ' ' < /proc/$p/cmdline 2>/dev/null | grep -q Almighty; then echo "$p"; fi; }

# Almighty blocks up to 10 s reading its command pipe; any tag wakes it, and "Time" only makes it look at its timers again
# (a scheduler call that came "too early" is then made as soon as SCHEDULER_MIN_TIME_BETWEEN_2_CALLS allows).
nudge() { (exec 3<>/dev/tcp/127.0.0.1/6666 && echo Time >&3) 2>/dev/null; }

start_almighty() {
    [ -n "$(almighty_pid)" ] && return
    # What /usr/sbin/oar-server does, minus its init script: setsid, cwd /, then the setuid wrapper /usr/sbin/Almighty (exec keeps the PID)
    # in a clean environment, as an init system would give it.
    ( cd / && umask 022 && exec env -i LANG=C TERM=xterm HOME=/root USER=root LOGNAME=root SHELL=/bin/sh PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        setsid sh -c 'echo $$ > '"$STATE"'/almighty.pid; exec /usr/sbin/Almighty' ) </dev/null >$STATE/almighty.out 2>&1 &
    local i
    for i in $(seq 1 60); do
        (exec 3<>/dev/tcp/127.0.0.1/6666) 2>/dev/null && break
        sleep 0.25
    done
    [ -n "$(almighty_pid)" ] || { tail -5 /var/log/oar.log; die "Almighty did not start"; }
    say "Almighty running, pid $(almighty_pid)"
}

stop_almighty() {
    local p i; p=$(almighty_pid)
    [ -n "$p" ] || { rm -f $STATE/almighty.pid; return; }
    kill -TERM "$p"     # leaves its main loop when it is next woken, kills appendice itself
    for i in $(seq 1 80); do alive "$p" || break; nudge; sleep 0.25; done
    # Almighty was started with setsid: whatever is left of it is in its own process group (jobs are not, they hang off sshd).
    # Needed when META_SCHED_CMD cannot be executed: the forked child then goes on as a second Almighty that ignores SIGTERM.
    for i in $(seq 1 20); do group_alive "$p" || break; sleep 0.25; done
    if group_alive "$p"; then
        say "leftovers of Almighty $p: SIGKILL to its process group"
        kill -KILL -- "-$p" 2>/dev/null; sleep 0.5
    fi
    rm -f $STATE/almighty.pid
    for i in $(seq 1 40); do (exec 3<>/dev/tcp/127.0.0.1/6666) 2>/dev/null || break; sleep 0.25; done
}

# --- resources ------------------------------------------------------------------------------------
resources_up() {
    local have column; have=$(q1 "select count(*) from resources")
    [ $((have % 8)) = 0 ] || die "$have resources exist, no multiple of 8: run '$0 sql \"delete from resources\"' first"
    if [ "$have" -lt $((NODES*8)) ]; then
        say "creating $((NODES*8 - have)) resources ($((NODES - have/8)) nodes x 2 cpus x 4 cores)"
        for column in host:varchar cpu:integer core:integer; do
            oarproperty -l | grep -qx "${column%:*}" || oarproperty -a "${column%:*}" $([ "${column#*:}" = varchar ] && echo -c) > $STATE/resources.log || die "oarproperty"
        done
        # oarnodesetting takes seconds for each.
        psql_oar -c "insert into resources(network_address, host, cpu, core, cpuset, state, state_num) select 'node-'||n, 'node-'||n, n*2 - 1 + c/4, (n-1)*8 + c + 1, c, 'Alive', 1
            from generate_series($((have/8 + 1)), $NODES) n, generate_series(0, 7) c order by n, c" || die "creating resources"
    fi
    # everything Alive, whatever a previous run left
    psql_oar -c "update resources set state='Alive', state_num=1, next_state='UnChanged', finaud_decision='NO', next_finaud_decision='NO' where state<>'Alive' or next_state<>'UnChanged'"
    say "resources: $(q1 "select count(*)||' on '||count(distinct network_address)||' nodes, '||sum((state='Alive')::int)||' Alive' from resources")"
}

# --- one job ----------------------------------------------------------------------------------------
run_one_job() {
    local u out id st i t0 mark
    u=$(first_user)
    mark="hello-$$-$(date +%s)"
    t0=$(date +%s)
    out=$(su - "$u" -c "cd && oarsub -n up_check -l /nodes=2/core=2,walltime=0:5:0 'echo $mark; sleep 2; sort -u \$OAR_NODE_FILE'" 2>&1) || { echo "$out"; die "oarsub failed"; }
    id=$(echo "$out" | sed -n 's/^OAR_JOB_ID=//p')
    [ -n "$id" ] || { echo "$out"; die "no job id"; }
    for i in $(seq 1 $((WAIT*2))); do
        st=$(q1 "select state from jobs where job_id=$id")
        case $st in Terminated|Error) break;; esac
        nudge; sleep 0.5
    done
    echo "  job $id by $u: final state $st after $(( $(date +%s)-t0 )) s, exit_code $(q1 "select exit_code from jobs where job_id=$id"), message: $(q1 "select message from jobs where job_id=$id")"
    echo "  states: $(q1 "select string_agg(job_state,' -> ' order by job_state_log_id) from job_state_logs where job_id=$id")"
    echo "  resources: $(q1 "select string_agg(a.resource_id||'@'||r.network_address,' ' order by a.resource_id) from assigned_resources a join jobs j on j.assigned_moldable_job=a.moldable_job_id join resources r using(resource_id) where j.job_id=$id")"
    local home f; home=$(getent passwd "$u" | cut -d: -f6); f="$home/OAR.up_check.$id.stdout"
    [ "$st" = Terminated ] || { psql_oar -c "select date,type,description from event_logs where job_id=$id order by event_id"; die "job $id ended as '$st'"; }
    grep -q "$mark" "$f" 2>/dev/null || die "job output $f lacks the marker"
    echo "  output ($f): $(tr '\n' ' ' < "$f")"
    say "OK: job $id reached Terminated"
}

# --- swapping --------------------------------------------------------------------------------------
# An executable that user oar can run: the path itself, or a copy where the path is not reachable by oar (e.g. under /root)
reachable() {
    local p; p=$(readlink -f "$1") || die "no such file: $1"
    [ -f "$p" ] && [ -x "$p" ] || die "$1 is not an executable file"
    if setpriv --reuid oar --regid oar --clear-groups test -x "$p" && setpriv --reuid oar --regid oar --clear-groups test -r "$p"; then
        echo "$p"
    else
        mkdir -p $SWAPDIR; install -m 755 "$p" "$SWAPDIR/$(basename "$p")"
        say "note: $p is not reachable by user oar, using a copy in $SWAPDIR" >&2
        echo "$SWAPDIR/$(basename "$p")"
    fi
}

ensure_up() {
    do_install; do_conf; db_up; sshd_up
    start_almighty; resources_up
}

case "${1:-up}" in
up)
    ensure_up
    run_one_job
    ;;
sched)
    [ -n "${2:-}" ] || die "usage: $0 sched PATH [QUEUE [PRIORITY]]"
    p=$(reachable "$2") || exit 1
    queue=${3:-default}; prio=${4:-3}; name=$(basename "$2")
    ensure_up
    # kamelot needs the labels of the resource hierarchy (OAR3 docs, "Using OAR3 schedulers with OAR2")
    setconf HIERARCHY_LABELS "resource_id,network_address,host,cpu,core"
    if [ "$p" != "/usr/lib/oar/schedulers/$name" ]; then
        ln -sfn "$p" "/usr/lib/oar/schedulers/$name"
    fi
    oarnotify --remove-queue "$queue"
    oarnotify --add-queue "$queue,$prio,$name"
    oarnotify -l
    say "queue $queue now uses /usr/lib/oar/schedulers/$name -> $p"
    [ "$queue" = default ] && run_one_job
    [ "$(q1 "select state from queues where queue_name='$queue'")" = Active ] || die "queue $queue has been disabled: the scheduler failed (see /var/log/oar.log)"
    ;;
meta)
    [ -n "${2:-}" ] || die "usage: $0 meta PATH"
    p=$(reachable "$2") || exit 1
    ensure_up
    setconf META_SCHED_CMD "$p"
    setconf METASCHEDULER_OAR3_WITH_OAR2 yes
    setconf HIERARCHY_LABELS "resource_id,network_address,host,cpu,core"
    stop_almighty; start_almighty       # META_SCHED_CMD is only read at start
    say "META_SCHED_CMD=$p"
    run_one_job
    [ -n "$(almighty_pid)" ] || die "Almighty has died (a meta-scheduler exit status other than 0, 1, 2, or a signal, stops it)"
    ;;
reset)
    ensure_up
    setconf META_SCHED_CMD -
    setconf METASCHEDULER_OAR3_WITH_OAR2 -
    setconf HIERARCHY_LABELS -
    for qd in admin,10 default,2 besteffort,0; do
        psql_oar -c "insert into queues(queue_name,priority,scheduler_policy,state) values ('${qd%,*}',${qd#*,},'$ORIG_SCHED','Active') on conflict (queue_name) do update set priority=excluded.priority, scheduler_policy=excluded.scheduler_policy, state='Active'"
    done
    find /usr/lib/oar/schedulers -maxdepth 1 -type l -delete
    stop_almighty; start_almighty
    say "packaged scheduler and meta-scheduler restored"
    ;;
clean)
    db_up
    was=$(almighty_pid); stop_almighty
    psql_oar -c "truncate jobs, job_state_logs, job_types, job_dependencies, job_resource_groups, job_resource_descriptions, moldable_job_descriptions, assigned_resources, frag_jobs, event_logs, event_log_hostnames, challenges, walltime_change, accounting, gantt_jobs_predictions, gantt_jobs_resources, gantt_jobs_predictions_visu, gantt_jobs_resources_visu, gantt_jobs_predictions_log, gantt_jobs_resources_log; insert into gantt_jobs_predictions values (0,0); update resources set suspended_jobs='NO', scheduler_priority=0, last_job_date=0; update queues set state='Active'"
    [ -n "$was" ] && start_almighty
    say "jobs cleaned"
    ;;
nudge)  nudge ;;
check)  run_one_job ;;
conf)   setconf "$2" "$3"; grep -nE "^#?$2=" $CONF ;;
sql)    shift; psql_oar -c "$*" ;;
json)   psql_oar -At -v ON_ERROR_STOP=1 -c "select row_to_json(line) from ($2) line" ;;
start)  start_almighty ;;
stop)   stop_almighty; say "Almighty stopped" ;;
restart) stop_almighty; start_almighty ;;
down)
    stop_almighty
    p=$(cat $STATE/sshd.pid 2>/dev/null); alive "$p" && grep -q '^sshd' /proc/$p/comm && kill "$p"; rm -f $STATE/sshd.pid
    pg_lsclusters -h | awk '{print $1" "$2" "$4}' | grep -q "^$PGV oar2 online" && pg_ctlcluster --skip-systemctl-redirect $PGV oar2 stop -m fast
    say "down"
    ;;
status)
    echo "PostgreSQL : $(pg_lsclusters -h | awk '$2=="oar2"{print $4" port "$3}')"
    echo "Almighty   : ${x:=$(almighty_pid)}${x:+ }$([ -n "$(almighty_pid)" ] && echo running || echo stopped)"
    p=$(cat $STATE/sshd.pid 2>/dev/null); echo "sshd 6667  : $(alive "$p" && echo "$p running" || echo stopped)"
    grep -E '^(META_SCHED_CMD|METASCHEDULER_OAR3_WITH_OAR2|HIERARCHY_LABELS)=' $CONF
    q1 "select queue_name||' prio='||priority||' '||scheduler_policy||' '||state from queues order by priority desc"
    ;;
*) sed -n 2,29p "$0"; exit 2 ;;
esac
